"""A self-evaluation: can-do statements, level by level, each with one of four answers. Refuses to be a score: it only says with
which level the writing and speaking tasks should begin, and the composite leaves it out.
"""

from dataclasses import replace

from stamp_desktop.engine.events import Judged, SectionEnded
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import ANSWERS, Statement
from stamp_desktop.engine.misfit import misfit
from stamp_desktop.engine.state import SectionState

# Of the four answers (0 not yet, 1 with help, 2 mostly, 3 easily): what a level's statements must reach on average.
ABLE = 2


def begin(form: Form, section: SectionState) -> SectionState:
    """The first statement becomes the current one; there is nothing to practise."""
    return replace(section, status="running", statement=_next(form, section), about=len(form.statements[section.id]))


def fold(form: Form, section: SectionState, event: Judged) -> SectionState:
    """Take the answer to the current statement."""
    if event.statement != section.statement:
        raise misfit(event, f"statement {event.statement} is not the current one")
    if event.answer not in range(ANSWERS):
        raise misfit(event, f"there is no answer {event.answer}")
    judged = replace(section, judged=(*section.judged, (event.statement, event.answer)), number=section.number + 1)
    return replace(judged, statement=_next(form, judged))


def end(section: SectionState) -> SectionEnded | None:
    """The section's end, when there is no statement left to ask."""
    return SectionEnded(section.id, "complete") if section.statement is None else None


def level(form: Form, section: SectionState) -> int:
    """The highest level up to which every level is claimed; the lowest of the section where none is."""
    statements = form.statements[section.id]
    reached = 0
    for at in sorted({each.level for each in statements}):
        if not _able([each for each in statements if each.level == at], dict(section.judged)):
            break
        reached = at
    return reached or min(each.level for each in statements)


def _next(form: Form, section: SectionState) -> str | None:
    """The statements of a level in the order of their ids, then those of the next, as long as each level is claimed."""
    given = dict(section.judged)
    statements = form.statements[section.id]
    for at in sorted({each.level for each in statements}):
        here = [each for each in statements if each.level == at]
        for each in here:
            if each.id not in given:
                return each.id
        if not _able(here, given):
            return None
    return None


def _able(statements: list[Statement], given: dict[str, int]) -> bool:
    answers = [given[each.id] for each in statements if each.id in given]
    return len(answers) == len(statements) and sum(answers) >= ABLE * len(statements)
