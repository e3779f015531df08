import hashlib
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stamp_desktop.engine import exact


@given(st.floats(-700, 700))
def test_exp_is_within_two_units_of_the_last_place(x: float) -> None:
    assert math.isclose(exact.exp(np.array([x]))[0], math.exp(x), rel_tol=4.5e-16)


@given(st.floats(1e-300, 1e300))
def test_log_is_within_two_units_of_the_last_place(x: float) -> None:
    assert math.isclose(exact.log(np.array([x]))[0], math.log(x), rel_tol=4.5e-16, abs_tol=1e-18)


def test_known_values_are_exact() -> None:
    assert exact.exp(np.array([0.0, math.log(2), -math.log(2)])).tolist() == [1.0, 2.0, 0.5]
    assert exact.log(np.array([1.0, 0.5, 2.0, 1024.0])).tolist() == [0.0, -math.log(2), math.log(2), 10 * math.log(2)]


def test_every_processor_gives_these_bits() -> None:
    """The one test that is to fail on a machine where station and server could disagree."""
    x = np.arange(-20_000, 20_000) / 64.0 + 1 / 3
    bits = exact.exp(x).astype("<f8").tobytes() + exact.log(np.abs(x)).astype("<f8").tobytes()
    assert hashlib.sha256(bits).hexdigest()[:16] == "c5e2353ee4cbc997"


def test_sums_are_taken_from_left_to_right() -> None:
    """The built-in `sum` gives another last bit from Python 3.12 on."""
    assert exact.total([0.1] * 10) == 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 != 1.0
    assert exact.total([]) == 0.0
