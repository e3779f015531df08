"""A hub brings readiness reports to its server: the newest of each computer, as it came, once.

What was brought is remembered only while the hub runs. After a restart, and some times a day, each is offered again: the server
keeps a report once, and one that was set back gets it so. One that is refused waits longer each time, and nothing waits for it.
"""

import logging
import random
from collections.abc import Iterator

from sqlalchemy import func, select

from stamp_desktop.server import schema
from stamp_desktop.server.house import House
from stamp_desktop.storage.clock import Clock
from stamp_desktop.sync.courier import delay
from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.transport import Broken, Line, Offline, Refused
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)
AGAIN_MS = 6 * 3_600_000
Place = tuple[str, str, str]
"""Site, room, computer."""


class Reports:
    """What a hub remembers of the reports that it has brought; for one thread."""

    def __init__(self, house: House, clock: Clock, dice: random.Random) -> None:
        self._house = house
        self._clock = clock
        self._dice = dice
        self._brought: dict[Place, tuple[int, int]] = {}
        """When it was taken, and when it was brought."""
        self._failures: dict[Place, tuple[int, int]] = {}

    def round(self, to: Line) -> int:
        """Everything that is due; how many still wait. Offline, Broken; a refusal sets its report aside."""
        waiting = list(self._waiting())
        left = len(waiting)
        for place, taken_ms in waiting:
            count, due_ms = self._failures.get(place, (0, 0))
            if due_ms > self._clock.mono_ms():
                continue
            try:
                to.call("POST", f"{PREFIX}/readiness", self._report(place, taken_ms))
            except (Offline, Broken):
                raise
            except Trouble as trouble:
                wait = delay(count + 1, self._dice, trouble.retry_after if isinstance(trouble, Refused) else 0.0)
                self._failures[place] = (count + 1, self._clock.mono_ms() + int(wait * 1000))
                log.warning("A readiness report is set aside for %.0f s: %s", wait, trouble)
                continue
            self._failures.pop(place, None)
            self._brought[place] = (taken_ms, self._clock.mono_ms())
            left -= 1
        return left

    def _waiting(self) -> Iterator[tuple[Place, int]]:
        own = schema.readiness.c
        place = (own.site, own.room, own.computer)
        with self._house.store.reading() as connection:
            rows = connection.execute(select(*place, func.max(own.taken_ms)).group_by(*place).order_by(*place)).all()
        now = self._clock.mono_ms()
        for site, room, computer, taken_ms in rows:
            brought, at_ms = self._brought.get((site, room, computer), (-1, 0))
            if brought < taken_ms or now - at_ms >= AGAIN_MS:
                yield (site, room, computer), taken_ms

    def _report(self, place: Place, taken_ms: int) -> bytes:
        own = schema.readiness.c
        same = (own.site == place[0]) & (own.room == place[1]) & (own.computer == place[2]) & (own.taken_ms == taken_ms)
        with self._house.store.reading() as connection:
            said: str = connection.execute(select(own.report).where(same)).scalar_one()
        return said.encode()
