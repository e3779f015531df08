"""Effort: answers that came too soon to rest on the question. Refuses to call a test taker lazy: it counts.

A rapid guess says nothing of the ability and is left out of the estimate (Wise and DeMars 2006, effort-moderated model).
"""

from collections.abc import Sequence

from stamp_desktop.engine.items import Item

# A tenth of the time that the item takes on average, and never more than ten seconds (NT10 of Wise and Ma 2012).
NORMATIVE_SHARE = 0.1
LONGEST_MS = 10_000
# Share of answers with solution behaviour under which a score should be looked at (Wise and Kong 2005).
ENOUGH = 0.9


def normative_threshold(times_ms: Sequence[int]) -> int:
    """The item's `rapid_ms` from response times of people who took it; 0 where nobody did."""
    if not times_ms:
        return 0
    return min(sum(times_ms) // (len(times_ms) * round(1 / NORMATIVE_SHARE)), LONGEST_MS)


def rapid(item: Item, response_ms: int) -> bool:
    """Whether an answer after that time is a rapid guess."""
    return response_ms < item.rapid_ms


def response_time_effort(rapid_guesses: int, answers: int) -> float:
    """Share of the answers that are no rapid guesses; 1 where there is no answer."""
    return 1.0 - rapid_guesses / answers if answers else 1.0
