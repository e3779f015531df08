"""Battery and Wi-Fi of this computer, as Linux tells of them in files; None where it has none, or does not say.

Sources: the kernel's Documentation/ABI/testing/sysfs-class-power, and wireless(7) for /proc/net/wireless.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUPPLIES, NETWORKS, LINKS = Path("/sys/class/power_supply"), Path("/sys/class/net"), Path("/proc/net/wireless")
BEST_LINK: Final = 70.0
"""The link quality that drivers of cfg80211 give at most."""


@dataclass(frozen=True, slots=True)
class Battery:
    """`share` 0-1 of what it holds; `charging` also while it is full and plugged in."""

    share: float
    charging: bool


@dataclass(frozen=True, slots=True)
class Wireless:
    """`share` 0-1 of the best signal; 0 while it is not connected."""

    connected: bool
    share: float


def battery(supplies: Path = SUPPLIES) -> Battery | None:
    """The computer's own battery, not that of a mouse or pen."""
    for supply in sorted(supplies.glob("*")):
        if _read(supply / "type") != "Battery" or _read(supply / "scope") == "Device":
            continue
        with suppress(ValueError):
            share = min(1.0, max(0.0, int(_read(supply / "capacity")) / 100))
            return Battery(share, _read(supply / "status") in {"Charging", "Full", "Not charging"})
    return None


def wireless(networks: Path = NETWORKS, links: Path = LINKS) -> Wireless | None:
    """The first network card without a wire."""
    names = sorted(card.parent.name for card in networks.glob("*/wireless"))
    if not names:
        return None
    for name in names:
        if _read(networks / name / "operstate") == "up":
            return Wireless(True, _quality(links, name))
    return Wireless(False, 0.0)


def _quality(links: Path, name: str) -> float:
    for line in _read(links).splitlines():
        card, _, facts = line.partition(":")
        if card.strip() == name and len(words := facts.split()) > 1:
            with suppress(ValueError):
                return min(1.0, max(0.0, float(words[1]) / BEST_LINK))
    return 1.0  # connected, and the driver says no more


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
