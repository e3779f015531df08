"""exp, log and sums from additions, multiplications and divisions alone, so that every processor gives the same bits.

The exponential of numpy and of the C libraries differs in the last place between processors and versions; the four basic
operations do not (IEEE 754). Refuses to be fast at any price, and knows nothing of tests.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# ln 2 in two parts: the first has so many trailing zero bits that its product with an exponent is exact (Cody and Waite 1980).
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700

_EXP_TERMS = tuple(1.0 / math.factorial(n) for n in range(13, -1, -1))
_LOG_TERMS = tuple(1.0 / n for n in range(21, 0, -2))
_SQRT_HALF = 0.7071067811865476


def exp(x: Floats) -> Floats:
    """e to the power x, elementwise; x within -700..700. Relative error below 4e-16."""
    turns = np.rint(x * _INVERSE_LN2)
    rest = (x - turns * _LN2_HIGH) - turns * _LN2_LOW
    total = np.full_like(rest, _EXP_TERMS[0])
    for term in _EXP_TERMS[1:]:
        total *= rest
        total += term
    result: Floats = np.ldexp(total, turns.astype(np.int32))
    return result


def log(x: Floats) -> Floats:
    """Natural logarithm, elementwise; x positive and normal. Absolute error below 1e-15 near 1, relative elsewhere."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < _SQRT_HALF
    mantissa = np.where(small, mantissa * 2.0, mantissa)
    turns = exponent.astype(np.float64) - small
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    total = np.full_like(ratio, _LOG_TERMS[0])
    for term in _LOG_TERMS[1:]:
        total *= square
        total += term
    result: Floats = turns * _LN2_HIGH + (2.0 * ratio * total + turns * _LN2_LOW)
    return result


def total(values: Iterable[float]) -> float:
    """The values added from left to right. The built-in `sum` carries a correction along since Python 3.12: other last bits."""
    found = 0.0
    for value in values:
        found += value
    return found
