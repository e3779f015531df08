"""The back end for X sessions: grade A where the guardian is the window manager, grade B where another one is.

Grade B watches, holds the clipboard and what keys it can get, and says that it cannot keep another window from the top.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError

from stamp_desktop.kiosk.changes import Changes
from stamp_desktop.kiosk.guard import Finding, Grade, Protection, Standing, Ticket
from stamp_desktop.kiosk.linux.census import Census, Client, Program, judge, program_of, trusted
from stamp_desktop.kiosk.linux.settings import Settings
from stamp_desktop.kiosk.linux.windows import Owner, Windows
from stamp_desktop.kiosk.machine import markers
from stamp_desktop.kiosk.policy import PROGRAMS, Policy
from stamp_desktop.trouble import Trouble

PROBED_FILES: Mapping[Protection, Path] = {
    "consoles": Path("/etc/X11/xorg.conf.d/90-stamp-kiosk.conf"),
    "power keys": Path("/etc/systemd/logind.conf.d/90-stamp-kiosk.conf"),
}


_WATCHED: Mapping[Protection, Standing] = {
    "clipboard": Standing("enforced", "the guardian owns it"),
    "second screen": Standing("detected", "RandR"),
    "screen capture": Standing("detected", "who talks to the X server is known, also under other names"),
    "restart": Standing("enforced", "by the guardian"),
    "clock": Standing("detected", "against the monotonic clock; timers do not use it"),
}
OWN_SESSION: Mapping[Protection, Standing] = {
    **_WATCHED,
    "screen covered": Standing("enforced", "the guardian is the window manager"),
    "keys": Standing("enforced", "grabbed by the guardian"),
    "other programs": Standing("enforced", "windows refused, programs found"),
}
ORDINARY_DESKTOP: Mapping[Protection, Standing] = {
    **_WATCHED,
    "screen covered": Standing("unavailable", "another window manager runs here: it can put windows over the test"),
    "keys": Standing("detected", "the exam holds the keyboard; the desktop's own keys may come first"),
    "other programs": Standing("detected", "new programs are found, not stopped"),
}


class LinuxGuard:
    """A `Guard`. `changes` is the journal of settings, `now` gives Unix ms."""

    def __init__(self, changes: Changes, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self.grade: Grade = "B"
        self._changes = changes
        self._now = now
        self._policy = Policy()
        self._family: set[int] = set()
        self._usual: frozenset[int] = frozenset()
        self._found: list[Finding] = []
        try:
            self._display = Display()
        except (DisplayError, XError, OSError) as error:
            raise Trouble(
                "kiosk-no-screen",
                f"There is no X screen here: {error}.",
                "No test was begun.",
                "Start the kiosk in an X session; on Wayland choose the session STAMP Kiosk when signing in.",
            ) from error
        if not self._display.has_extension("X-Resource"):
            raise Trouble(
                "kiosk-no-census", "This X server does not tell who talks to it.", "No test was begun.", "Use X.Org's server."
            )
        self._display.res_query_version()
        self._census = Census(self._display)
        self._settings = Settings(self._display)
        self._windows = Windows(self._display, self._owner, self._undone)

    def probe(self) -> Mapping[Protection, Standing]:
        whole = self.grade == "A" or not _has_manager(self._display)
        found = dict(OWN_SESSION if whole else ORDINARY_DESKTOP)
        for protection, file in PROBED_FILES.items():
            there = file.exists()
            found[protection] = Standing(
                "enforced" if there else "unavailable", str(file) if there else f"{file} is not installed (kiosk install)"
            )
        return found

    def preflight(self, policy: Policy) -> Sequence[Finding]:
        findings = list(markers(os.environ, self._display.display.info.vendor, self._now()))
        findings += self._monitors(policy)
        for pid in sorted(int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()):
            program = program_of(pid)
            if program is None:
                continue
            name = Path(program.script or program.path or program.name).name.lower()
            if name in PROGRAMS and not trusted(program, policy):
                findings.append(
                    Finding(PROGRAMS[name], f"{name} {pid}", self._now(), {"program": name, "pid": pid}, f"End {name}.")
                )
        return findings

    def engage(self, policy: Policy, session: str) -> None:  # noqa: ARG002  # one X session is one session of the kiosk
        self._policy = policy
        self._settings.close(self._changes)
        if not self._windows.manages:
            try:
                self._windows.manage(lambda: self._settings.keep_marks(self._changes))
                self.grade = "A"
            except Trouble:
                self.grade = "B"
                self._usual = frozenset(self._census.pids().values())
        self._windows.hold_selections()
        self._windows.hold_keys()
        self._windows.sweep()

    def admit(self, pids: Collection[int]) -> None:
        self._family = {os.getpid(), *pids}
        self._windows.forget()

    def verify(self) -> Sequence[Finding]:
        with _screen():
            self._windows.sweep()
            gone = [Finding("window-destroyed", "", self._now())] if self._windows.destroyed else []
            return [*gone, *self._foreign(), *self._monitors(self._policy)]

    def attend(self) -> Sequence[Finding]:
        with _screen():
            self._windows.attend()
        found, self._found = self._found, []
        return found

    def fileno(self) -> int | None:
        return int(self._display.fileno())

    def close(self) -> None:
        """Let go of the X server."""
        self._display.close()

    def release(self, ticket: Ticket) -> None:  # noqa: ARG002  # who has a ticket may
        self._windows.let_go()
        self.recover()

    def recover(self) -> None:
        self._changes.undo(self._settings.restore())

    def _foreign(self) -> list[Finding]:
        found = []
        for client in self._census.clients():
            finding = judge(client, self._family, self._policy, self._now())
            if finding is None:
                continue
            if finding.code == "foreign-program" and self.grade == "B":
                if client.program.pid in self._usual:
                    continue
                finding = replace(finding, code="other-program")
            else:
                finding = judge(self._known(client), self._family, self._policy, self._now()) or finding
            found.append(finding)
        return found

    def _known(self, client: Client) -> Client:
        try:
            return replace(client, holds=self._census.holding(client.base))
        except XError:
            return client

    def _monitors(self, policy: Policy) -> list[Finding]:
        monitors = self._display.screen().root.xrandr_get_monitors().monitors
        names = [str(self._display.get_atom_name(int(each.name))) for each in monitors]
        if len(names) <= policy.screens:
            return []
        return [Finding("second-screen", str(len(names)), self._now(), {"screens": names}, "Disconnect the second screen.")]

    def _owner(self, window: int) -> Owner:
        program = self._program(window)
        if program is None:
            return "foreign"
        if program.pid in self._family or any(parent in self._family for parent in program.parents):
            return "exam"
        return "trusted" if trusted(program, self._policy) else "foreign"

    def _program(self, window: int) -> Program | None:
        try:
            return self._census.program(self._census.pid_of(window))
        except XError:
            return None

    def _undone(self, code: str, window: int, how: str) -> None:
        if code == "exam-hidden":  # nobody knows by whom: the window is the exam's own
            self._found.append(Finding(code, how, self._now()))
            return
        program = self._program(window)
        name = Path(program.script or program.path or program.name).name if program else "a program that is gone"
        self._found.append(Finding(code, name, self._now(), {"program": name}))


@contextmanager
def _screen() -> Iterator[None]:
    """A screen that goes takes everything with it that was closed: there is nothing left to guard."""
    try:
        yield
    except ConnectionClosedError as error:
        raise Trouble(
            "kiosk-screen-gone", "The X server has gone.", "What was saved is saved.", "Start the session again."
        ) from error


def _has_manager(display: Any) -> bool:
    root = display.screen().root
    found = root.get_full_property(display.intern_atom("_NET_SUPPORTING_WM_CHECK"), 0)
    return found is not None
