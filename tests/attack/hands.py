"""A proctor's or test taker's hands and eyes on an X screen, as one trusted program: a real keyboard is no client of its own.

Run as a script; takes JSON lines, answers each. It is the only program that the attack's policy trusts beside the usual ones.
"""

import json
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from Xlib import XK, X, Xatom
from Xlib.display import Display
from Xlib.error import XError
from Xlib.ext import res, xtest
from Xlib.protocol import event as xevent

KEY_SECONDS, CLICK_SECONDS = 0.012, 0.08
"""A quick person's pace: two presses of one key are no key held down, and a list has opened before the next key."""

SELECTIONS = ("PRIMARY", "CLIPBOARD")
DROP = ("Enter", "Position", "Status", "Drop", "Leave", "Finished", "Selection", "ActionCopy")
SERVE_SECONDS = 1.0

NAMES = {"ctrl": "Control_L", "alt": "Alt_L", "shift": "Shift_L", "super": "Super_L", "altgr": "ISO_Level3_Shift"}


class Hands:
    """Presses, clicks, and looks."""

    def __init__(self) -> None:
        XK.load_keysym_group("xkb")  # AltGr is among them
        self.display = Display()
        self.root = self.display.screen().root
        self.codes = self._codes()

    def key(self, combination: str) -> None:
        """Press the parts in order, let them go in reverse."""
        parts = [NAMES.get(part.lower(), part) for part in combination.split("+")]
        held = [self.display.keysym_to_keycode(XK.string_to_keysym(part)) for part in parts[:-1]]
        last, shifted = self._code(parts[-1])
        if shifted and "shift" not in combination.lower():
            held.append(self.display.keysym_to_keycode(XK.XK_Shift_L))
        if not last:
            raise ValueError(f"no key {combination}")
        for code in [*held, last]:
            xtest.fake_input(self.display, X.KeyPress, code)
        for code in reversed([*held, last]):
            xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()
        time.sleep(KEY_SECONDS)

    def type(self, text: str) -> None:
        for letter in text:
            code, shifted = self.codes[letter if letter != "\n" else "\r"]
            shift = self.display.keysym_to_keycode(XK.XK_Shift_L)
            if shifted:
                xtest.fake_input(self.display, X.KeyPress, shift)
            xtest.fake_input(self.display, X.KeyPress, code)
            xtest.fake_input(self.display, X.KeyRelease, code)
            if shifted:
                xtest.fake_input(self.display, X.KeyRelease, shift)
            self.display.sync()
            time.sleep(KEY_SECONDS)

    def click(self, x: int, y: int, button: int) -> None:
        xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
        self.display.sync()
        xtest.fake_input(self.display, X.ButtonPress, button)
        xtest.fake_input(self.display, X.ButtonRelease, button)
        self.display.sync()
        time.sleep(CLICK_SECONDS)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        xtest.fake_input(self.display, X.MotionNotify, x=start[0], y=start[1])
        xtest.fake_input(self.display, X.ButtonPress, 1)
        self.display.sync()
        for step in range(1, 21):
            x, y = (a + (b - a) * step // 20 for a, b in zip(start, end, strict=True))
            xtest.fake_input(self.display, X.MotionNotify, x=x, y=y)
            self.display.sync()
        xtest.fake_input(self.display, X.ButtonRelease, 1)
        self.display.sync()

    def picture(self, file: str) -> None:
        room = self.root.get_geometry()
        raw = self.root.get_image(0, 0, room.width, room.height, X.ZPixmap, 0xFFFFFFFF).data
        rows = bytearray()
        width, height = room.width // 2, room.height // 2  # half the size: a report of two megabytes, not of ten
        for y in range(height):
            line = raw[2 * y * room.width * 4 :][: room.width * 4]
            rgb = bytearray(width * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = line[2::8], line[1::8], line[0::8]
            rows += b"\0" + rgb
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        with open(file, "wb") as out:  # noqa: PTH123  # a script on its own
            out.write(b"\x89PNG\r\n\x1a\n")
            parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 3)), (b"IEND", b""))
            out.writelines(
                struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
            )

    def offer(self, text: str, x: int, y: int) -> None:
        """Offer a text on every selection and paste it at a place in all ways; serve whoever asks for it."""
        window = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, X.InputOnly, X.CopyFromParent)
        for name in SELECTIONS:
            window.set_selection_owner(self.display.intern_atom(name), X.CurrentTime)
        self.display.sync()
        self.click(x, y, 1)
        for paste in ("ctrl+v", "shift+Insert"):
            self.key(paste)
        self.click(x, y, 2)
        until = time.monotonic() + SERVE_SECONDS
        while time.monotonic() < until:
            if self.display.pending_events():
                event = self.display.next_event()
                if event.type == X.SelectionRequest:
                    self._serve(event, text)
            time.sleep(KEY_SECONDS)
        window.destroy()
        self.display.sync()

    def drop(self, text: str, window: int, x: int, y: int) -> bool:
        """Drag a text of another program over a window and drop it there (XDND 5); whether the window said it would take it."""
        atoms = {name: self.display.intern_atom(f"Xdnd{name}") for name in DROP}
        source = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, X.InputOnly, X.CopyFromParent)
        source.set_selection_owner(atoms["Selection"], X.CurrentTime)
        target = self.display.create_resource_object("window", window)

        def say(name: str, *facts: int) -> None:
            data = [source.id, *facts, 0, 0, 0, 0][:5]
            message = xevent.ClientMessage(window=target, client_type=atoms[name], data=(32, data))
            target.send_event(message)
            self.display.flush()

        say("Enter", 5 << 24, self.display.intern_atom("UTF8_STRING"))
        say("Position", 0, x << 16 | y, X.CurrentTime, atoms["ActionCopy"])
        taken = False
        until = time.monotonic() + SERVE_SECONDS
        while time.monotonic() < until:
            if not self.display.pending_events():
                time.sleep(KEY_SECONDS)
                continue
            event = self.display.next_event()
            if event.type == X.SelectionRequest:
                self._serve(event, text)
            elif event.type == X.ClientMessage and event.client_type == atoms["Status"] and not taken:
                taken = bool(event.data[1][1] & 1)
                say(*(("Drop", 0, X.CurrentTime) if taken else ("Leave",)))
            elif event.type == X.ClientMessage and event.client_type == atoms["Finished"]:
                break
        source.destroy()
        self.display.sync()
        return taken

    def _serve(self, event: Any, text: str) -> None:
        targets, utf8 = self.display.intern_atom("TARGETS"), self.display.intern_atom("UTF8_STRING")
        if event.target == targets:
            event.requestor.change_property(event.property, Xatom.ATOM, 32, [targets, utf8])
        else:
            event.requestor.change_property(event.property, utf8, 8, text.encode())
        answer = xevent.SelectionNotify(
            time=event.time,
            requestor=event.requestor,
            selection=event.selection,
            target=event.target,
            property=event.property,
        )
        event.requestor.send_event(answer)
        self.display.flush()

    def taken_out(self) -> list[str]:
        """Select all, copy, and ask every selection for it."""
        self.key("ctrl+a")
        self.key("ctrl+c")
        window = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent, X.InputOnly, X.CopyFromParent)
        utf8, place = self.display.intern_atom("UTF8_STRING"), self.display.intern_atom("STAMP_TAKEN")
        found = []
        for name in SELECTIONS:
            window.convert_selection(self.display.intern_atom(name), utf8, place, X.CurrentTime)
            until = time.monotonic() + SERVE_SECONDS
            while time.monotonic() < until:
                if self.display.pending_events() and self.display.next_event().type == X.SelectionNotify:
                    value = window.get_full_property(place, X.AnyPropertyType)
                    found.append("" if value is None else bytes(value.value).decode(errors="replace"))
                    break
                time.sleep(KEY_SECONDS)
        window.destroy()
        self.display.sync()
        return [text for text in found if text]

    def owners(self) -> list[int]:
        """The processes whose windows are seen at 9 x 9 places of the screen; 0 where there is none."""
        room = self.root.get_geometry()
        tops = [window for window in self.root.query_tree().children if self._seen(window)]
        found = set()
        for across in range(9):
            for down in range(9):
                x, y = 2 + across * (room.width - 4) // 8, 2 + down * (room.height - 4) // 8
                top = next((window for window in reversed(tops) if self._over(window, x, y)), None)
                found.add(0 if top is None else self._pid(self._inside(top, x, y)))
        return sorted(found)

    def keyboard(self) -> dict[str, int]:
        """Where the keys go, and the modifiers that are down."""
        focus = self.display.get_input_focus().focus
        identity = focus if isinstance(focus, int) else int(focus.id)
        return {"window": identity, "process": self.focus(), "modifiers": int(self.root.query_pointer().mask)}

    def managed(self) -> bool:
        """Whether a window manager has this screen."""
        check = self.display.intern_atom("_NET_SUPPORTING_WM_CHECK")
        return self.root.get_full_property(check, Xatom.WINDOW) is not None

    def focus(self) -> int:
        """The process that the keys go to; 0 where to none."""
        focus = self.display.get_input_focus().focus
        return 0 if isinstance(focus, int) else self._pid(focus)

    def on_top(self, pid: int) -> list[list[int]]:
        """Left, top, width, height of each window of a process that is seen, with nothing over its middle."""
        tops = [window for window in self.root.query_tree().children if self._seen(window)]
        found = []
        for window in tops:
            with suppress(XError):
                at = window.get_geometry()
                x, y = at.x + at.width // 2, at.y + at.height // 2
                over = next((each for each in reversed(tops) if self._over(each, x, y)), None)
                if over is not None and over.id == window.id and self._pid(window) == pid:
                    found.append([at.x, at.y, at.width, at.height])
        return found

    def windows(self, pid: int) -> list[int]:
        """The windows of a process that were made to be shown, in a window manager's frame or by themselves."""
        tops = self.root.query_tree().children
        found = [*tops, *(window for top in tops for window in self._within(top))]
        return [window.id for window in found if not self._hollow(window) and self._pid(window) == pid]

    def _within(self, window: Any) -> list[Any]:
        try:
            return list(window.query_tree().children)
        except XError:
            return []

    def _inside(self, window: Any, x: int, y: int) -> Any:
        """The window of a program inside a window manager's frame."""
        with suppress(XError):  # it went while it was being looked at
            at = window.get_geometry()
            for child in reversed(window.query_tree().children):
                if self._seen(child) and self._over(child, x - at.x, y - at.y):
                    return child
        return window

    def _hollow(self, window: Any) -> bool:
        try:
            return bool(window.get_geometry().width < 100)
        except XError:
            return True

    def _seen(self, window: Any) -> bool:
        try:
            facts = window.get_attributes()
        except XError:
            return False
        return bool(facts.map_state == X.IsViewable and facts.win_class == X.InputOutput)

    def _over(self, window: Any, x: int, y: int) -> bool:
        try:
            at = window.get_geometry()
        except XError:
            return False
        return bool(at.x <= x < at.x + at.width and at.y <= y < at.y + at.height)

    def _pid(self, window: Any) -> int:
        try:
            reply = self.display.res_query_client_ids([{"client": window.id, "mask": res.LocalClientPIDMask}])
        except XError:
            return 0
        return next((int(each.value[0]) for each in reply.ids if each.value), 0)

    def _code(self, name: str) -> tuple[int, bool]:
        if len(name) == 1 and name in self.codes:
            return self.codes[name]
        return self.display.keysym_to_keycode(XK.string_to_keysym(name)), False

    def _codes(self) -> dict[str, tuple[int, bool]]:
        """Letter -> key code, and whether with Shift."""
        least = self.display.display.info.min_keycode
        count = self.display.display.info.max_keycode - least + 1
        found: dict[str, tuple[int, bool]] = {}
        for row, symbols in enumerate(self.display.get_keyboard_mapping(least, count)):
            for column, symbol in enumerate(list(symbols)[:2]):
                letter = _letter(symbol)
                if letter and letter not in found:
                    found[letter] = (least + row, column == 1)
        return found


def _letter(symbol: int) -> str:
    if 0x20 <= symbol <= 0x7E or 0xA0 <= symbol <= 0xFF:
        return chr(symbol)
    if symbol & 0xFF000000 == 0x01000000:
        return chr(symbol & 0xFFFFFF)
    return "\r" if symbol == XK.XK_Return else ""


def orders() -> Iterator[list[Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    hands = Hands()
    for name, *arguments in orders():
        answer = getattr(hands, name)(*arguments)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
