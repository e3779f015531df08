"""Why a section went as it went: for each set why it was chosen, for each answer what it changed, and what the score rests on.

It works everything out again from the state; it decides nothing, and tells nothing of the texts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stamp_desktop.engine import ability, exact, levels, models, questions, selection
from stamp_desktop.engine.ability import Integers
from stamp_desktop.engine.appraisal import Appraisal
from stamp_desktop.engine.form import Form, Stock
from stamp_desktop.engine.levels import INTERMEDIATE
from stamp_desktop.engine.marks import Marks, log_posterior
from stamp_desktop.engine.scoring import Result
from stamp_desktop.engine.selection import Choice, Course
from stamp_desktop.engine.state import Answer, SectionState, State

RIVALS = 3
_UNIT = 2.0**-16


@dataclass(frozen=True, slots=True)
class Belief:
    """What is known at a point: EAP, SD, and the probability of each level's code."""

    theta: float
    sd: float
    bands: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another set and what it would have told: information at the posterior."""

    set_id: str
    level: int
    topic: str
    information: float


@dataclass(frozen=True, slots=True)
class Exclusion:
    """How many sets a rule kept away that would have told more than the chosen one, and the best of them."""

    rule: str
    sets: int
    best: Rival


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """An answer: its points, what was to be expected at the ability known before it, and what is known after it."""

    item: str
    points: int
    of: int
    expected: float
    response_ms: int
    rapid: bool
    after: Belief


@dataclass(frozen=True, slots=True)
class SetStep:
    """A set: why it was chosen, at what belief, against which rivals, and what was answered.

    `candidates` is how many sets the rules left to choose from; `exclusions` and `rivals` are empty where no information was
    compared (a pilot set, a module's next set).
    """

    number: int
    set_id: str
    level: int
    topic: str
    module: str
    why: str
    dropped: tuple[str, ...]
    before: Belief
    information: float
    candidates: int
    rivals: tuple[Rival, ...]
    exclusions: tuple[Exclusion, ...]
    answers: tuple[AnswerStep, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One adaptive section. `prior` is what was known before the first answer; `stopped`: a level was probable enough."""

    section: str
    stripe: int
    prior: Belief
    sets: tuple[SetStep, ...]
    stopped: bool
    result: Result
    beside: Appraisal


def explain(form: Form, state: State) -> tuple[Explanation, ...]:
    """Each adaptive section that has begun."""
    return tuple(_section(form, state, section) for section in state.sections if section.kind == "adaptive" and section.sets)


def _section(form: Form, state: State, section: SectionState) -> Explanation:
    stock = form.stocks[section.id]
    stripe = selection.stripe_of(state.session.seat, state.session.login, state.session.seed, stock.section.stripes)
    course = Course(state.session.seed, stripe)
    marks = questions.marks(section)
    steps = []
    for number, given in enumerate(section.sets):
        before = marks[:number]
        posterior = log_posterior(stock, before)
        chosen = selection.decide(stock, course, posterior)
        if chosen is None or chosen.set_id != given.set_id:
            raise LookupError(f"set {given.set_id} is not what the engine chooses here: replay the journal first")
        answers = tuple(_answers(stock, before, given.set_id, given.answers))
        steps.append(_set(stock, course, posterior, chosen, answers=answers, number=number + 1))
        course = replace(course, given=(*course.given, given.set_id))
    ended = section.end == "complete"
    return Explanation(
        section=section.id,
        stripe=stripe,
        prior=_belief(stock, stock.prior),
        sets=tuple(steps),
        stopped=ended and selection.certain(stock, course, log_posterior(stock, marks)),
        result=questions.result(form, section),
        beside=questions.appraisal(form, section),
    )


def _set(
    stock: Stock, course: Course, posterior: Integers, chosen: Choice, *, answers: tuple[AnswerStep, ...], number: int
) -> SetStep:
    item_set = stock[chosen.set_id]
    weights = selection.selection_weights(posterior)
    worth = (stock.information @ weights).astype(np.float64) * (_UNIT / int(weights.sum()))
    at = stock.position[chosen.set_id]
    reasons = _reasons(stock, course, chosen) if chosen.why == "information" else {}
    free = [i for i, reason in reasons.items() if not reason and i != at]
    better = [i for i, reason in reasons.items() if reason not in ("", "given") and worth[i] > worth[at]]

    def rival(i: int) -> Rival:
        return Rival(stock.sets[i].id, stock.sets[i].level, stock.sets[i].topic, round(float(worth[i]), 4))

    # A free set that tells more than the chosen one was passed over by the look-ahead.
    passed = [i for i in free if worth[i] > worth[at]]
    excluded = {rule: [i for i in better if reasons[i] == rule] for rule in dict.fromkeys(reasons[i] for i in better)}
    if passed:
        excluded["rest"] = passed
    return SetStep(
        number=number,
        set_id=item_set.id,
        level=item_set.level,
        topic=item_set.topic,
        module=chosen.module,
        why=chosen.why,
        dropped=chosen.dropped,
        before=_belief(stock, posterior),
        information=round(float(worth[at]), 4),
        candidates=len(free) + 1,
        rivals=tuple(rival(i) for i in sorted(set(free) - set(passed), key=lambda i: (-worth[i], i))[:RIVALS]),
        exclusions=tuple(
            Exclusion(rule, len(those), rival(max(those, key=lambda i: (worth[i], -i)))) for rule, those in excluded.items()
        ),
        answers=answers,
    )


def _reasons(stock: Stock, course: Course, chosen: Choice) -> dict[int, str]:
    """For each scored set the rule that keeps it away here, "" where none does."""
    given = [stock.position[set_id] for set_id in course.given]
    scored = [i for i in given if not stock.pilot[i]]
    room = selection.room_of(stock, scored, frozenset(selection.RULES) - frozenset(chosen.dropped))
    enemies = frozenset().union(*(stock.enemies[i] for i in given))
    found: dict[int, str] = {}
    for i, item_set in enumerate(stock.sets):
        if stock.pilot[i]:
            continue
        against = {
            "given": i in given,
            "stripe": stock.stripe[i] != course.stripe,
            "enemies": i in enemies,
            "level": room.bands[stock.band[i]] <= 0,
            "topic": room.topics[stock.topic[i]] <= 0,
            "start": not scored and item_set.level not in INTERMEDIATE,
        }
        found[i] = next((rule for rule, holds in against.items() if holds and rule not in chosen.dropped), "")
    return found


def _answers(stock: Stock, before: Sequence[Marks], set_id: str, answers: Sequence[Answer]) -> Iterator[AnswerStep]:
    item_set = stock[set_id]
    counted: tuple[tuple[int, int], ...] = ()
    for place, answer in enumerate(answers):
        item = item_set.items[place]
        known = _belief(stock, log_posterior(stock, (*before, Marks(set_id, counted))))
        chances = models.probabilities(item, np.array([known.theta]))[:, 0].tolist()
        if not answer.rapid:
            counted = (*counted, (place, answer.correct))
        yield AnswerStep(
            item=item.id,
            points=answer.correct,
            of=item.points,
            expected=round(exact.total(score * chance for score, chance in enumerate(chances)), 4),
            response_ms=answer.response_ms,
            rapid=answer.rapid,
            after=_belief(stock, log_posterior(stock, (*before, Marks(set_id, counted)))),
        )


def _belief(stock: Stock, posterior: Integers) -> Belief:
    found = ability.summary(stock.grid, posterior, stock.section.cuts)
    bands = zip(levels.codes(stock.section), (round(p, 4) for p in found.bands), strict=True)
    return Belief(round(found.theta, 4) + 0.0, round(found.sd, 4), tuple(bands))
