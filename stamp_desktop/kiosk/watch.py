"""What becomes of findings: said once, paused for, lifted, dismissed. Pure: it is told the time and does nothing itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from stamp_desktop.kiosk.guard import Finding
from stamp_desktop.kiosk.policy import Policy
from stamp_desktop.kiosk.words import Lock, Told, Unlock

Key: TypeAlias = tuple[str, str]
REPEAT_MS: Final = 60_000
"""A window that is hidden again and again is told once in this time."""


@dataclass(frozen=True, slots=True)
class Watch:
    """`present` are causes that last, `dismissed` those that a proctor called false alarms, `locks` what the test waits for."""

    present: frozenset[Key] = frozenset()
    dismissed: frozenset[Key] = frozenset()
    locks: tuple[Lock, ...] = ()
    told: Mapping[Key, int] = field(default_factory=dict)

    @property
    def locked(self) -> Lock | None:
        """The reason that is shown: the first that is left."""
        return self.locks[0] if self.locks else None


def happened(watch: Watch, findings: Iterable[Finding], policy: Policy) -> tuple[Watch, tuple[Told | Lock, ...]]:
    """Things that happened once. What a proctor has dismissed is not said again."""
    said: list[Told | Lock] = []
    for finding in findings:
        if finding.key in watch.dismissed:
            continue
        rule = policy.rule(finding.code)
        if rule.severity == "pause":
            lock = Lock(finding.code, rule.said, rule.lifts, finding.at_ms, finding.subject, dict(finding.detail))
            known = any((each.code, each.subject) == finding.key for each in watch.locks)
            if not known:
                watch = replace(watch, locks=(*watch.locks, lock))
                said.append(lock)
        elif not 0 <= finding.at_ms - watch.told.get(finding.key, -REPEAT_MS) < REPEAT_MS:
            watch = replace(watch, told={**watch.told, finding.key: finding.at_ms})
            said.append(Told(finding.code, rule.said, rule.severity, finding.subject, dict(finding.detail)))
    return watch, tuple(said)


def look(watch: Watch, findings: Iterable[Finding], policy: Policy) -> tuple[Watch, tuple[Told | Lock | Unlock, ...]]:
    """All causes that last, as they are now: new ones are said, and a pause that its cause lifts ends with it."""
    now = {finding.key: finding for finding in findings}
    fresh = [finding for key, finding in now.items() if key not in watch.present]
    watch, said = happened(watch, fresh, policy)
    left = tuple(lock for lock in watch.locks if lock.lifts != "cause" or (lock.code, lock.subject) in now)
    lifted = [lock for lock in watch.locks if lock not in left]
    watch = replace(watch, present=frozenset(now), locks=left)
    words: tuple[Told | Lock | Unlock, ...] = said
    if lifted:
        words = (*said, Unlock("cause gone", lifted[0].code)) if not left else said
    return watch, words


def unlock(watch: Watch, by: str, *, dismiss: bool) -> tuple[Watch, Unlock | None]:
    """A proctor lets the test go on. What still is there is known from now on; dismissed, it is not found again either."""
    if watch.locked is None:
        return watch, None
    dismissed = watch.dismissed | {(lock.code, lock.subject) for lock in watch.locks} if dismiss else watch.dismissed
    return replace(watch, locks=(), dismissed=dismissed), Unlock(by, watch.locked.code, dismiss)


def to_facts(watch: Watch) -> Mapping[str, Any]:
    """What outlives the guardian: a pause does not end because somebody ends it."""
    locks = [[each.code, each.said, each.lifts, each.at_ms, each.subject, dict(each.detail)] for each in watch.locks]
    return {"dismissed": sorted(watch.dismissed), "locks": locks}


def from_facts(facts: Mapping[str, Any]) -> Watch:
    """As `to_facts` gave it."""
    dismissed = frozenset((code, subject) for code, subject in facts.get("dismissed", ()))
    return Watch(dismissed=dismissed, locks=tuple(Lock(*lock) for lock in facts.get("locks", ())))
