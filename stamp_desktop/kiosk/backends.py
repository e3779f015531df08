"""Which back end this computer has."""

import sys

from stamp_desktop.kiosk.changes import Changes
from stamp_desktop.kiosk.guard import Guard
from stamp_desktop.kiosk.home import Home


def guard_here(home: Home) -> Guard:
    """The back end for this system. Trouble where it cannot work at all."""
    if sys.platform == "win32":
        from stamp_desktop.kiosk.windows.guard import WindowsGuard  # noqa: PLC0415
        from stamp_desktop.kiosk.windows.native import WindowsNative  # noqa: PLC0415

        return WindowsGuard(WindowsNative(), Changes(home.changes))
    if sys.platform == "darwin":
        from stamp_desktop.kiosk.macos.guard import MacGuard  # noqa: PLC0415
        from stamp_desktop.kiosk.macos.native import MacNative  # noqa: PLC0415

        return MacGuard(MacNative(), Changes(home.changes))
    from stamp_desktop.kiosk.linux.guard import LinuxGuard  # noqa: PLC0415  # other systems have no Xlib

    return LinuxGuard(Changes(home.changes))
