"""Who has to wait, and for how long."""

import random

import pytest

from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.turns import LONGEST_WAIT, SHORTEST_WAIT, Crowd, Gate


def test_a_district_that_comes_at_once_is_spread_over_minutes() -> None:
    crowd = Crowd(100, random.Random(1))
    waits = [crowd.wait(0) for _ in range(2000)]
    assert all(SHORTEST_WAIT <= wait <= LONGEST_WAIT for wait in waits)
    first, last = waits[:100], waits[-100:]
    assert sum(last) / 100 > 3 * sum(first) / 100, "whoever comes later waits longer"
    for second in range(SHORTEST_WAIT, LONGEST_WAIT):
        assert sum(wait == second for wait in waits) < len(waits) / 10, "nobody comes back with the others"


def test_after_a_while_the_rush_is_forgotten() -> None:
    crowd = Crowd(10, random.Random(1))
    for _ in range(1000):
        crowd.wait(0)
    later = [crowd.wait(LONGEST_WAIT * 1000 + 1 + number) for number in range(5)]
    assert max(later) < LONGEST_WAIT / 4


def test_a_gate_lets_so_many_pass_and_sends_the_next_away() -> None:
    gate = Gate(2, random.Random(1))
    with gate.passed(0), gate.passed(0):
        with pytest.raises(Refused) as refused, gate.passed(0):
            pass
        assert (refused.value.status, refused.value.code) == (503, "server-busy")
    with gate.passed(0):
        pass
