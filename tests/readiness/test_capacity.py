"""How many a line holds: the rule, the simulated group, and what both say of the same line."""

import pytest

from stamp_desktop.readiness.capacity import WAIT_LIMIT, capacity, crossing, demand_of, heaviest, point
from stamp_desktop.readiness.capacity_group import Load, Rates, together
from stamp_desktop.readiness.line_facts import Latency, LineMeasurement, Rate
from stamp_desktop.readiness.need import Need

SPANISH = Need("es 1", "Spanish", "STAMP", "es", "Spanish", frozenset({"speaking"}), 40_000_000, 36_000_000, 180, 26, 3)
LATIN = Need("la 1", "Latin", "STAMP", "la", "Latin", frozenset({"reading"}), 4_000_000, 2_000_000, 90, 20, 0)
READING = Load(sets=12, set_bytes=250_000, think_seconds=20)


def line(down: float, up: float, trip_ms: float = 30.0) -> LineMeasurement:
    return LineMeasurement("https://a", "a", 1, idle=Latency((trip_ms,) * 9), down=Rate(down, 8, 6), up=Rate(up, 8, 6))


def test_the_rule_keeps_three_tenths_of_the_line_free() -> None:
    found = capacity(line(50, 10), SPANISH, 30)
    assert found
    assert found.limit == int(0.7 * 10 / demand_of(SPANISH).up_mbit)


def test_whoever_speaks_sends_most() -> None:
    assert heaviest((LATIN, SPANISH)) is SPANISH
    assert demand_of(SPANISH).up_mbit > 20 * demand_of(LATIN).up_mbit


def test_a_hub_brings_the_test_once() -> None:
    direct, hub = (capacity(line(10, 10), SPANISH, 40, mode) for mode in ("direct", "hub"))
    assert direct
    assert hub
    assert direct.prepare_seconds == pytest.approx(40 * hub.prepare_seconds)


def test_without_rates_nothing_is_claimed() -> None:
    assert capacity(LineMeasurement("https://a", "a", 1), SPANISH, 30) is None


def test_alone_one_waits_for_the_line_and_nobody_else() -> None:
    load, rates = Load(sets=5, set_bytes=1_250_000, think_seconds=30), Rates(10.0, 10.0, 0.05)
    assert together(load, rates, 1, 1).p95 == pytest.approx(1.0 + 0.05 + 0.01)


def test_the_same_group_finds_the_same() -> None:
    rates = Rates(5.0, 5.0, 0.08)
    assert together(READING, rates, 40, 3) == together(READING, rates, 40, 3)


def test_every_question_of_everybody_is_shown_and_every_recording_arrives() -> None:
    load = Load(sets=4, set_bytes=10_000, think_seconds=5, recordings=2, recording_bytes=2_000_000, speak_seconds=10)
    found = together(load, Rates(10, 1, 0.03), 9, 1)
    assert found.waits == 9 * 6
    assert found.drain > 9 * 2 * 2_000_000 * 8 / 1e6 - 9 * 60  # the line is never faster than it is


@pytest.mark.parametrize("rates", [Rates(3.0, 1.0, 0.08), Rates(10.0, 5.0, 0.03), Rates(5.0, 5.0, 0.2)])
def test_the_limit_lies_where_people_begin_to_wait(rates: Rates) -> None:
    limit = crossing(READING, rates)
    assert limit > 0
    assert point(READING, rates, limit).p95_seconds <= WAIT_LIMIT
    assert point(READING, rates, round(limit * 1.4) + 1).p95_seconds > WAIT_LIMIT


def test_more_line_holds_more() -> None:
    limits = [crossing(READING, Rates(down, 5.0, 0.03)) for down in (2.0, 4.0, 8.0)]
    assert limits == sorted(set(limits))
    assert crossing(READING, Rates(0.5, 0.5, 0.03)) == 0


def test_the_picture_shows_the_group_and_its_limit() -> None:
    found = capacity(line(5, 2), SPANISH, 20)
    assert found
    groups = [point.group for point in found.curve]
    assert groups == sorted(set(groups))
    assert {20, found.limit} <= set(groups)
