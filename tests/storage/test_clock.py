import sys
from collections.abc import Callable
from subprocess import Popen
from typing import Any

import pytest

from stamp_desktop.storage.clock import Clock, SystemClock, boot_id

SCRIPT = "from stamp_desktop.storage.clock import boot_id; print(boot_id())"


def test_the_monotonic_clock_never_goes_back() -> None:
    clock: Clock = SystemClock()
    times = [clock.mono_ms() for _ in range(1000)]
    assert times == sorted(times)
    assert clock.wall_ms() > 1_700_000_000_000


def test_one_start_has_one_name() -> None:
    assert boot_id() == boot_id() == SystemClock().boot()
    assert len(boot_id()) >= 32


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a start of the program counts as a start of the computer")
def test_two_programs_agree_on_the_start_of_the_computer(program: Callable[..., Popen[Any]]) -> None:
    out, _ = program(SCRIPT).communicate()
    assert out.strip() == boot_id()
