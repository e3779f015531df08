"""The back end for macOS: grade A in an assessment session (AEAssessmentSession), B where only presentation options hold.

Not yet run on real hardware.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from stamp_desktop.kiosk.changes import Changes
from stamp_desktop.kiosk.guard import Finding, Grade, Protection, Standing, Ticket
from stamp_desktop.kiosk.macos.native import Native
from stamp_desktop.kiosk.policy import PROGRAMS, Policy

NOT_RUN = "not yet run on real hardware"


class MacGuard:
    """A `Guard`. The helper undoes everything when it ends, so nothing outlives this process."""

    def __init__(self, native: Native, changes: Changes, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._native = native
        self._changes = changes
        self._now = now
        self._policy = Policy()
        self._family: frozenset[int] = frozenset()
        self._engaged = False
        self.grade: Grade = "A" if native.entitled() else "B"

    def probe(self) -> Mapping[Protection, Standing]:
        whole = self._native.entitled()
        reach, why = ("enforced", "assessment session") if whole else ("detected", "presentation options; no helper installed")
        standing = Standing("enforced" if reach == "enforced" else "detected", why)
        found: dict[Protection, Standing] = {
            "screen covered": standing,
            "keys": standing,
            "other programs": standing,
            "clipboard": Standing("enforced", "the exam has a clipboard of its own"),
            "second screen": Standing("detected", "NSScreen"),
            "screen capture": Standing("enforced" if whole else "unavailable", why),
            "restart": Standing("enforced", "by the guardian"),
            "consoles": standing,
            "power keys": Standing("unavailable", "the power button is the system's"),
            "clock": Standing("detected", "against the monotonic clock"),
        }
        return {each: Standing(here.reach, f"{here.why} ({NOT_RUN})") for each, here in found.items()}

    def preflight(self, policy: Policy) -> Sequence[Finding]:
        return [*self._programs(), *self._screens(policy)]

    def engage(self, policy: Policy, session: str) -> None:  # noqa: ARG002  # one assessment is one session
        self._policy = policy
        if not self._engaged and self._native.entitled():
            self.grade = "A" if self._native.begin().get("assessment") else "B"
            self._engaged = True

    def admit(self, pids: Collection[int]) -> None:
        self._family = frozenset(pids)

    def verify(self) -> Sequence[Finding]:
        found = [*self._programs(), *self._screens(self._policy)]
        if self._engaged and not self._native.active():
            found.append(Finding("exam-hidden", "the assessment session was ended", self._now()))
            self._engaged = False
            self.engage(self._policy, "")
        return found

    def attend(self) -> Sequence[Finding]:
        return ()

    def fileno(self) -> int | None:
        return None

    def release(self, ticket: Ticket) -> None:  # noqa: ARG002  # who has a ticket may
        if self._engaged:
            self._native.end()
            self._engaged = False
        self.recover()

    def recover(self) -> None:
        self._changes.undo({})

    def _programs(self) -> list[Finding]:
        return [
            Finding(PROGRAMS[name], f"{name} {pid}", self._now(), {"program": name, "pid": pid}, f"End {name}.")
            for pid, name in sorted(self._native.processes().items())
            if name in PROGRAMS and pid not in self._family
        ]

    def _screens(self, policy: Policy) -> list[Finding]:
        count = self._native.screens()
        if count <= policy.screens:
            return []
        return [Finding("second-screen", str(count), self._now(), {"screens": count}, "Disconnect the second screen.")]
