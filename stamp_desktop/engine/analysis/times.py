"""How long people take over an item, and the time below which an answer is a rapid guess."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stamp_desktop.engine import effort


@dataclass(frozen=True, slots=True)
class Times:
    """Of one item: median, mean and SD of the logarithm (seconds), share of rapid guesses, and a threshold to calibrate with.

    Times are log-normal as a rule (van der Linden 2006). `threshold_ms` is the normative one of `effort`.
    """

    item: str
    answers: int
    median_ms: float
    log_mean: float
    log_sd: float
    rapid: float
    threshold_ms: int


def times(item: str, answers: Sequence[tuple[int, bool]]) -> Times | None:
    """From pairs of time in milliseconds and whether it was a rapid guess; None where no time is known."""
    known = sorted((ms, rapid) for ms, rapid in answers if ms > 0)
    if not known:
        return None
    logs = [math.log(ms / 1000) for ms, _ in known]
    mean = sum(logs) / len(logs)
    middle = len(known) // 2
    median = known[middle][0] if len(known) % 2 else (known[middle - 1][0] + known[middle][0]) / 2
    return Times(
        item=item,
        answers=len(known),
        median_ms=median,
        log_mean=mean,
        log_sd=math.sqrt(sum((each - mean) ** 2 for each in logs) / (len(logs) - 1)) if len(logs) > 1 else 0.0,
        rapid=sum(rapid for _, rapid in known) / len(known),
        threshold_ms=effort.normative_threshold([ms for ms, _ in known]),
    )
