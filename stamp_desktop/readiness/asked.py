"""What a readiness check is asked about: this computer, for these tests, in this group, by this way. Values only."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from stamp_desktop.readiness.need import Need

Mode: TypeAlias = Literal["direct", "hub"]


@dataclass(frozen=True, slots=True)
class Asked:
    """`data` is the station's folder. `needs` are the booked tests; without any, what every test wants is looked at.

    `server` is an address, "" where none was named and the computer is not enrolled.
    """

    data: Path
    needs: tuple[Need, ...] = ()
    server: str = ""
    group: int = 1
    mode: Mode = "direct"
    room: str = ""
    site: str = ""
    sound: bool = True
    packages: tuple[Path, ...] = field(default=())
    """Files that were named, beside what the station has booked."""
    booked: bool = False
    """Whether a computer without a booked test is a fault."""

    @property
    def speaks(self) -> bool:
        """Whether somebody will have to be heard; nobody says no while no test is known."""
        return not self.needs or any(need.speaks for need in self.needs)

    @property
    def listens(self) -> bool:
        return not self.needs or any("listening" in need.activities for need in self.needs)

    @property
    def signs(self) -> bool:
        return any(need.signs for need in self.needs)

    @property
    def bytes(self) -> int:
        """What the tests take on the disk, all of them."""
        return sum(need.package_bytes for need in self.needs)
