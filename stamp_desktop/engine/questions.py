"""An adaptive section, event by event: sets, items, answers, plays. Refuses an answer to anything but the current item."""

from dataclasses import replace

from stamp_desktop.engine import effort, responses, scoring, selection
from stamp_desktop.engine.appraisal import Appraisal, appraise
from stamp_desktop.engine.events import Answered, DraftSaved, Event, PlayBegan, PlayEnded, SectionEnded, SessionBegan, SetChosen
from stamp_desktop.engine.form import Form, Stock
from stamp_desktop.engine.items import Item
from stamp_desktop.engine.marks import Marks, log_posterior
from stamp_desktop.engine.misfit import misfit
from stamp_desktop.engine.state import Answer, GivenSet, SectionState


def next_set(form: Form, session: SessionBegan, section: SectionState) -> SetChosen | SectionEnded:
    """The next set at what the answers say, or the end of the section."""
    stock = form.stocks[section.id]
    given = tuple(g.set_id for g in section.sets)
    stripe = selection.stripe_of(session.seat, session.login, session.seed, stock.section.stripes)
    posterior = log_posterior(stock, marks(section))
    course = selection.Course(session.seed, stripe, given)
    chosen = None if selection.certain(stock, course, posterior) else selection.choose(stock, course, posterior)
    if chosen is None:
        return SectionEnded(section.id, "complete")
    return SetChosen(section.id, chosen, len(given) + 1, selection.digest(posterior))


def begin_set(form: Form, section: SectionState, event: SetChosen) -> SectionState:
    """The set's first item becomes the current one; its plays are counted anew."""
    stock = form.stocks[section.id]
    chosen = stock[event.set_id]
    sets = (*section.sets, GivenSet(chosen.id, chosen.level, chosen.pilot))
    seen = sum(len(stock[given.set_id].items) for given in sets)
    to_come = max(stock.section.sets + min(stock.section.pilots, int(stock.pilot.sum())) - len(sets), 0)
    return replace(
        section,
        sets=sets,
        item=chosen.items[0].id,
        item_began_ms=section.used_ms,
        interrupted=False,
        number=section.number + 1,
        about=seen + round(to_come * stock.mean_items),
        plays_used=0,
        playing=False,
        draft=None,
    )


def fold(form: Form, section: SectionState, event: Answered | DraftSaved | PlayBegan | PlayEnded) -> SectionState:
    """Fold what happens to the current set."""
    stock = form.stocks[section.id]
    match event:
        case Answered(item, response):
            current = _current(stock, section, item, event)
            points, took = responses.score(current, response), section.used_ms - section.item_began_ms
            rapid = not section.interrupted and effort.rapid(current, took)
            return _answer(stock, section, Answer(item, response, points, took, rapid))
        case DraftSaved(item, response):
            responses.score(_current(stock, section, item, event), response)  # refuses a response of another kind
            return replace(section, draft=response)
        case PlayBegan(set_id, play):
            limit = stock.section.plays
            if set_id != section.set_id or section.playing or play != section.plays_used + 1 or (limit and play > limit):
                raise misfit(event, "the recording cannot be heard again")
            return replace(section, playing=True, plays_used=play)
    if not section.playing or event.set_id != section.set_id or event.play != section.plays_used:
        raise misfit(event, "no such play is open")
    return replace(section, playing=False) if event.complete else give_back(section)


def give_back(section: SectionState) -> SectionState:
    """A play that the machine cut short does not count."""
    return replace(section, playing=False, plays_used=section.plays_used - 1) if section.playing else section


def interrupt(section: SectionState) -> SectionState:
    """The program was gone for a while: a play that it cut short does not count, nor does the time that the answer takes."""
    return replace(give_back(section), interrupted=section.item is not None)


def marks(section: SectionState) -> tuple[Marks, ...]:
    """What the section's answers were worth, set by set; rapid guesses are left out."""
    return tuple(
        Marks(g.set_id, tuple((i, answer.correct) for i, answer in enumerate(g.answers) if not answer.rapid))
        for g in section.sets
    )


def result(form: Form, section: SectionState) -> scoring.Result:
    """Score of the section as it stands."""
    return scoring.score(form.stocks[section.id], marks(section))


def appraisal(form: Form, section: SectionState) -> Appraisal:
    """What stands beside the section's score."""
    rapid = sum(answer.rapid for given in section.sets if not given.pilot for answer in given.answers)
    return appraise(form.stocks[section.id], marks(section), rapid)


def _current(stock: Stock, section: SectionState, item: str, event: Event) -> Item:
    if item != section.item:
        raise misfit(event, f"question {item} is not the current one")
    given = section.sets[-1]
    return stock[given.set_id].items[len(given.answers)]


def _answer(stock: Stock, section: SectionState, answer: Answer) -> SectionState:
    given = section.sets[-1]
    given = replace(given, answers=(*given.answers, answer))
    left = stock[given.set_id].items[len(given.answers) :]
    return replace(
        section,
        sets=(*section.sets[:-1], given),
        item=left[0].id if left else None,
        item_began_ms=section.used_ms,
        interrupted=False,
        number=section.number + (1 if left else 0),
        playing=section.playing and bool(left),
        draft=None,
    )
