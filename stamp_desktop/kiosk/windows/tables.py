"""The tables' key combinations as Windows has them: virtual key codes, and which of them a low-level hook swallows. Pure."""

from collections.abc import Collection
from typing import Final

from stamp_desktop.kiosk.policy import KEYS

VK: Final = {
    "Tab": 0x09, "Escape": 0x1B, "space": 0x20, "Print": 0x2C, "Delete": 0x2E, "BackSpace": 0x08,
    "Left": 0x25, "Up": 0x26, "Right": 0x27, "Down": 0x28,
    **{f"F{number}": 0x6F + number for number in range(1, 13)},
    **{chr(letter).lower(): letter for letter in range(0x41, 0x5B)},
}  # fmt: skip
"""https://learn.microsoft.com/windows/win32/inputdev/virtual-key-codes"""

WINDOWS_KEYS: Final = frozenset({0x5B, 0x5C})
APPS_KEY: Final = 0x5D
NEVER_HOOKED: Final = frozenset({"Ctrl+Alt+Delete"})
"""The secure attention sequence reaches no hook: Keyboard Filter or a policy closes what is behind it."""

CLOSED: Final = frozenset(
    (frozenset(modifiers), VK[key])
    for *modifiers, key in (each.combination.split("+") for each in KEYS if each.how == "taken")
    if key in VK and "+".join((*modifiers, key)) not in NEVER_HOOKED
)


def swallowed(code: int, held: Collection[str]) -> bool:
    """Whether the hook keeps this key press from everybody. `held` of Ctrl, Alt, Shift, Super.

    AltGr is Ctrl+Alt to Windows: letters with both are let through, but for those that the table closes.
    """
    return code in WINDOWS_KEYS or code == APPS_KEY or (frozenset(held), code) in CLOSED
