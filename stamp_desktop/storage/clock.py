"""Time as a port: what the wall says, what has passed, and which start of the computer that was. It refuses to compare them."""

import functools
import time
import uuid
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """`wall_ms` (Unix) only labels; `mono_ms` counts within one `boot`."""

    def wall_ms(self) -> int: ...

    def mono_ms(self) -> int: ...

    def boot(self) -> str: ...


class SystemClock:
    """This computer's clocks. The monotonic one stands while the computer sleeps on Linux: sleep is no time used."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> int:
        return time.monotonic_ns() // 1_000_000

    def boot(self) -> str:
        return boot_id()


@functools.cache
def boot_id() -> str:
    """The name of this start of the computer, or of this start of the program where the system has none.

    The second is the safe way round: times of two starts of the program are then never subtracted from each other.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())
