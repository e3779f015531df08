"""Marks of virtual machines and of sessions that are shown elsewhere. They warn; a proctor may know better."""

from collections.abc import Mapping
from pathlib import Path

from stamp_desktop.kiosk.guard import Finding
from stamp_desktop.kiosk.policy import REMOTE_MARKS, REMOTE_SCREENS, VIRTUAL_MARKS

DMI = Path("/sys/class/dmi/id")


def markers(environ: Mapping[str, str], screen: str, now_ms: int, dmi: Path = DMI) -> list[Finding]:
    """What this computer's own description says. `screen` is who made the display server."""
    found = []
    names = [_read(dmi / name) for name in ("product_name", "sys_vendor", "board_vendor", "bios_vendor")]
    if marks := sorted({mark for mark in VIRTUAL_MARKS for name in names if mark in name.lower()}):
        found.append(
            Finding(
                "virtual-machine", marks[0], now_ms, {"marks": marks}, "If this computer is in the room, the proctor may go on."
            )
        )
    remote = [name for name in REMOTE_MARKS if environ.get(name)]
    remote += [name for name in REMOTE_SCREENS if screen.lower().startswith(name)]
    if remote:
        found.append(Finding("remote-session", remote[0], now_ms, {"marks": remote}, "Sign in at the computer itself."))
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
