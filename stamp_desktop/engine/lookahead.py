"""Whether a test that goes on with a set can still be filled under all its rules. A yes is certain; a no may be too careful
where enemies are many. Refuses to choose.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Of a topic without a cap, or a level without a limit: more sets than any test has.
UNLIMITED = 1 << 30


@dataclass(frozen=True, slots=True)
class Room:
    """What may still be given: sets per topic, sets per band of levels, and what each band still needs."""

    topics: tuple[int, ...]
    bands: tuple[int, ...]
    needs: tuple[int, ...]

    def open(self, band: int, topic: int) -> bool:
        """Whether one more set of that band and topic is allowed."""
        return self.bands[band] > 0 and self.topics[topic] > 0

    def less(self, band: int, topic: int) -> "Room":
        """The room that is left after a set of that band and topic."""
        return Room(_less(self.topics, topic), _less(self.bands, band), _less(self.needs, band, floor=0))

    @property
    def needed(self) -> int:
        """Sets that the bands need together."""
        return sum(self.needs)


def _less(counts: tuple[int, ...], at: int, floor: int | None = None) -> tuple[int, ...]:
    left = counts[at] - 1 if floor is None else max(counts[at] - 1, floor)
    return (*counts[:at], left, *counts[at + 1 :])


def greedy(
    fillers: Iterable[int],
    band: Sequence[int],
    topic: Sequence[int],
    enemies: Sequence[frozenset[int]],
    blocked: frozenset[int],
    room: Room,
    rest: int,
) -> bool:
    """Take the first fillers that fit, until `rest` are found; first for the bands that need some, then for all."""
    topics, bands, needs = list(room.topics), list(room.bands), list(room.needs)
    barred, taken = set(blocked), 0
    if sum(needs) > rest:
        return False
    for needy in (True, False) if any(needs) else (False,):
        for filler in fillers:
            if taken == rest or (needy and not any(needs)):
                break
            b, t = band[filler], topic[filler]
            if filler in barred or topics[t] <= 0 or bands[b] <= 0 or (needy and needs[b] <= 0):
                continue
            topics[t] -= 1
            bands[b] -= 1
            needs[b] -= 1
            taken += 1
            barred.add(filler)
            barred |= enemies[filler]
    return taken == rest and all(need <= 0 for need in needs)


def placeable(counts: Sequence[Sequence[int]], room: Room, rest: int) -> bool:
    """Whether `rest` sets fit where `counts[band][topic]` are there and none is another's enemy: exact.

    A flow from bands to topics by augmenting paths: each band's need first, then the rest (Ford and Fulkerson 1956).
    """
    flow = [[0] * len(row) for row in counts]
    out = [0] * len(room.topics)

    def push(band: int, seen: set[int]) -> bool:
        for topic, count in enumerate(counts[band]):
            if topic in seen or flow[band][topic] >= count:
                continue
            seen.add(topic)
            if out[topic] < room.topics[topic]:
                out[topic] += 1
                flow[band][topic] += 1
                return True
            for other in range(len(counts)):
                if flow[other][topic] > 0 and push(other, seen):
                    flow[other][topic] -= 1
                    flow[band][topic] += 1
                    return True
        return False

    pushed = [0] * len(counts)
    for band, need in enumerate(room.needs):
        for _ in range(need):
            if not push(band, set()):
                return False
            pushed[band] += 1
    while sum(pushed) < rest:
        for band in range(len(counts)):
            if pushed[band] < room.bands[band] and push(band, set()):
                pushed[band] += 1
                break
        else:
            return False
    return sum(pushed) == rest
