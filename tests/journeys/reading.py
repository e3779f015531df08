"""What a screen reader knows of the screen: the accessibility tree, over D-Bus (AT-SPI 2). It presses nothing.

Names and numbers are those of AT-SPI: https://gitlab.gnome.org/GNOME/at-spi2-core, xml/ and atspi-constants.h.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ROOT = "/org/a11y/atspi/accessible/root"
REGISTRY = "org.a11y.atspi.Registry"
ACCESSIBLE = "org.a11y.atspi.Accessible"
COMPONENT = "org.a11y.atspi.Component"
TEXT = "org.a11y.atspi.Text"
STATES = {4: "checked", 8: "enabled", 12: "focused", 24: "sensitive", 25: "showing", 30: "visible", 41: "selectable"}
ANSWER_SECONDS = 5.0


class GoneError(Exception):
    """A widget, or the whole program, is not there any more."""


@dataclass(frozen=True, slots=True)
class Node:
    """A widget as a screen reader knows it; `home` and `path` are its address, `children` those that show."""

    home: str
    path: str
    role: str
    name: str
    states: frozenset[str]
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """This one and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def enabled(self) -> bool:
        return "enabled" in self.states or "sensitive" in self.states

    @property
    def checked(self) -> bool:
        return "checked" in self.states

    def lines(self, depth: int = 0) -> list[str]:
        """The tree as text, for a failure."""
        states = " ".join(sorted(self.states - {"showing", "visible", "enabled", "sensitive", "selectable"}))
        own = f"{'  ' * depth}{self.role} {self.name!r}{' ' + states if states else ''}{'' if self.enabled else ' (off)'}"
        return [own, *(line for child in self.children for line in child.lines(depth + 1))]


class Reader:
    """Reads one display's accessibility bus. `session` is the address of the session bus."""

    def __init__(self, session: str) -> None:
        with open_dbus_connection(bus=session) as bus:
            where = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            address: str = _body(bus.send_and_get_reply(new_method_call(where, "GetAddress"), timeout=20))[0]
        self._bus: DBusConnection = open_dbus_connection(bus=address)

    def close(self) -> None:
        self._bus.close()

    def program(self, pid: int) -> Node:
        """The program with this process id, with everything in it that shows. GoneError while there is none."""
        for home, path in self._call(REGISTRY, ROOT, ACCESSIBLE, "GetChildren")[0]:
            with suppress(GoneError):
                if self._pid(home) == pid:
                    return self._node(home, path, top=True)
        raise GoneError(f"process {pid} shows nothing")

    def box(self, node: Node) -> tuple[int, int, int, int]:
        """Left, top, width, height on the screen, in pixels."""
        left, top, width, height = self._call(node.home, node.path, COMPONENT, "GetExtents", "u", (0,))[0]
        return left, top, width, height

    def text(self, node: Node) -> str:
        """What is written in a field."""
        text: str = self._call(node.home, node.path, TEXT, "GetText", "ii", (0, -1))[0]
        return text

    def _pid(self, home: str) -> int:
        bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
        pid: int = self._send(new_method_call(bus, "GetConnectionUnixProcessID", "s", (home,)))[0]
        return pid

    def _node(self, home: str, path: str, *, top: bool = False) -> Node:
        low, high = self._call(home, path, ACCESSIBLE, "GetState")[0]
        states = frozenset(name for bit, name in STATES.items() if (low | high << 32) >> bit & 1)
        role: str = self._call(home, path, ACCESSIBLE, "GetRoleName")[0]
        name: str = self._send(Properties(DBusAddress(path, bus_name=home, interface=ACCESSIBLE)).get("Name"))[0][1]
        children = []
        if top or "showing" in states:
            for where, what in self._call(home, path, ACCESSIBLE, "GetChildren")[0]:
                with suppress(GoneError):  # it went while the others were being read
                    child = self._node(where, what)
                    if "showing" in child.states:
                        children.append(child)
        return Node(home, path, role, name, states, tuple(children))

    def _call(self, home: str, path: str, interface: str, method: str, form: str | None = None, body: Any = ()) -> Any:
        return self._send(new_method_call(DBusAddress(path, bus_name=home, interface=interface), method, form, body))

    def _send(self, message: Any) -> Any:
        try:
            return _body(self._bus.send_and_get_reply(message, timeout=ANSWER_SECONDS))
        except TimeoutError:
            raise GoneError("no answer") from None


def _body(reply: Any) -> Any:
    if reply.header.message_type is MessageType.error:
        raise GoneError(str(reply.header.fields.get(HeaderFields.error_name)))
    return reply.body
