"""What a measured line means: an obstacle fails and hides nothing, slow warns, what was not measured is never passed."""

from dataclasses import replace
from typing import get_args

import pytest

from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.line_checks import IDS, REMEDIES, SAID, line_checks
from stamp_desktop.readiness.line_facts import STEPS, Cause, Latency, LineMeasurement, Obstacle, Rate, Step, rate_of, stalls
from stamp_desktop.readiness.need import Need

SPANISH = Need(
    "es 1", "Spanish", "STAMP", "es", "Spanish", frozenset({"reading", "speaking"}), 40_000_000, 36_000_000, 180, 26, 3
)
CALM = Latency(tuple(20.0 + each % 3 for each in range(200)))
GOOD = LineMeasurement(
    "https://stamp.example:8440",
    "stamp.example",
    8440,
    addresses=("192.0.2.7",),
    name_ms=12.0,
    connect_ms=20.0,
    tls_ms=31.0,
    trust="pinned",
    server="a1b2",
    clock_ms=40.0,
    idle=CALM,
    down=Rate(94.0, 8.0, 6),
    up=Rate(40.0, 8.0, 6),
    loaded_down=Latency((60.0,) * 20),
    loaded_up=Latency((70.0,) * 20),
    seconds=25.0,
)


def found(measured: LineMeasurement, group: int = 30) -> dict[str, Check]:
    return {check.id: check for check in line_checks(measured, SPANISH, group)}


def test_nothing_is_said_against_a_good_line() -> None:
    assert {check.verdict for check in found(GOOD).values()} == {"pass"}


@pytest.mark.parametrize("step", STEPS)
def test_an_obstacle_is_named_and_what_lies_behind_it_is_skipped(step: Step) -> None:
    bare = LineMeasurement(GOOD.url, GOOD.host, GOOD.port, name_ms=1.0, obstacle=Obstacle(step, "broken", "reset"))
    checks = found(bare)
    here = STEPS.index(step)
    assert checks[IDS[step]].verdict == ("warn" if step == "probes" else "fail")
    assert "reset" in checks[IDS[step]].found
    assert all(checks[IDS[each]].verdict == "pass" for each in STEPS[:here])
    assert all(checks[IDS[each]].verdict == "skipped" for each in STEPS[here + 1 :])
    assert all(
        checks[each].verdict == "skipped" for each in ("line.up", "line.down", "line.capacity", "line.loss", "line.loaded")
    )


def test_every_cause_has_words_and_a_remedy() -> None:
    assert set(get_args(Cause)) == set(SAID) == set(REMEDIES)


def test_without_a_turn_the_rates_are_skipped_with_the_reason() -> None:
    checks = found(replace(GOOD, down=None, up=None, loaded_down=None, loaded_up=None, unmeasured="Others measure."))
    for name in ("line.probes", "line.down", "line.up", "line.loaded", "line.capacity"):
        assert (checks[name].verdict, checks[name].found) == ("skipped", "Others measure.")
    assert checks["line.latency"].verdict == "pass"


def test_a_slow_uplink_warns_with_the_rate_that_the_group_would_want() -> None:
    checks = found(replace(GOOD, up=Rate(1.0, 12.0, 6)))
    up, group = checks["line.up"], checks["line.capacity"]
    assert (up.verdict, group.verdict) == ("warn", "warn")
    assert up.threshold is not None
    assert up.threshold > 1.0
    assert (group.value or 0) < 30
    assert "Nothing is lost" in group.remedy


def test_long_queues_and_lost_packets_are_told_apart() -> None:
    bloated = found(replace(GOOD, loaded_up=Latency((1900.0,) * 20)))
    lossy = found(replace(GOOD, idle=Latency((20.0,) * 90 + (240.0,) * 10)))
    assert (bloated["line.loaded"].verdict, bloated["line.loss"].verdict) == ("warn", "pass")
    assert (lossy["line.loaded"].verdict, lossy["line.loss"].verdict) == ("pass", "warn")
    assert lossy["line.loss"].value == 10.0


def test_one_late_question_of_few_is_no_warning() -> None:
    """So few are asked where other computers ask at the same time."""
    for late, verdict in ((1, "pass"), (2, "warn")):
        checks = found(replace(GOOD, idle=Latency((200.0,) * (20 - late) + (600.0,) * late)))
        assert checks["line.loss"].verdict == verdict
        assert checks["line.loss"].value == 5.0 * late


def test_a_moment_without_a_processor_is_no_loss() -> None:
    calm = [(at * 20.0, 15.0) for at in range(20)]
    lines = [[*calm, (400.0 + shift, 600.0), (1000.0 + shift, 15.0)] for shift in (0.0, 3.0, 7.0)]
    assert stalls(lines) == 3
    assert stalls([lines[0], calm]) == 0
    late = Latency(tuple(took for line in lines for _, took in line), stalls(lines))
    assert late.lost == 0.0


def test_what_arrives_while_the_line_warms_up_is_not_counted() -> None:
    arrivals = [(0.5, 9_000_000), (2.0, 9_000_000), *((2.0 + each / 10, 12_500) for each in range(1, 81)), (10.1, 9_000_000)]
    rate = rate_of(arrivals, 2.0, 10.0, 6)
    assert rate.mbit == pytest.approx(1.0)
    assert rate.slots == pytest.approx((1.0,) * 8, rel=0.2)
