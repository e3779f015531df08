"""Attack programs, run as scripts: hot keys, a window that no window manager manages, a window over everything."""

import sys
from pathlib import Path

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import CatchError

MASKS = {"Shift": 1, "Ctrl": 4, "Alt": 8, "Super": 64}


def hot_keys(folder: Path, combinations: list[str]) -> None:
    """Take combinations on the root window and leave a file for each that comes."""
    display = Display()
    root = display.screen().root
    names = {}
    for combination in combinations:
        *modifiers, key = combination.split("+")
        mask = sum(MASKS[modifier] for modifier in modifiers)
        code = display.keysym_to_keycode(XK.string_to_keysym(key))
        catch = CatchError()
        root.grab_key(code, mask, True, X.GrabModeAsync, X.GrabModeAsync, onerror=catch)
        names[code, mask] = combination
    display.sync()
    (folder / "ready").touch()
    while True:
        event = display.next_event()
        if event.type == X.KeyPress and (event.detail, event.state & 0x4D) in names:
            (folder / f"key {names[event.detail, event.state & 0x4D]}").touch()


def unmanaged(*_: object) -> None:
    """A window of the whole screen that asks no window manager, and comes back whenever it is hidden."""
    display = Display()
    screen = display.screen()
    window = screen.root.create_window(
        0, 0, screen.width_in_pixels, screen.height_in_pixels, 0, screen.root_depth,
        override_redirect=True, background_pixel=0xC03030, event_mask=X.StructureNotifyMask,
    )  # fmt: skip
    window.map()
    display.sync()
    while True:
        if display.next_event().type == X.UnmapNotify:
            window.map()
            window.configure(stack_mode=X.Above)
            display.flush()


def main() -> None:
    if sys.argv[1] == "hot-keys":
        hot_keys(Path(sys.argv[2]), sys.argv[3:])
    else:
        unmanaged()


if __name__ == "__main__":
    main()
