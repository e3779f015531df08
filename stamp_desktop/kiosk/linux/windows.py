"""The window manager of the kiosk: the exam fills the screen and stays on top, nothing else is let in.

Windows of the exam program and of trusted programs (input methods, screen readers) may show; any other is not mapped, or is
unmapped where it did not ask. It decides nothing about what a window of somebody else means for the test.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal, TypeAlias

from Xlib import XK, X, Xatom
from Xlib.error import CatchError, XError
from Xlib.protocol import event as xevent

from stamp_desktop.kiosk.linux.keys import taken
from stamp_desktop.trouble import Trouble

Owner: TypeAlias = Literal["exam", "trusted", "foreign"]
SELECTIONS: Final = ("PRIMARY", "SECONDARY", "CLIPBOARD")
RETAKES: Final = 25
"""How often a second a selection is taken back: two programs that both insist must not eat the computer."""

_SUPPORTED: Final = ("_NET_SUPPORTING_WM_CHECK", "_NET_WM_STATE", "_NET_WM_STATE_FULLSCREEN", "_NET_ACTIVE_WINDOW")
_HIDES: Final = {
    "WM_CHANGE_STATE": "asked to minimise",
    "_NET_SHOWING_DESKTOP": "asked to show the desktop",
    "_NET_CURRENT_DESKTOP": "asked to change the desktop",
    "_NET_CLOSE_WINDOW": "asked to close",
}


class Windows:
    """`owner` tells whose a window is; `tell` is told (code, window, how) of what had to be undone. One thread's."""

    def __init__(self, display: Any, owner: Callable[[int], Owner], tell: Callable[[str, int, str], None]) -> None:
        self._display = display
        self._owner = owner
        self._tell = tell
        self._root = display.screen().root
        self._main = 0
        self._beside: set[int] = set()
        self._atoms = {name: display.intern_atom(name) for name in (*SELECTIONS, *_SUPPORTED, *_HIDES, "WM_STATE")}
        self._own = self._root.create_window(-10, -10, 1, 1, 0, X.CopyFromParent, X.InputOnly, X.CopyFromParent)
        self._cell = self._root.create_window(-10, -10, 1, 1, 0, X.CopyFromParent)  # never shown, nor is anything in it
        self._hidden: set[int] = set()
        self._hides = {self._atoms[name]: how for name, how in _HIDES.items()}
        self._on: Mapping[int, Callable[[Any], None]] = {
            X.MapRequest: lambda event: self._asks_to_show(event.window),
            X.ConfigureRequest: self._asks_to_move,
            X.MapNotify: self._was_shown,
            X.UnmapNotify: self._was_hidden,
            X.DestroyNotify: self._went,
            X.ReparentNotify: self._was_moved_into,
            X.ClientMessage: self._was_asked,
            X.MappingNotify: display.refresh_keyboard_mapping,
            X.SelectionRequest: self._give_nothing,
        }
        self._room = (display.screen().width_in_pixels, display.screen().height_in_pixels)
        self._retakes = 0
        self._destroyed = False
        self.manages = False
        display.set_error_handler(lambda *_: None)  # windows go while they are being talked of

    def manage(self, before_marks: Callable[[], None]) -> None:
        """Become the window manager, and call back before the screen says so. Trouble `kiosk-taken` where there is one."""
        refused = CatchError()
        mask = X.SubstructureRedirectMask | X.SubstructureNotifyMask
        self._root.change_attributes(event_mask=mask, onerror=refused)
        self._display.sync()
        if refused.get_error():
            raise Trouble(
                "kiosk-taken",
                "This screen has a window manager already.",
                "The kiosk can only watch here (grade B).",
                "For grade A choose the session STAMP Kiosk when signing in to this computer.",
            )
        self.manages = True
        before_marks()
        check, supported = self._atoms["_NET_SUPPORTING_WM_CHECK"], self._display.intern_atom("_NET_SUPPORTED")
        for window in (self._root, self._own):
            window.change_property(check, Xatom.WINDOW, 32, [self._own.id])
        self._own.change_property(
            self._display.intern_atom("_NET_WM_NAME"), self._display.intern_atom("UTF8_STRING"), 8, b"STAMP Kiosk"
        )
        self._root.change_property(supported, Xatom.ATOM, 32, [self._atoms[name] for name in _SUPPORTED])
        self._root.xrandr_select_input(1)

    def hold_selections(self) -> None:
        """Own what could be pasted, and give nothing to whoever asks."""
        if not self._display.has_extension("XFIXES"):
            return
        self._display.xfixes_query_version()
        for name in SELECTIONS:
            self._display.xfixes_select_selection_input(self._own, self._atoms[name], 1)
            self._own.set_selection_owner(self._atoms[name], X.CurrentTime)

    def hold_keys(self) -> int:
        """Take the closed combinations for nobody; how many somebody else holds already."""
        refused = []
        for mask, name in taken():
            code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
            if code:
                catch = CatchError()
                self._root.grab_key(code, mask, True, X.GrabModeAsync, X.GrabModeAsync, onerror=catch)
                refused.append(catch)
        self._display.sync()
        return sum(catch.get_error() is not None for catch in refused)

    def let_go(self) -> None:
        """Be no window manager any more."""
        self._own.destroy()  # with it go the selections
        for window in self._cell.query_tree().children:
            with _gone():
                window.reparent(self._root, 0, 0)
        self._cell.destroy()
        for mask, name in taken():
            code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
            if code:
                self._root.ungrab_key(code, mask)
        if self.manages:
            self._root.change_attributes(event_mask=0)
            self.manages = False
        self._display.sync()

    def sweep(self) -> None:
        """Look at every window there is: what came unseen is dealt with, the exam is on top and has the keys."""
        self._retakes = 0
        if not self.manages:
            return
        windows = self._root.query_tree().children
        alive = {window.id for window in windows}
        self._main = self._main if self._main in alive else 0
        self._beside &= alive
        self._hidden &= alive
        for window in windows:
            if window.id == self._own.id:
                continue
            with _gone():
                facts = window.get_attributes()
                if facts.map_state == X.IsViewable and window.id not in {self._main, *self._beside}:
                    self._came(window, override=bool(facts.override_redirect))
                elif facts.map_state != X.IsViewable and window.id == self._main:
                    self._show(window)
        self._focus()

    def attend(self) -> None:
        """Deal with all events that wait."""
        while self._display.pending_events():
            event = self._display.next_event()
            with _gone():
                self._handle(event)
        self._display.flush()

    def _handle(self, event: Any) -> None:
        known = self._on.get(event.type)
        if known is not None:
            known(event)
        elif hasattr(event, "selection") and hasattr(event, "owner"):
            self._take_back(event)
        elif type(event).__name__ == "ScreenChangeNotify":
            room = self._root.get_geometry()
            self._room = (room.width, room.height)
            if self._main:
                self._fill(self._display.create_resource_object("window", self._main))

    def _was_shown(self, event: Any) -> None:
        if event.override:
            self._came(event.window, override=True)

    def _was_hidden(self, event: Any) -> None:
        self._beside.discard(event.window.id)
        if event.window.id == self._main and not event.send_event:
            self._tell("exam-hidden", event.window.id, "unmapped")
            self._show(event.window)

    def _went(self, event: Any) -> None:
        self._beside.discard(event.window.id)
        if event.window.id == self._main:
            self._main, self._destroyed = 0, True

    def _was_moved_into(self, event: Any) -> None:
        if event.window.id == self._main and event.parent.id != self._root.id:
            self._tell("exam-hidden", event.window.id, "put into another window")
            event.window.reparent(self._root, 0, 0)
            self._show(event.window)

    def _was_asked(self, event: Any) -> None:
        if event.client_type in self._hides and event.window.id in {self._root.id, self._main}:
            self._tell("exam-hidden", event.window.id, self._hides[event.client_type])

    def _asks_to_show(self, window: Any) -> None:
        owner = self._owner(window.id)
        if owner == "foreign":
            self._tell("foreign-window", window.id, "")
            return
        if owner == "exam" and self._takes(window):
            self._show(window)
            return
        self._beside.add(window.id)
        window.map()
        window.configure(stack_mode=X.Above)

    def forget(self) -> None:
        """Another exam program comes: its first window is the one."""
        self._destroyed = False

    @property
    def destroyed(self) -> bool:
        """Whether the exam's window was there, and has gone."""
        return self._destroyed and not self._main

    def _takes(self, window: Any) -> bool:
        """Whether this is the exam's one window: the first that comes. Those that come later stand before it."""
        if not self._main and window.get_wm_transient_for() is None:
            self._main, self._destroyed = int(window.id), False
        return bool(self._main == window.id)

    def _show(self, window: Any) -> None:
        """Full screen, on top, with the keys."""
        window.change_property(self._atoms["WM_STATE"], self._atoms["WM_STATE"], 32, [1, 0])
        full = self._atoms["_NET_WM_STATE_FULLSCREEN"]
        window.change_property(self._atoms["_NET_WM_STATE"], Xatom.ATOM, 32, [full])
        self._fit(window)
        window.map()
        window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
        self._root.change_property(self._atoms["_NET_ACTIVE_WINDOW"], Xatom.WINDOW, 32, [window.id])
        self._display.flush()  # all without asking the server anything: the first picture waits for this
        self._lift_popups(window)

    def _fit(self, window: Any) -> None:
        width, height = self._room
        window.configure(x=0, y=0, width=width, height=height, border_width=0, stack_mode=X.Above)

    def _fill(self, window: Any) -> None:
        self._fit(window)
        self._lift_popups(window)

    def _lift_popups(self, window: Any) -> None:
        for other in self._root.query_tree().children:  # a popup of the exam's stays over it
            if other.id not in {window.id, self._own.id}:
                with _gone():
                    facts = other.get_attributes()
                    if facts.override_redirect and facts.map_state == X.IsViewable:
                        other.configure(stack_mode=X.Above)

    def _asks_to_move(self, event: Any) -> None:
        if event.window.id == self._main:
            self._fill(event.window)
        elif self._owner(event.window.id) != "foreign":
            sizes = {"x": X.CWX, "y": X.CWY, "width": X.CWWidth, "height": X.CWHeight}
            asked = {name: getattr(event, name) for name, bit in sizes.items() if event.value_mask & bit}
            if asked:
                event.window.configure(**asked)

    def _came(self, window: Any, *, override: bool) -> None:
        owner = self._owner(window.id)
        if owner == "exam" and not override:
            if self._takes(window):
                self._show(window)
            return
        size = window.get_geometry()
        covers = size.width * size.height * 2 > self._room[0] * self._room[1]
        if owner == "foreign" or (owner == "trusted" and covers):
            window.unmap()
            if window.id in self._hidden:  # it insists: it may show itself where nobody looks
                window.change_save_set(X.SetModeInsert)  # so that it outlives this process
                window.reparent(self._cell, 0, 0)
            self._hidden.add(window.id)
            self._tell("foreign-window", window.id, "")
            self._focus()

    def _focus(self) -> None:
        """The keys go to the exam, unless a window that may have them has them."""
        if not self._main:
            return
        focus = self._display.get_input_focus().focus
        identity = focus if isinstance(focus, int) else focus.id
        if identity not in {X.NONE, X.PointerRoot, self._root.id} and self._owner(identity) != "foreign":
            return
        window = self._display.create_resource_object("window", self._main)
        window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)

    def _give_nothing(self, event: Any) -> None:
        answer = xevent.SelectionNotify(
            time=event.time, requestor=event.requestor, selection=event.selection, target=event.target, property=X.NONE
        )
        event.requestor.send_event(answer)

    def _take_back(self, event: Any) -> None:
        owner = event.owner if isinstance(event.owner, int) else event.owner.id
        if owner == self._own.id or self._retakes > RETAKES:
            return
        self._retakes += 1
        self._own.set_selection_owner(event.selection, X.CurrentTime)
        if owner and self._owner(owner) == "foreign":
            self._tell("clipboard-taken", owner, "")


@contextmanager
def _gone() -> Iterator[None]:
    """A window that went while it was being looked at is no trouble."""
    try:
        yield
    except XError:
        return
