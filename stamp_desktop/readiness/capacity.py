"""How many test takers a line holds: what one of them asks of it, taken from the package, against what was measured. Pure.

During a test nothing is fetched: the package was brought before (`sync.prepare`), and the next question comes from the disk.
So what a line has to carry is, before the test, the package to each computer; during it, events and recordings up; after it,
what of the recordings is left. Nobody waits for any of it but for the receipt, and nothing is lost while it waits. `live` says
beside it what the line would hold if each question were fetched when its turn comes, as other systems do: there people wait.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from stamp_desktop.readiness.capacity_group import Load, Rates, together
from stamp_desktop.readiness.check import Point
from stamp_desktop.readiness.line_facts import LineMeasurement
from stamp_desktop.readiness.need import Need

Mode: TypeAlias = Literal["direct", "hub"]

KEPT_FREE = 0.7
"""The share of a line that is planned with: a school's line carries other things too, and a full one answers late."""
SPEECH_BYTES_PER_SECOND = 55_000
"""A recording travels as it lies on the disk: FLAC at the microphone's own rate, mostly 48 kHz, each second sealed. Measured 35
to 53 KB a second, the most with a loud voice and a noisy microphone (docs/scale.md)."""
SPEECH_SECONDS = 90.0
TAKES = 1.3
"""Recordings for each answer: one may be made once more, and every third is."""
EVENT_BYTES = 1_100.0
"""Of one answer on the wire: two events of the journal, sealed, with the request's head and its signature, and the answer."""
EVENTS_PER_UNIT = 3.0
"""Messages for each set: it is answered question by question."""
MINUTES_PER_UNIT = 2.5
SPOKEN_MINUTES = 4.0
"""A set of questions, and a spoken answer with its preparation."""
WAIT_LIMIT = 2.0
"""Seconds for the next question, at the 95th percentile, beyond which people begin to wonder."""
MOST_GROUP = 400
LEAST_SOUGHT = 100
"""How far a limit is looked for: three times the group, and at least so far."""
SEEDS = (1, 2, 3)
FEW = 40
"""Below this one simulated group is like another by luck only, and the median of some is taken."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What one test taker asks of the line: bytes before, during and after the test, and how long that is."""

    package_bytes: int
    set_bytes: float
    """Of media that one set has, if it were fetched when its turn comes."""
    units: int
    spoken: int
    recording_bytes: float
    minutes: float
    event_bytes: float = EVENT_BYTES

    @property
    def up_mbit(self) -> float:
        """Up, on average over the test."""
        events = self.units * EVENTS_PER_UNIT * self.event_bytes
        return (events + self.spoken * TAKES * self.recording_bytes) * 8 / 1e6 / (self.minutes * 60)

    @property
    def live_mbit(self) -> float:
        """Down, if each question were fetched when its turn comes."""
        return self.units * self.set_bytes * 8 / 1e6 / (self.minutes * 60)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a line holds. `limit`: the largest group whose uploads it carries while they test. `live_limit`: the largest whose
    next question would be there within WAIT_LIMIT if it were fetched; it is sought up to three times the group.

    `prepare_seconds`, `drain_seconds`: for this group.
    """

    group: int
    mode: Mode
    demand: Demand
    limit: int
    live_limit: int
    live_rule: int
    """floor(0.7 x rate / demand) of the same, without a simulated group."""
    prepare_seconds: float
    drain_seconds: float
    curve: tuple[Point, ...]

    @property
    def holds(self) -> int:
        """The largest group that the line holds in both ways, as a report and its picture have it."""
        return min(self.limit, self.live_limit)


def demand_of(need: Need) -> Demand:
    """From the clear facts of a package."""
    given = need.given or need.units
    minutes = (given - need.spoken) * MINUTES_PER_UNIT + need.spoken * SPOKEN_MINUTES
    return Demand(
        package_bytes=need.package_bytes,
        set_bytes=need.media_bytes / need.units if need.units else 0.0,
        units=given,
        spoken=need.spoken,
        recording_bytes=SPEECH_SECONDS * SPEECH_BYTES_PER_SECOND,
        minutes=max(minutes, 1.0),
    )


def capacity(measured: LineMeasurement, need: Need, group: int, mode: Mode = "direct") -> Capacity | None:
    """None where the line's rates were not measured. Of several booked tests, ask for the one that asks most (`heaviest`)."""
    if not (measured.down and measured.up and measured.idle):
        return None
    demand = demand_of(need)
    rates = Rates(measured.down.mbit, measured.up.mbit, measured.idle.median / 1000)
    copies = group if mode == "direct" else 1  # the hub brings the package once; the room has it from there
    limit = _most(KEPT_FREE * rates.up, demand.up_mbit)
    live_rule = _most(KEPT_FREE * rates.down, demand.live_mbit)
    live_limit = crossing(load_of(demand), rates, most=min(MOST_GROUP, max(3 * group, LEAST_SOUGHT)))
    sizes = _sizes(max(group, 1), limit, live_limit)
    curve = tuple(point(load_of(demand), rates, size) for size in sizes)
    drain = next((each.drain_seconds for each in curve if each.group == group), 0.0)
    prepare = copies * demand.package_bytes * 8 / 1e6 / (KEPT_FREE * rates.down)
    return Capacity(group, mode, demand, limit, live_limit, live_rule, prepare, drain, curve)


def heaviest(needs: tuple[Need, ...]) -> Need:
    """The one whose test takers send most; ValueError without any."""
    return max(needs, key=lambda need: (demand_of(need).up_mbit, need.package_bytes))


def load_of(demand: Demand) -> Load:
    """The same for the simulated group."""
    sets = demand.units - demand.spoken
    return Load(
        sets=sets,
        set_bytes=demand.set_bytes,
        think_seconds=MINUTES_PER_UNIT * 60,
        recordings=demand.spoken,
        recording_bytes=demand.recording_bytes * TAKES,
        speak_seconds=SPOKEN_MINUTES * 60,
    )


def point(load: Load, rates: Rates, group: int) -> Point:
    """The median of some groups of that size, whose test takers think for other times."""
    outcomes = sorted((together(load, rates, group, seed) for seed in SEEDS), key=lambda each: each.p95)
    drains = sorted(each.drain for each in outcomes)
    middle = len(outcomes) // 2
    return Point(group, outcomes[middle].p95, drains[middle])


def crossing(load: Load, rates: Rates, limit: float = WAIT_LIMIT, most: int = MOST_GROUP) -> int:
    """The largest group whose 95th percentile stays within `limit` seconds; 0 when not even one's does, at most `most`."""

    def holds(group: int) -> bool:
        if group < FEW:
            return point(load, rates, group).p95_seconds <= limit
        return together(load, rates, group, SEEDS[0]).p95 <= limit

    if not holds(1):
        return 0
    low, high = 1, 2
    while high < most and holds(high):
        low, high = high, high * 2
    high = min(high, most)
    if high == most and holds(most):
        return most
    while high - low > max(1, low // 50):
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _most(mbit: float, each: float) -> int:
    return min(MOST_GROUP, int(mbit / each)) if each else MOST_GROUP


def _sizes(group: int, *limits: int) -> tuple[int, ...]:
    """Those for the picture: the group, less and more of it, and the limits that are not far from it."""
    near = [limit for limit in limits if limit <= 3 * group]
    sizes = {*(round(group * share) for share in (0.25, 0.5, 0.75, 1.25, 1.5, 2.0, 3.0)), group, *near}
    return tuple(sorted(size for size in sizes if 1 <= size <= MOST_GROUP))
