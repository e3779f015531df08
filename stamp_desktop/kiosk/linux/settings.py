"""Settings of an X session that the kiosk changes, each with a way to read it and to bring it back."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from Xlib import X

from stamp_desktop.kiosk.changes import Change, Changes, Restore

MARKS: Final = ("_NET_SUPPORTING_WM_CHECK", "_NET_SUPPORTED", "_NET_ACTIVE_WINDOW")
"""By which a screen says that it has a window manager; they outlive one that is killed."""

_MARKS: Final = "window manager's marks"


class Settings:
    """Screen saver, power saving of the screen, and who may connect. `display` is python-xlib's."""

    def __init__(self, display: Any) -> None:
        self._display = display

    def close(self, changes: Changes) -> None:
        """Nothing blanks the screen during a test, and nobody new connects from elsewhere. Journalled one by one."""
        for kind, wanted in (("screen saver", {"timeout": 0, "interval": 0}), ("screen power", False), ("access", True)):
            before = self.read(kind)
            if before is not None and before != wanted:
                changes.note(Change(kind, "", before))
                self.write(kind, wanted)

    def keep_marks(self, changes: Changes) -> None:
        """Journal what the screen says of its window manager, before another one says it."""
        changes.note(Change(_MARKS, "", self.read(_MARKS)))

    def restore(self) -> Mapping[str, Restore]:
        """For `Changes.undo`."""
        return {kind: partial(self._bring_back, kind) for kind in ("screen saver", "screen power", "access", _MARKS)}

    def read(self, kind: str) -> Any:
        """What it is now; None where this screen has no such thing."""
        if kind == _MARKS:
            return {name: self._mark(name) for name in MARKS}
        if kind == "screen saver":
            now = self._display.get_screen_saver()
            return {"timeout": int(now.timeout), "interval": int(now.interval)}
        if kind == "access":
            return bool(self._display.list_hosts().mode)
        if not self._display.has_extension("DPMS") or not self._display.dpms_capable().capable:
            return None
        return bool(self._display.dpms_info().state)

    def write(self, kind: str, value: Any) -> None:
        """Set it; on return the X server has taken it."""
        if kind == _MARKS:
            for name, mark in value.items():
                self._set_mark(name, mark)
        elif kind == "screen saver":
            now = self._display.get_screen_saver()
            self._display.set_screen_saver(
                value["timeout"], value["interval"], int(now.prefer_blanking), int(now.allow_exposures)
            )
        elif kind == "access":
            self._display.set_access_control(1 if value else 0)
        elif value:
            self._display.dpms_enable()
        else:
            self._display.dpms_disable()
        self._display.sync()

    def _bring_back(self, kind: str, _name: str, before: Any) -> None:
        self.write(kind, before)

    def _mark(self, name: str) -> list[Any] | None:
        found = self._display.screen().root.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        return None if found is None else [int(found.property_type), int(found.format), [int(each) for each in found.value]]

    def _set_mark(self, name: str, mark: list[Any] | None) -> None:
        root, atom = self._display.screen().root, self._display.intern_atom(name)
        if mark is None:
            root.delete_property(atom)
        else:
            root.change_property(atom, *mark)
