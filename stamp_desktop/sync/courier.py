"""The courier: one thread that brings everything this computer holds to the server, for as long as it takes.

It has its own connections, changes no event and shows nothing. What goes wrong with one session is set aside with its own
back-off while the others go on; what goes wrong with the line makes all wait. There is no end to trying again.
"""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.station import Device, Station
from stamp_desktop.sync.case import Case, Means, Waiting
from stamp_desktop.sync.pieces import Pace
from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.transport import Broken, Line, Offline, Refused, present_server
from stamp_desktop.sync.unlocking import TICKETS, UnlockTickets
from stamp_desktop.sync.ways import Way, connect
from stamp_desktop.sync.words import Signed
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

FIRST_DELAY, LONGEST_DELAY = 1.0, 300.0
HELD_SECONDS = 5.0
"""How often a hub is asked for the receipt that its server gives."""

EAGER_SECONDS, EAGER_TRIES = 30.0, 10
"""While somebody waits for the receipt, the courier tries this often for some minutes, however long the line was down."""

TICKET_SECONDS = 3.0
"""How often a test that is paused asks whether it may go on."""

IDLE_SECONDS = 60.0
"""How often an idle courier looks whether the server is there: what people see of the line is not older than that."""

SETTLE_SECONDS = 0.25
"""Between being woken and setting out: the next question is on the screen first, and what is written together goes together."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far this computer is with everything it holds. `connected` None before the first try. `room`: to the room's hub.

    `moved` are sessions that go on at another computer, as the receiver says.
    `bytes_sent` of `bytes_total` are recordings, since there was last nothing to send. `receipts`: session -> number.
    `trouble` is the line's, else that of the first session that is set aside.
    `tickets` are signed `UnlockTicket`s, nobody has judged them yet.
    """

    connected: bool | None = None
    room: bool = False
    events_waiting: int = 0
    recordings_waiting: int = 0
    bytes_sent: int = 0
    bytes_total: int = 0
    receipts: Mapping[str, str] = field(default_factory=dict)
    trouble: Trouble | None = None
    moved: frozenset[str] = frozenset()
    tickets: tuple[Signed, ...] = ()

    def counted(self, waiting: Waiting) -> "Progress":
        """The same with so much waiting now. What is new adds to the total, what is gone was sent."""
        before = self.bytes_total - self.bytes_sent
        sent, total = (0, 0) if before == 0 < waiting.bytes else (self.bytes_sent, self.bytes_total)
        more = waiting.bytes - (total - sent)
        sent, total = (sent, total + more) if more > 0 else (sent - more, total)
        return replace(
            self, events_waiting=waiting.events, recordings_waiting=waiting.recordings, bytes_sent=sent, bytes_total=total
        )


def delay(failures: int, dice: random.Random, retry_after: float = 0.0) -> float:
    """Seconds to wait after so many failures in a row: full jitter, so that a school's computers do not come back all at once.

    Between 0 and a limit that doubles from FIRST_DELAY to LONGEST_DELAY ("Exponential Backoff and Jitter", AWS Architecture
    Blog, 2015); never sooner than the server asked for.
    """
    limit = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures - 1, 16))
    return max(dice.uniform(0.0, limit), retry_after)


class _StoppedError(Exception):
    pass


class Courier:
    """`report` and `failed` are called on the courier's thread; `failed` gets a fault of the program, which has ended it."""

    def __init__(
        self,
        folders: Folders,
        keys: KeyStore,
        clock: Clock,
        dice: random.Random,
        report: Callable[[Progress], None],
        failed: Callable[[BaseException], None],
        find: Callable[[str], list[str]] | None = None,
    ) -> None:
        self._folders = folders
        self._keys = keys
        self._clock = clock
        self._dice = dice
        self._report = report
        self._failed = failed
        self._find = find
        self._eager = 0
        self._hurried = threading.Event()
        self._asks = threading.Event()
        self._pace = Pace(clock)
        self._cases: dict[str, Case] = {}
        self._progress = Progress()
        self._way: Way | None = None
        self._known: Line | None = None
        """The line on which the server was asked whether it has other keys."""
        self._device: Device | None = None
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier")

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was written, or this computer was enrolled; from any thread. It does not shorten a back-off."""
        self._woken.set()

    def hurry(self) -> None:
        """Somebody waits, or the line may be back: try now, and again soon if it is not. From any thread."""
        self._eager = EAGER_TRIES
        self._hurried.set()
        self._woken.set()

    def ask_for_tickets(self, wanted: bool) -> None:
        """Whether a paused test waits for the server's word to go on. From any thread."""
        if wanted and not self._asks.is_set():
            self._asks.set()
            self.hurry()
        elif not wanted:
            self._asks.clear()

    def stop(self) -> None:
        """End after the call that is under way, and wait for it. What is not sent is sent by the next courier."""
        self._stopped.set()
        self._woken.set()
        self._hurried.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            station = Station(self._folders.station)
            try:
                self._rounds(station)
            finally:
                self._hang_up()
                station.close()
        except _StoppedError:
            pass
        except BaseException as error:
            log.exception("The courier ended on a fault of the program")
            self._failed(error)
            raise

    def _rounds(self, station: Station) -> None:
        failures = 0
        while not self._stopped.is_set():
            self._woken.clear()
            self._hurried.clear()
            try:
                if device := station.device():
                    self._round(station, device)
                failures = 0
                if self._woken.wait(self._pause()):
                    self._stopped.wait(SETTLE_SECONDS)
            except Trouble as trouble:  # of the line, or this computer's own: its disk, its key store
                failures += 1
                log.info("Nothing can be sent: %s", trouble)
                self._hang_up()
                away = isinstance(trouble, (Offline, Broken))
                self._say(replace(self._progress, connected=False if away else self._progress.connected, trouble=trouble))
                self._hurried.wait(self._back_off(failures, trouble.retry_after if isinstance(trouble, Offline) else 0.0))

    def _back_off(self, failures: int, retry_after: float) -> float:
        wait = delay(failures, self._dice)
        if self._eager:
            self._eager -= 1
            wait = min(wait, EAGER_SECONDS)
        return max(wait, retry_after)

    def _round(self, station: Station, device: Device) -> None:
        """Everything that is due, session by session, in the order they began."""
        sessions = [each for each in station.sessions() if each.state not in {"purged", "damaged"}]
        for each in sessions:
            known = self._cases.get(each.id)
            if known is None or (known.settled and each.state == "open"):  # it came back from another computer
                self._cases[each.id] = Case(self._folders.session(each.id))
        for case in self._cases.values():
            case.doubt(self._clock.mono_ms())
        due = [(each, case) for each in sessions if not (case := self._cases[each.id]).settled and self._is_due(case)]
        for _, case in due:
            self._guarded(case, case.look)
        due = [(each, case) for each, case in due if case.trouble is None or self._is_due(case)]
        self._say(self._progress)
        line = self._line_to(device)
        if line is not self._known:
            self._device = device = present_server(line, station, device)
            self._known = line
        means, answers = Means(station, device, self._keys, line, self._clock, self._pace), line.answers

        def moved() -> None:
            self._say(replace(self._progress, connected=True) if line.answers > answers else self._progress)

        for session, case in due:
            self._guarded(case, partial(case.deliver, means, session, moved))
            moved()
        if line.answers == answers:
            line.call("GET", f"{PREFIX}/health")
        receipts = {each.id: each.receipt for each in station.sessions() if each.receipt}
        trouble = next((case.trouble for case in self._cases.values() if case.trouble), None)
        gone = frozenset(each.id for each in station.sessions() if each.state == "moved")
        said = replace(self._progress, connected=True, receipts=receipts, trouble=trouble, moved=gone)
        self._say(replace(said, tickets=self._tickets(line)))

    def _tickets(self, line: Line) -> tuple[Signed, ...]:
        """Those for this computer; none where the receiver knows of no such thing."""
        if not self._asks.is_set():
            return ()
        try:
            return line.call("GET", TICKETS).read(UnlockTickets).tickets
        except Refused:
            return ()

    def _line_to(self, device: Device) -> Line:
        if self._way is None or self._device != device:
            self._hang_up()
            self._way = connect(self._folders, device, self._keys, self._clock, self._find)
            self._device = device
            self._say(replace(self._progress, room=self._way.room))
        return self._way.line

    def _guarded(self, case: Case, work: Callable[[], None]) -> None:
        """One session's trouble is not another's; the line's is everybody's."""
        try:
            work()
        except (Offline, Broken):
            raise
        except Trouble as trouble:
            case.failures += 1
            wait = delay(case.failures, self._dice, trouble.retry_after if isinstance(trouble, Refused) else 0.0)
            case.failed(trouble, self._clock.mono_ms() + int(wait * 1000))
            log.warning("A session is set aside for %.0f s: %s", wait, trouble)
            if trouble.code == "receipt-false":
                self._device = None  # before the next round, ask whether the server has new keys

    def _is_due(self, case: Case) -> bool:
        return case.due_ms <= self._clock.mono_ms()

    def _say(self, progress: Progress) -> None:
        """Report what changed. It is also the moment to notice that the courier has to stop."""
        waits = [case.waiting for case in self._cases.values()]
        total = Waiting(sum(w.events for w in waits), sum(w.recordings for w in waits), sum(w.bytes for w in waits))
        progress = progress.counted(total)
        if progress != self._progress:
            self._progress = progress
            self._report(progress)
        if self._stopped.is_set():
            raise _StoppedError

    def _pause(self) -> float:
        """Seconds until something is due by itself."""
        waits = [(case.due_ms - self._clock.mono_ms()) / 1000 for case in self._cases.values() if case.trouble]
        waits += [HELD_SECONDS for case in self._cases.values() if case.held and not case.settled]
        waits += [TICKET_SECONDS] if self._asks.is_set() else []
        return max(0.0, min([IDLE_SECONDS, *waits]))

    def _hang_up(self) -> None:
        if self._way:
            self._way.line.close()
            self._way = None
