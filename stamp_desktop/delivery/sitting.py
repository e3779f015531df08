"""One open session: its journal and what follows from it. The only place where something that happened becomes a fact.

It draws nothing, plays nothing and sends nothing.
"""

import json
import logging

from stamp_desktop.content.reader import Package
from stamp_desktop.engine.codec import canonical, decode, encode
from stamp_desktop.engine.events import (
    ClockStepped,
    Event,
    Moment,
    Noted,
    Paused,
    RecordingBegan,
    RecordingEnded,
    Resumed,
    SessionBegan,
    SessionFinished,
    SessionOpened,
)
from stamp_desktop.engine.replay import outcome, replay
from stamp_desktop.engine.session import Form, State, step
from stamp_desktop.storage import journal as written
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.journal import Entry, Journal
from stamp_desktop.storage.recordings import Finished
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import OUTCOME
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

CLOCK_STEP_MS = 120_000
"""A wall clock that moved by more than two minutes against the monotonic one is worth an event."""


class Sitting:
    """A session that is open on this computer. Belongs to one thread. Use `begin` or `resume`."""

    def __init__(
        self, form: Form, package: Package, journal: Journal, key: SessionKey, clock: Clock, state: State, last: Moment
    ) -> None:
        self.form = form
        self.package = package
        self.journal = journal
        self.key = key
        self.state = state
        self._clock = clock
        self._last = last
        self._doubtful = False
        self._refused: Moment | None = None
        self._low = False
        self._notes: list[str] = []

    @classmethod
    def begin(
        cls, form: Form, package: Package, journal: Journal, key: SessionKey, clock: Clock, began: SessionBegan
    ) -> "Sitting":
        """Write the first fact into an empty journal."""
        moment = now(clock)
        state, _ = step(form, None, began, moment)
        journal.append_all([_entry(began, moment)])
        return cls(form, package, journal, key, clock, state, moment)

    @classmethod
    def resume(cls, form: Form, package: Package, journal: Journal, key: SessionKey, clock: Clock) -> "Sitting":
        """Fold an existing journal, to go on from there. Trouble `replay-differs`, `event-unreadable`, `data-damaged`."""
        facts = _facts(journal)
        folded = replay(form, facts)
        sitting = cls(form, package, journal, key, clock, folded.state, facts[-1][1])
        if folded.pending:
            sitting._write(folded.pending, None)
        return sitting

    def record(self, event: Event, kept: Finished | None = None) -> None:
        """Make this a fact, with all that the engine decides on it, in one durable transaction; only then the state moves.

        `kept` is the finished file of a RecordingEnded. Trouble: `event-out-of-order`, `disk-full`, `disk-error`; then
        nothing was written.
        """
        if self._doubtful and self._look_again(event):
            self._tell_of_the_disk()
            return
        moment = now(self._clock)
        drift = (moment.wall_ms - self._last.wall_ms) - (moment.mono_ms - self._last.mono_ms)
        stepped = moment.boot == self._last.boot and abs(drift) > CLOCK_STEP_MS
        events: tuple[Event, ...] = (ClockStepped(drift), event) if stepped else (event,)
        if isinstance(event, SessionOpened):
            events = events[::-1]  # before it, the step would put the time for which nobody was here on the section's clock
        self._write(events, kept)
        self._tell_of_the_disk()

    def finish(self) -> None:
        """End the session and state its outcome, for the server to compare with its own; both in one transaction."""
        if self._doubtful and self._look_again(SessionFinished()):
            return
        ended, _ = step(self.form, self.state, SessionFinished(), now(self._clock))
        self._write((SessionFinished(), Noted(OUTCOME, outcome(self.form, ended))), None)

    def _write(self, events: tuple[Event, ...], kept: Finished | None) -> None:
        """Write these. After a write that the disk refused they belong to that moment, and the time since then is a pause."""
        moment = now(self._clock)
        at, section = self._refused or moment, self.state.current
        waiting = [(event, at) for event in events]
        if self._refused and section and section.status == "running" and self.state.paused is None:
            waiting += [(Paused("disk"), at), (Resumed("disk"), moment)]
        state, entries = self.state, []
        while waiting:
            event, happened = waiting.pop(0)
            state, decided = step(self.form, state, event, happened)
            entries.append(_entry(event, happened, kept))
            waiting[:0] = [(decision, happened) for decision in decided]
        try:
            self.journal.append_all(entries)
        except Trouble as trouble:
            self._doubtful = trouble.code != "disk-full"
            self._refused = at
            raise
        self.state, self._last, self._refused = state, moment, None

    def _tell_of_the_disk(self) -> None:
        """Note for the proctor what the disk did, when what had to be written is written; a note that fails waits."""
        reserve = self.journal.reserve
        if reserve and reserve.gone and not self._low:
            self._low = True
            self._notes.append("disk_low")
        while self._notes:
            try:
                self._write((Noted(self._notes[0]),), None)
            except Trouble:
                log.exception("The disk does not take a note about itself")
                self._refused = None
                return
            del self._notes[0]

    def _look_again(self, event: Event) -> bool:
        """After an error of the disk nobody knows what it holds: open the journal again. Is the event in it after all?"""
        known, path = self.journal.head().seq, self.journal.path
        self.journal.close()
        self.journal = Journal.open(path, self.key, self.journal.reserve)
        facts = _facts(self.journal)
        folded = replay(self.form, facts)
        self.state, self._last, self._doubtful = folded.state, facts[-1][1], False
        if folded.pending:
            self._write(folded.pending, None)
        self._notes.append("disk_error")
        found = event in (fact for fact, _ in facts[known:])
        if found and self._refused:
            self._write((), None)  # nothing but the pause since then
        return found


def _facts(journal: Journal) -> list[tuple[Event, Moment]]:
    return [(decode(row.kind, json.loads(body)), Moment(row.wall_ms, row.mono_ms, row.boot)) for row, body in journal.read()]


def now(clock: Clock) -> Moment:
    """This moment on this computer."""
    return Moment(clock.wall_ms(), clock.mono_ms(), clock.boot())


def _entry(event: Event, moment: Moment, kept: Finished | None = None) -> Entry:
    coded = encode(event)
    recording: written.RecordingBegun | written.RecordingEnded | None = None
    match event:
        case RecordingBegan():
            recording = written.RecordingBegun(event.recording)
        case RecordingEnded():
            recording = written.RecordingEnded(event.recording, kept, event.salvaged)
        case _:
            pass
    body = canonical(coded.body)
    return Entry(coded.kind, coded.item, body, moment.wall_ms, moment.mono_ms, moment.boot, recording)
