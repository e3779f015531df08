"""A journal folded again, and what came out of the sitting as bytes that are the same on every computer.

Refuses a journal whose decisions are not the engine's own.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from stamp_desktop.engine import questions, selfeval
from stamp_desktop.engine.codec import canonical, encode, kind_of
from stamp_desktop.engine.estimates import Estimate
from stamp_desktop.engine.events import Event, Moment
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import TextResponse
from stamp_desktop.engine.session import DECISIONS, step
from stamp_desktop.engine.state import SectionState, State, Submission
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Replay:
    """Where a journal leads. `pending` was decided and is not in the journal, as the program died between: journal it next."""

    state: State
    pending: tuple[Event, ...]


def replay(form: Form, entries: Iterable[tuple[Event, Moment]]) -> Replay:
    """Fold a journal from its first entry.

    Trouble "replay-differs" when a decision in it is not the one made again, "event-out-of-order" when an entry does not fit,
    both with the entry's index from 0; "journal-empty" when there is none.
    """
    state: State | None = None
    for index, (event, moment) in enumerate(entries):
        if state is not None and isinstance(event, DECISIONS) and event not in state.pending[:1]:
            raise _differs(index, event, state.pending)
        try:
            state, _ = step(form, state, event, moment)
        except Trouble as trouble:
            advice = trouble.advice
            raise Trouble(trouble.code, f"Entry {index} of the record: {advice.what}", advice.meaning, advice.todo) from trouble
    if state is None:
        raise Trouble("journal-empty", "The record of this test is empty.", "No answer was given yet.", "Begin the test again.")
    return Replay(state, state.pending)


def outcome_bytes(form: Form, state: State) -> bytes:
    """The outcome as canonical JSON: byte for byte the same on the station and on the server."""
    return canonical(outcome(form, state))


def outcome(form: Form, state: State) -> dict[str, Any]:
    """What came out so far: who, with which package, and per section its status in the words of the report.

    `status` is NS, IP, SP (handed in, not rated yet) or the code of a level. Texts appear by their SHA-256.
    """
    session = state.session
    return {
        "package_id": session.package_id,
        "package_hash": session.package_hash,
        "group": session.group,
        "login": session.login,
        "seed": session.seed,
        "finished": state.finished,
        "sections": [_section(form, section) for section in state.sections],
    }


def _section(form: Form, section: SectionState) -> dict[str, Any]:
    if section.kind == "self":
        return _self(form, section)
    return _adaptive(form, section) if section.kind == "adaptive" else _tasks(section)


def _self(form: Form, section: SectionState) -> dict[str, Any]:
    facts = _facts(section, "IP")
    facts["judged"] = [list(each) for each in section.judged]
    if section.status == "ended":
        facts["status"] = str(selfeval.level(form, section))
    return facts


def _adaptive(form: Form, section: SectionState) -> dict[str, Any]:
    facts = _facts(section, "IP")
    facts["items"] = [
        {
            "item": answer.item,
            "set": given.set_id,
            "level": given.level,
            "pilot": given.pilot,
            "correct": answer.correct,
            "response_ms": answer.response_ms,
            "rapid": answer.rapid,
        }
        for given in section.sets
        for answer in given.answers
    ]
    if section.status == "ended":
        result, beside = questions.result(form, section), questions.appraisal(form, section)
        facts["status"] = result.level
        facts["score"] = {
            "method": result.method,
            "level": result.level,
            "scaled": result.scaled,
            "theta": result.theta,
            "sd": result.sd,
            "bands": [[code, probability] for code, probability in result.bands],
            "table": [[row.level, row.seen, row.correct, row.expected] for row in result.table],
            "other": result.other,
            "flagged": result.flagged,
            "estimates": {name: _estimate(getattr(beside, name)) for name in ("eap", "wle", "mle")},
            "lz_star": beside.lz_star,
            "rapid": beside.rapid,
            "effort": beside.effort,
            "flags": ["level"] * result.flagged + list(beside.flags),
        }
    return facts


def _estimate(found: Estimate | None) -> list[float] | None:
    return None if found is None else [found.theta, found.se]


def _tasks(section: SectionState) -> dict[str, Any]:
    facts = _facts(section, "SP" if section.status == "ended" else "IP")
    facts["prompts"] = list(section.prompts)
    facts["follows_level"] = section.level
    facts["responses"] = [_response(submission) for submission in section.submissions]
    return facts


def _facts(section: SectionState, started: str) -> dict[str, Any]:
    return {
        "section": section.id,
        "status": "NS" if section.status == "not_started" else started,
        "end": section.end,
        "used_ms": section.used_ms,
    }


def _response(submission: Submission) -> dict[str, Any]:
    facts: dict[str, Any] = {"prompt": submission.prompt, "by_time": submission.by_time}
    if isinstance(submission.response, TextResponse):
        text = submission.response.text
        facts |= {"text_sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(), "characters": len(text)}
    elif submission.recording is not None:
        recording = submission.recording
        facts |= {
            "recording": recording.id,
            "sha256": recording.sha256,
            "duration_ms": recording.duration_ms,
            "salvaged": recording.salvaged,
        }
    return facts


def _differs(index: int, event: Event, decided: tuple[Event, ...]) -> Trouble:
    if not decided:
        how = f"{kind_of(event)}, where nothing was to be decided"
    elif type(decided[0]) is not type(event):
        how = f"{kind_of(event)} in place of {kind_of(decided[0])}"
    else:
        there, here = encode(event).body, encode(decided[0]).body
        parts = [
            f"{f.name} {there[f.name]!r} in place of {here[f.name]!r}" for f in fields(event) if there[f.name] != here[f.name]
        ]
        how = f"{kind_of(event)} with {', '.join(parts)}"
    return Trouble(
        "replay-differs",
        f"Entry {index} of the record has {how}.",
        "The record is not what this package and this program would have written; it is kept as it is.",
        "Tell the test's publisher; do not go on with it on this computer.",
    )
