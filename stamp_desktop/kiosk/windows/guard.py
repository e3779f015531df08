"""The back end for Windows. Grade A with Assigned Access or Shell Launcher and Keyboard Filter (installers/windows/kiosk).

The keyboard hook lives here, in the guardian, not in the exam program: a slow one is dropped without a word. No second
desktop: that shuts out input methods and screen readers. Not yet run on real hardware.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from stamp_desktop.kiosk.changes import Changes
from stamp_desktop.kiosk.guard import Finding, Grade, Protection, Standing, Ticket
from stamp_desktop.kiosk.policy import PROGRAMS, Policy
from stamp_desktop.kiosk.windows.native import Native
from stamp_desktop.kiosk.windows.tables import swallowed

NOT_RUN = "not yet run on real hardware"
SHELL = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\Shell"
FILTER = r"SYSTEM\CurrentControlSet\Services\MsKeyboardFilter\Start"


class WindowsGuard:
    """A `Guard`. It changes no setting that outlives its process, so there is nothing to recover but what an older one left."""

    def __init__(self, native: Native, changes: Changes, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._native = native
        self._changes = changes
        self._now = now
        self._policy = Policy()
        self._family: frozenset[int] = frozenset()
        self._engaged = False
        self.grade: Grade = "A" if self._own_shell() else "B"

    def probe(self) -> Mapping[Protection, Standing]:
        shell, keys = self._own_shell(), self._native.registry(FILTER) == 2
        whole = "Assigned Access or Shell Launcher" if shell else "Explorer is the shell: other windows can come up"
        secure = "Keyboard Filter" if keys else "Keyboard Filter is not on: Ctrl+Alt+Del shows the system's screen"
        found: dict[Protection, Standing] = {
            "screen covered": Standing("enforced" if shell else "detected", whole),
            "keys": Standing("enforced", "low-level hook in the guardian"),
            "other programs": Standing("enforced" if shell else "detected", whole),
            "clipboard": Standing("enforced", "the exam has a clipboard of its own"),
            "second screen": Standing("detected", "GetSystemMetrics"),
            "screen capture": Standing("detected", "recorders by name; the window itself is not kept out of captures"),
            "restart": Standing("enforced", "by the guardian"),
            "consoles": Standing("enforced" if keys else "unavailable", secure),
            "power keys": Standing("detected", "SetThreadExecutionState keeps the computer awake; the button is the system's"),
            "clock": Standing("detected", "against the monotonic clock"),
        }
        return {each: Standing(here.reach, f"{here.why} ({NOT_RUN})") for each, here in found.items()}

    def preflight(self, policy: Policy) -> Sequence[Finding]:
        return [*self._programs(), *self._screens(policy), *self._remote()]

    def engage(self, policy: Policy, session: str) -> None:  # noqa: ARG002  # the hook knows no session
        self._policy = policy
        if not self._engaged:
            self._native.hook_keys(swallowed)
            self._native.keep_awake(wanted=True)
            self._engaged = True

    def admit(self, pids: Collection[int]) -> None:
        self._family = frozenset(pids)

    def verify(self) -> Sequence[Finding]:
        if self._engaged and not self._native.hooked():
            self._native.unhook_keys()
            self._native.hook_keys(swallowed)
        return [*self._programs(), *self._screens(self._policy), *self._remote()]

    def attend(self) -> Sequence[Finding]:
        self._native.pump()
        return ()

    def fileno(self) -> int | None:
        return None

    def release(self, ticket: Ticket) -> None:  # noqa: ARG002  # who has a ticket may
        if self._engaged:
            self._native.unhook_keys()
            self._native.keep_awake(wanted=False)
            self._engaged = False
        self.recover()

    def recover(self) -> None:
        self._changes.undo({})

    def _own_shell(self) -> bool:
        return "explorer.exe" not in str(self._native.registry(SHELL) or "explorer.exe").lower()

    def _programs(self) -> list[Finding]:
        found = []
        for pid, file in sorted(self._native.processes().items()):
            name = file.removesuffix(".exe")
            if name in PROGRAMS and pid not in self._family:
                found.append(
                    Finding(PROGRAMS[name], f"{name} {pid}", self._now(), {"program": file, "pid": pid}, f"End {name}.")
                )
        return found

    def _screens(self, policy: Policy) -> list[Finding]:
        count = self._native.monitors()
        if count <= policy.screens:
            return []
        return [Finding("second-screen", str(count), self._now(), {"screens": count}, "Disconnect the second screen.")]

    def _remote(self) -> list[Finding]:
        if not self._native.remote():
            return []
        return [Finding("remote-session", "RDP", self._now(), {}, "Sign in at the computer itself.")]
