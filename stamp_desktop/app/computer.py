"""What the top bar says of the computer itself: battery, Wi-Fi, the keyboard's layout by its full name. It only looks."""

import ctypes
import os
import sys
from collections.abc import Callable
from ctypes import c_char_p, c_int, c_int32, c_uint16, c_uint32, c_void_p
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from stamp_desktop.delivery.views import ComputerView
from stamp_desktop.delivery.wording import computer
from stamp_desktop.kiosk import gauges

GAUGES_MS, LAYOUT_MS = 10_000, 1000
LAYOUT_IN_EFFECT: Final = 1 << 7
"""XKB_STATE_LAYOUT_EFFECTIVE of xkbcommon.h."""

COMPOSED: Final = frozenset({"Chinese", "Japanese", "Korean", "Vietnamese"})
"""Languages that are written with an input method: its name says more than that of the keys under it."""


class Gauges(QObject):
    """`changed` with every new view of battery and Wi-Fi; the first one at `begin`."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._view: ComputerView | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(GAUGES_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        self._timer.start()
        self._look()

    def _look(self) -> None:
        view = computer(gauges.battery(), gauges.wireless())
        if view != self._view:
            self._view = view
            self.changed.emit(view)


class Keyboard(QObject):
    """The layout's name, kept in the screen's thread for the session's thread to read."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._layout = layouts()
        QGuiApplication.inputMethod().localeChanged.connect(self._read)
        self._timer = QTimer(self)
        self._timer.setInterval(LAYOUT_MS)
        self._timer.timeout.connect(self._read)
        self._timer.start()
        self._read()

    def name(self) -> str:
        """The layout in use as its makers call it, or what the input method writes; "" where the system does not say."""
        return self._name

    def _read(self) -> None:
        locale = QGuiApplication.inputMethod().locale()
        language = locale.languageToString(locale.language())
        spoken = "" if language in {"", "C"} else f"{language} ({locale.territoryToString(locale.territory())})"
        composed = language in COMPOSED and "QT_IM_MODULE" in os.environ
        self._name = spoken if composed else self._layout() or spoken


def layouts() -> Callable[[], str]:
    """Asks the X server for the name of the layout in effect, over a connection of its own; "" where there is none to ask."""
    if sys.platform != "linux" or QGuiApplication.platformName() != "xcb":
        return lambda: ""
    try:
        xcb, x11, common = (ctypes.CDLL(name) for name in ("libxcb.so.1", "libxkbcommon-x11.so.0", "libxkbcommon.so.0"))
    except OSError:
        return lambda: ""
    connect = _function(xcb.xcb_connect, c_void_p, c_char_p, c_void_p)
    setup = _function(x11.xkb_x11_setup_xkb_extension, c_int, c_void_p, c_uint16, c_uint16, c_int, *[c_void_p] * 4)
    keyboard = _function(x11.xkb_x11_get_core_keyboard_device_id, c_int32, c_void_p)
    keymap_of = _function(x11.xkb_x11_keymap_new_from_device, c_void_p, c_void_p, c_void_p, c_int32, c_int)
    state_of = _function(x11.xkb_x11_state_new_from_device, c_void_p, c_void_p, c_void_p, c_int32)
    layout_of = _function(common.xkb_state_serialize_layout, c_uint32, c_void_p, c_int)
    name_of = _function(common.xkb_keymap_layout_get_name, c_char_p, c_void_p, c_uint32)
    new_context = _function(common.xkb_context_new, c_void_p, c_int)
    let_go = [_function(each, None, c_void_p) for each in (common.xkb_state_unref, common.xkb_keymap_unref)]
    connection = connect(None, None)
    if not setup(connection, 1, 0, 0, None, None, None, None):
        return lambda: ""
    context, device = new_context(0), keyboard(connection)

    def ask() -> str:
        keymap = keymap_of(context, connection, device, 0)
        if not keymap:
            return ""
        state = state_of(keymap, connection, device)
        name = name_of(keymap, layout_of(state, LAYOUT_IN_EFFECT)) if state else None
        text = name.decode(errors="replace") if name else ""
        for forget, what in zip(let_go, (state, keymap), strict=True):
            if what:
                forget(what)
        return text

    return ask


def _function(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    function.restype, function.argtypes = result, list(arguments)
    made: Callable[..., Any] = function
    return made
