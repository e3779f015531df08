"""One message at a time while somebody speaks: which, for how long, and when to be silent again. Pure; time is passed in.

A message that changes with every word cannot be read, and one that stays for ever is no help: it has been read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stamp_desktop.delivery.views import Notice

LEAST_SECONDS = 2.0
"""A message stands at least this long: three short sentences are read in 5 s, and their title in 1."""

MOST_SECONDS, REST_SECONDS = 10.0, 15.0
"""What only advises goes away after so long, and may come again after so long: the test taker knows it by then."""

ADVICE, LIKELY_NR, CERTAIN = range(3)
"""How urgent: it could be better; it can hardly be rated; the system or the device says so, and nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that could be said. `key` tells it from others; a new text under the same key takes its place."""

    key: str
    urgency: int
    notice: Notice


class Prompter:
    """Chooses among what could be said, the most useful first."""

    def __init__(self) -> None:
        self._said: Line | None = None
        self._since = 0.0
        self._rests: dict[str, float] = {}

    @property
    def notice(self) -> Notice | None:
        """What to say now."""
        return self._said.notice if self._said else None

    def choose(self, now: float, lines: Sequence[Line]) -> None:
        """What holds at this moment, the first of the most urgent being the best. `now` in seconds."""
        best, said, stood = self._best(now, lines), self._said, now - self._since
        if said is None:
            self._say(best, now)
            return
        held = next((line for line in lines if line.key == said.key), None)
        if held and held.urgency == ADVICE and stood >= MOST_SECONDS:
            self._rests[held.key] = now + REST_SECONDS
            self._say(self._best(now, lines), now)
        elif best and best.urgency > (held or said).urgency and best.key != said.key:
            self._say(best, now)
        elif held:
            self._said = held
        elif said.urgency == CERTAIN or stood >= LEAST_SECONDS:
            self._say(best, now)

    def _best(self, now: float, lines: Sequence[Line]) -> Line | None:
        awake = [line for line in lines if self._rests.get(line.key, now) <= now]
        return max(awake, key=lambda line: line.urgency, default=None)

    def _say(self, line: Line | None, now: float) -> None:
        self._said, self._since = line, now
