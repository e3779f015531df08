"""A session on its way: what the server lacks of it, and one try at bringing it there. It refuses to decide when to try."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from stamp_desktop.storage import retention
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.reader import JournalReader, reading
from stamp_desktop.storage.station import Device, SessionLine, Station
from stamp_desktop.sync import upload
from stamp_desktop.sync.pieces import Pace
from stamp_desktop.sync.transport import Broken, Line, Offline
from stamp_desktop.trouble import Trouble

FINISHED = "session_finished"
"""The kind of the event by which a test taker ends the test."""


DOUBT_MS = 6 * 3_600_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the server does not have; `bytes` are recordings."""

    events: int = 0
    recordings: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """What a delivery is made with. For one thread."""

    station: Station
    device: Device
    keys: KeyStore
    line: Line
    clock: Clock
    pace: Pace


class Case:
    """What the courier remembers of one session. `due_ms` counts by the monotonic clock. `held`: a hub has all of it."""

    def __init__(self, folder: SessionFolder) -> None:
        self.waiting = Waiting()
        self.failures = 0
        self.due_ms = 0
        self.trouble: Trouble | None = None
        self.settled = False
        self.settled_ms = 0
        self.held = False
        self._folder = folder
        self._begun = False
        self._looked_at = 0
        self._finished = False

    def look(self) -> None:
        """Count what waits. A session whose journal is not there yet has nothing; Trouble `journal-damaged`, `disk-error`."""
        if self._folder.journal.exists():
            with reading(self._folder.journal) as journal:
                self._count(journal)

    def doubt(self, now_ms: int) -> None:
        """A server may have been set back since it gave the receipt: ask it now and then, as long as the session is here."""
        if self.settled and now_ms - self.settled_ms >= DOUBT_MS:
            self.settled = False

    def failed(self, trouble: Trouble, due_ms: int) -> None:
        """Set aside until then. The server may have been set back to before this session: it is told of it again."""
        self.trouble, self.due_ms, self._begun = trouble, due_ms, False

    def deliver(self, means: Means, session: SessionLine, moved: Callable[[], None]) -> None:
        """Send all there is and, when the test is finished, get the receipt. `moved` is called whenever less is waiting.

        Offline, Broken, Refused; Trouble of the journal, of a recording, `receipt-false`.
        """
        if not self._folder.journal.exists():
            return
        with reading(self._folder.journal) as journal:
            self._count(journal)
            if session.state in {"received", "moved"} and self.waiting == Waiting():
                self.settled_ms = means.clock.mono_ms()
                if session.state == "moved":
                    self.settled = True
                    self._receipt_elsewhere(means, session, journal)
                    return
                self.settled = upload.is_there(means.line, journal)
                if self.settled:
                    return
            if not self._begun:
                self._note_moved(means, session, upload.begin(means.line, means.device, session, journal))
                self._begun = True
            again = session.state == "received"
            for _ in range(upload.TRIES):  # a server that was set back asks for parts again
                self._note_moved(means, session, self._send(means, journal, moved))
                if (journal.receipt() and not again) or not self._is_whole(journal):
                    break
                receipt = upload.seal(means.line, means.device, journal, means.clock.wall_ms())
                self.held = isinstance(receipt, upload.Held)
                if isinstance(receipt, upload.Held):
                    break
                if receipt:
                    retention.received(journal, receipt, means.device.server_keys, means.keys)
                    again = False
            kept = journal.receipt()
            if kept and session.state != "received":
                means.keys.forget(retention.key_name(session.id))  # a kill may have come between the receipt and this
                means.station.keep_session(replace(session, state="received", receipt=kept.number))
            self._count(journal)
            self.settled = kept is not None and self.waiting == Waiting() and not self.held
            self.settled_ms = means.clock.mono_ms()
        self.trouble, self.failures = None, 0

    def _receipt_elsewhere(self, means: Means, session: SessionLine, journal: JournalReader) -> None:
        """What was left here may go in its time once the server has the whole test from wherever it was finished."""
        receipt = upload.receipt_elsewhere(means.line, means.device, journal, means.clock.wall_ms())
        if receipt:
            retention.received(journal, receipt, means.device.server_keys, means.keys)
            means.station.keep_session(replace(session, state="received", receipt=receipt.number))

    def _note_moved(self, means: Means, session: SessionLine, elsewhere: bool) -> None:
        """Another computer goes on with the test: this one must not, and still sends all that it has."""
        if elsewhere and session.state == "open":
            means.station.keep_session(replace(session, state="moved"))

    def _send(self, means: Means, journal: JournalReader, moved: Callable[[], None]) -> bool:
        """Events, then each recording that has ended; one that cannot be sent does not hold up the others."""

        def sent(of_recording: int = 0) -> None:
            self._count(journal, of_recording)
            moved()

        elsewhere = upload.send_events(means.line, journal, sent)
        first: Trouble | None = None
        for recording in journal.unsent_recordings():
            try:
                upload.send_recording(means.line, journal, recording, self._folder.recording(recording.id), means.pace, sent)
            except (Offline, Broken):
                raise
            except Trouble as trouble:
                first = first or trouble
            sent()
        if first:
            raise first
        return elsewhere

    def _is_whole(self, journal: JournalReader) -> bool:
        """The test was ended, and nothing of it is still being recorded or sent."""
        if not self._finished:
            rows = journal.rows(self._looked_at)
            self._finished = any(row.kind == FINISHED for row in rows)
            self._looked_at = rows[-1].seq if rows else self._looked_at
        recording = any(each.ended_seq is None for each in journal.recordings())
        return self._finished and not recording and not journal.unsent_recordings() and journal.unsent_count() == 0

    def _count(self, journal: JournalReader, of_recording: int = 0) -> None:
        recordings = journal.unsent_recordings()
        size = sum(each.bytes or 0 for each in recordings) - of_recording
        self.waiting = Waiting(journal.unsent_count(), len(recordings), max(0, size))
