from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from stamp_desktop.engine.lookahead import UNLIMITED, Room, greedy, placeable

NONE: tuple[frozenset[int], ...] = (frozenset(),) * 40


def possible(cells: list[tuple[int, int]], room: Room, rest: int) -> bool:
    """Every choice of `rest` sets, written out."""
    for some in combinations(cells, rest):
        left = room
        for band, topic in some:
            left = left.less(band, topic)
        if min((*left.topics, *left.bands)) >= 0 and left.needed == 0:
            return True
    return False


CELLS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=8)


@settings(max_examples=200, deadline=None)
@given(
    CELLS,
    st.tuples(*[st.integers(0, 3)] * 3),
    st.tuples(*[st.integers(0, 4)] * 3),
    st.tuples(*[st.integers(0, 2)] * 3),
    st.integers(0, 5),
)
def test_the_flow_is_exact_and_the_greedy_never_promises_too_much(
    cells: list[tuple[int, int]],
    topics: tuple[int, int, int],
    bands: tuple[int, int, int],
    needs: tuple[int, int, int],
    rest: int,
) -> None:
    room = Room(topics, bands, tuple(min(need, most) for need, most in zip(needs, bands, strict=True)))
    counts = [[cells.count((band, topic)) for topic in range(3)] for band in range(3)]
    expected = possible(cells, room, rest)
    assert placeable(counts, room, rest) == expected
    band, topic = [b for b, _ in cells], [t for _, t in cells]
    assert not greedy(range(len(cells)), band, topic, NONE, frozenset(), room, rest) or expected


def test_the_greedy_counts_enemies() -> None:
    room = Room((UNLIMITED,), (UNLIMITED,), (0,))
    enemies = (frozenset({1}), frozenset({0}), frozenset[int]())
    assert greedy([2, 0, 1], [0] * 3, [0] * 3, enemies, frozenset(), room, 2)
    assert not greedy([2, 0, 1], [0] * 3, [0] * 3, enemies, frozenset(), room, 3)
    assert not greedy([2, 0, 1], [0] * 3, [0] * 3, enemies, frozenset({2}), room, 2)


def test_what_is_needed_more_than_may_follow_is_a_no_at_once() -> None:
    assert not greedy([0, 1], [0, 0], [0, 0], NONE, frozenset(), Room((9,), (9,), (2,)), 1)


def test_a_room_knows_what_is_open() -> None:
    room = Room((1, 0), (2, 0), (1, 0))
    assert room.open(0, 0)
    assert not room.open(0, 1)
    assert not room.open(1, 0)
