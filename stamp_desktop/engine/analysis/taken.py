"""A section as one person took it, in the form that the analyses want; from a replayed journal or from a simulated sitting."""

from dataclasses import dataclass

from stamp_desktop.engine import questions
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.simulation.sittings import METHODS, Sitting, Truth
from stamp_desktop.engine.state import State


@dataclass(frozen=True, slots=True)
class TakenAnswer:
    """One answer. `score` in points; `response_ms` 0 where no time is known; a rapid guess says nothing of the item."""

    item: str
    set_id: str
    score: int
    response_ms: int
    rapid: bool = False
    pilot: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """One person's section. `theta` is an estimate without prior where there is one; `group` what DIF is asked about."""

    person: str
    group: str
    theta: float
    lz_star: float | None
    answers: tuple[TakenAnswer, ...]

    @property
    def sets(self) -> frozenset[str]:
        """The sets that were given."""
        return frozenset(answer.set_id for answer in self.answers)


def from_state(form: Form, state: State, section_id: str, question: str = "") -> Taken | None:
    """The section of a replayed journal; None where it has no answer. `question` of the profile gives the group."""
    section = state.section(section_id)
    answers = tuple(
        TakenAnswer(answer.item, given.set_id, answer.correct, answer.response_ms, answer.rapid, given.pilot)
        for given in section.sets
        for answer in given.answers
    )
    if not answers:
        return None
    found = questions.appraisal(form, section)
    estimate = found.wle or found.eap
    return Taken(state.session.login, (state.profile or {}).get(question, ""), estimate.theta, found.lz_star, answers)


def from_sitting(made: Truth, sitting: Sitting, group: str = "") -> Taken:
    """A simulated sitting, with its estimate by the full pattern; it has no times and no lz*."""
    stock = made.stock
    answers = tuple(
        TakenAnswer(item.id, stock.sets[place].id, score, 0, pilot=stock.sets[place].pilot)
        for place, points in zip(sitting.sets, sitting.answers, strict=True)
        for item, score in zip(stock.sets[place].items, points, strict=True)
    )
    theta = sitting.scores[METHODS.index("pattern")].theta
    return Taken(f"taker-{sitting.number}", group, theta, None, answers)
