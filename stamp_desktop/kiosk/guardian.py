"""The guardian: closes the computer, starts the exam program, starts it again locked when it dies or hangs. Without Qt.

It knows nothing of a test. What it notices it tells the exam program, which makes it a fact of the session, and its own log.
"""

import json
import os
import selectors
import signal
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

from stamp_desktop.kiosk import watch, words
from stamp_desktop.kiosk.belongings import Belongings
from stamp_desktop.kiosk.guard import Finding, Guard, Ticket
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.line import Line
from stamp_desktop.kiosk.pin import PinBook
from stamp_desktop.kiosk.policy import Policy, digest, to_facts
from stamp_desktop.kiosk.program import ExamProgram
from stamp_desktop.kiosk.ticket import FORGED, TicketBook
from stamp_desktop.trouble import Trouble

LOOK_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 0.5
END_SECONDS: Final = 10.0
MUTE_SECONDS: Final = 2.0
"""Silence of the exam program after which what it may wait for is looked at; and how often that is done."""
START_SECONDS: Final = 60.0
"""How long the exam program may take to its first word before it counts as hung."""
ENDED: Final = 0
REPORTED_WRONG: Final = 3
"""Wrong PINs in a row that are worth an event; after that each one is."""


class Guardian:
    """One kiosk session. `turn` is one round of its loop; `run` goes round until it is to end.

    `unblock`, where the exam program is silent, mends what it may wait for: whether there was something.
    """

    def __init__(
        self,
        home: Home,
        policy: Policy,
        guard: Guard,
        exam: ExamProgram,
        *,
        supervisor: int = -1,
        unblock: Callable[[], bool] = lambda: False,
    ) -> None:
        self._home = home
        self._policy = policy
        self._digest = digest(policy)
        self._guard = guard
        self._exam = exam
        self._supervisor = supervisor
        self._unblock = unblock
        self._unblocked = 0.0
        self._pins = PinBook(home.pin)
        self._tickets = TicketBook(home)
        self._watch = watch.Watch()
        self._line: Line | None = None
        self._heard = self._begun = time.monotonic()
        self._greeted = self._windowless = False
        self._ending = ""
        self._looked = self._beaten = 0.0
        self._belongings = Belongings(home)
        self._clock = _drift()
        self._journal: dict[str, Any] = {}
        self._open = ""
        """Whose recordings are looked at: of a session that is not open the program may be putting another copy here."""
        self._selector = selectors.DefaultSelector()
        self._door = self._open_door()

    def begin(self, *, again: bool) -> None:
        """Close the computer and have the exam program run. `again`: a guardian before this one did not end by itself."""
        memory = self._home.remembered()
        self._watch = watch.from_facts(memory)
        self._journal = dict(memory.get("journal", {}))
        self._tickets.pin(memory.get("servers"))
        self._belongings = Belongings(self._home, memory.get("belongings"))
        adopted = again and self._exam.adopt(int(memory.get("pid", 0)), int(memory.get("began", 0)))
        if adopted:
            self._guard.admit([self._exam.pid])
        else:
            self._guard.admit([])
        self._guard.engage(self._policy, "")
        if again:
            self._happened([Finding("guardian-gone", "", _now())])
        if not adopted:
            self._start()
        descriptor = self._guard.fileno()
        if descriptor is not None:
            self._selector.register(descriptor, selectors.EVENT_READ, lambda: self._happened(self._guard.attend()))
        policy = {"policy": self._digest, "signed_by": self._policy.signed_by}
        self._log("began", grade=self._guard.grade, again=again, adopted=adopted, **policy)

    def preflight(self) -> None:
        """Tell what speaks against this computer; it holds nobody up."""
        for finding in self._guard.preflight(self._policy):
            rule = self._policy.rule(finding.code)
            self._log("preflight", code=finding.code, severity=rule.severity, subject=finding.subject, **finding.detail)
            if finding.code in {"virtual-machine", "remote-session"}:
                self._happened([finding])

    def run(self) -> None:
        """Until somebody with the right to it ends the kiosk."""
        while not self._ending:
            self.turn(min(BEAT_SECONDS, max(0.0, self._beaten + BEAT_SECONDS - time.monotonic())))
        self.end()

    def ask_to_end(self, by: str) -> None:
        """May be called from a signal's handler."""
        self._ending = self._ending or by

    def turn(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            act: Callable[[], None] = key.data
            act()
        now = time.monotonic()
        if now - self._beaten >= BEAT_SECONDS:
            self._beaten = now
            self._say(words.Beat())
            self._beat_up()
            self._look_after_exam(now)
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look()

    def end(self) -> None:
        """The exam program saves and goes, then the computer is opened."""
        self._log("ending", by=self._ending)
        self._exam.terminate()
        deadline = time.monotonic() + END_SECONDS
        while self._exam.alive() and time.monotonic() < deadline:
            self._selector.select(0.05)
            if self._line is not None:
                self._hear()
        self._exam.kill()
        self._guard.release(Ticket(self._ending))
        self._home.forget()
        self._drop_line()
        self._selector.close()
        self._door.close()
        self._home.socket.unlink(missing_ok=True)
        self._log("ended", by=self._ending)

    def _start(self) -> None:
        self._drop_line()
        self._exam.start()
        self._greeted = False
        self._heard = self._begun = time.monotonic()
        self._guard.admit([self._exam.pid])
        self._remember()

    def _look_after_exam(self, now: float) -> None:
        if self._ending:
            return
        if not self._exam.alive():
            self._again("program-killed")
        elif self._exam.stopped() or now - self._heard > (self._policy.hang_seconds if self._greeted else START_SECONDS):
            self._again("program-hung")
        elif self._greeted and min(now - self._heard, now - self._unblocked) > MUTE_SECONDS:
            self._unblocked = now
            if self._unblock():
                self._happened([Finding("input-method-hung", "", _now())])
                self._heard = time.monotonic()

    def _again(self, code: str) -> None:
        self._log("again", code=code)
        self._happened([Finding(code, "", _now(), {"status": self._exam.status()})])
        self._exam.kill()
        self._start()

    def _look(self) -> None:
        found = list(self._guard.verify())
        windowless = any(finding.code == "window-destroyed" for finding in found) and self._exam.alive()
        found = [finding for finding in found if finding.code != "window-destroyed"]
        if windowless and self._windowless:  # at two looks: a program that ends loses its window a little sooner
            self._again("window-destroyed")
        self._windowless = windowless and not self._windowless
        self._happened(self._guard.attend())
        self._look_after_belongings()
        drift = _drift()
        if abs(drift - self._clock) > self._policy.clock_step_seconds:
            self._happened([Finding("clock-stepped", "", _now(), {"by_seconds": round(drift - self._clock)})])
            self._clock = drift
        before = self._watch
        self._watch, said = watch.look(self._watch, found, self._policy)
        self._tell(said, before)

    def _look_after_belongings(self) -> None:
        before = self._belongings.kept()
        found = [Finding("settings-changed", name, _now()) for name in self._belongings.settings()]
        for session, recording in self._belongings.recordings([self._open] if self._open else []):
            found.append(Finding("answers-changed", recording, _now(), {"session": session, "recording": recording}))
        self._happened(found)
        if self._belongings.kept() != before:
            self._remember()

    def _happened(self, findings: Sequence[Finding]) -> None:
        if findings:
            before = self._watch
            self._watch, said = watch.happened(self._watch, findings, self._policy)
            self._tell(said, before)

    def _tell(self, said: Sequence[words.Told | words.Lock | words.Unlock], before: watch.Watch) -> None:
        for word in said:
            self._log(type(word).__name__.lower(), **asdict(word))
            self._say(word)
        if watch.to_facts(before) != watch.to_facts(self._watch):
            self._remember()

    def _remember(self) -> None:
        facts: dict[str, Any] = {"pid": self._exam.pid, "began": self._exam.began, "journal": self._journal}
        facts |= {
            "servers": self._tickets.pinned(),
            "belongings": self._belongings.kept(),
            "policy": to_facts(self._policy),
            "signed_by": self._policy.signed_by,
        }
        self._home.remember({**watch.to_facts(self._watch), **facts})

    def _open_door(self) -> socket.socket:
        self._home.socket.unlink(missing_ok=True)
        door = socket.socket(socket.AF_UNIX)
        mask = os.umask(0o177)
        try:
            door.bind(str(self._home.socket))
        finally:
            os.umask(mask)
        door.listen(4)
        door.setblocking(False)
        self._selector.register(door, selectors.EVENT_READ, self._let_in)
        return door

    def _let_in(self) -> None:
        line, _ = self._door.accept()
        pid, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if pid == self._exam.pid:
            self._drop_line()
            self._line, self._greeted, self._heard = Line(line), True, time.monotonic()
            self._selector.register(self._line, selectors.EVENT_READ, self._hear)
            self._log("greeted", pid=pid)
            for lock in self._watch.locks:  # first: what pauses the test is shown before anything is loaded for it
                self._say(lock)
            self._say(words.Welcome(self._guard.grade, self._digest, self._policy.signed_by))
            return
        with line:
            self._take_order(line, uid)

    def _take_order(self, line: socket.socket, uid: int) -> None:
        """`kiosk end` and the like: an administrator's word, or the PIN."""
        line.settimeout(1.0)
        try:
            order = json.loads(line.recv(words.LONGEST_LINE))
            allowed = uid == 0 and os.getuid() != 0
            allowed = allowed or self._pins.enter(str(order.get("pin", "")), _now())
            wait = self._pins.tries().wait_ms(_now())
            line.sendall(json.dumps({"done": allowed, "wait_ms": wait}).encode() + b"\n")
        except (OSError, ValueError, AttributeError):
            return
        if allowed and order.get("order") == "end":
            self.ask_to_end("administrator" if uid == 0 and os.getuid() != 0 else "PIN")
        elif not allowed:
            self._wrong_pin()

    def _hear(self) -> None:
        if self._line is None:
            return
        said = self._line.hear()
        if said is None:
            self._drop_line()
            return
        self._heard = time.monotonic()
        for word in said:
            self._answer(word)

    def _answer(self, word: words.FromExam | words.FromGuardian) -> None:
        match word:
            case words.Pin(pin, dismiss):
                self._entered(self._pins.enter(pin, _now()), "proctor's PIN", dismiss=dismiss)
            case words.AskChallenge():
                self._say(words.Shown(self._pins.challenge(_now())))
            case words.AnswerChallenge(answer):
                self._entered(self._pins.answered(answer, _now()), "organization's answer", dismiss=False)
            case words.Ticket(text, signature):
                self._take_ticket(text, signature)
            case words.Opened(session):
                self._open = session
                self._compare(word)
            case words.Closed():
                self._open = ""
            case words.Renewed(session):
                self._journal.pop(session, None)
                self._belongings.forget(session)
                self._log("renewed", session=session)
            case words.Damaged(session, what):
                self._happened([Finding("answers-damaged", session, _now(), {"session": session, "what": what})])
            case _:
                pass

    def _entered(self, right: bool, by: str, *, dismiss: bool) -> None:
        if not right:
            self._wrong_pin()
            self._say(words.Refused(self._pins.tries().wait_ms(_now())))
            return
        self._unlock(by, dismiss=dismiss)

    def _unlock(self, by: str, *, dismiss: bool) -> None:
        before = self._watch
        self._watch, word = watch.unlock(self._watch, by, dismiss=dismiss)
        self._tell((word or words.Unlock(by),), before)

    def _take_ticket(self, text: str, signature: str) -> None:
        """The server's word to go on counts once, for this computer, for the pauses that it names."""
        newest = max((lock.at_ms for lock in self._watch.locks), default=0)
        by, fault = self._tickets.enter(text, signature, newest, _now())
        if fault:
            self._log("ticket refused", why=fault)
            if fault in FORGED:
                self._happened([Finding("ticket-refused", fault, _now())])
        else:
            self._unlock(f"{by}, by the server", dismiss=False)

    def _wrong_pin(self) -> None:
        tries = self._pins.tries()
        self._log("pin refused", wrong=tries.wrong)
        if tries.wrong >= REPORTED_WRONG:
            self._happened([Finding("pin-refused", str(tries.wrong), _now(), {"wrong": tries.wrong})])

    def _compare(self, opened: words.Opened) -> None:
        """A session's journal only grows: what is shorter, or as long and another, was put there from outside."""
        seq, digest = self._journal.get(opened.session, (0, ""))
        if opened.seq < seq or (opened.seq == seq and opened.hash != digest):
            detail = {"session": opened.session, "known": seq, "found": opened.seq}
            self._happened([Finding("answers-changed", opened.session, _now(), detail)])
        self._journal[opened.session] = [opened.seq, opened.hash]
        self._remember()

    def _say(self, word: words.FromGuardian) -> None:
        if self._line is not None and not self._line.say(word):
            self._drop_line()

    def _drop_line(self) -> None:
        if self._line is not None:
            self._selector.unregister(self._line)
            self._line.close()
            self._line, self._open = None, ""

    def _beat_up(self) -> None:
        if self._supervisor >= 0:
            try:
                os.write(self._supervisor, b".")
            except OSError:
                self._supervisor = -1
                self._happened([Finding("guardian-gone", "supervisor", _now())])

    def _log(self, what: str, **facts: Any) -> None:
        line = json.dumps({"at_ms": _now(), "what": what, **facts}, default=str)
        with self._home.log.open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _drift() -> float:
    """Wall clock against the monotonic one, in seconds: it changes only when somebody sets the clock."""
    return time.time() - time.monotonic()


def run(home: Home, policy: Policy, command: Sequence[str], *, again: bool, supervisor: int) -> int:
    """The guardian's whole life; its exit status: 0 where it ended as it was asked to."""
    from stamp_desktop.kiosk.changes import Changes  # noqa: PLC0415
    from stamp_desktop.kiosk.linux.guard import LinuxGuard  # noqa: PLC0415  # other systems have no Xlib
    from stamp_desktop.kiosk.linux.input_method import InputMethod  # noqa: PLC0415

    guard = LinuxGuard(Changes(home.changes))
    exam = ExamProgram(command, {**os.environ, "STAMP_GUARDIAN": str(home.socket)})
    input_method = InputMethod(os.environ)
    guardian = Guardian(home, policy, guard, exam, supervisor=supervisor, unblock=input_method.mend)
    signal.signal(signal.SIGTERM, lambda *_: guardian.ask_to_end("administrator"))
    signal.signal(signal.SIGINT, lambda *_: guardian.ask_to_end("administrator"))
    try:
        guardian.begin(again=again)
        guardian.preflight()
        guardian.run()
    except Trouble as trouble:
        exam.terminate()
        if trouble.code != "kiosk-screen-gone":
            guard.recover()
        raise
    finally:
        guard.close()
    return ENDED
