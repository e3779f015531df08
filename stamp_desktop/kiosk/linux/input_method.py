"""The daemon of the input method (ibus): the exam waits for its word on each key, so one that hangs holds all keys back.

It is asked only when the exam is silent. One that somebody stopped is sent on and loses nothing; one that does not answer all
the same is ended, by which the keys go on, and started again.
"""

import os
import signal
import socket
import struct
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from stamp_desktop.kiosk.linux.census import program_of, stopped

DAEMON: Final = "ibus-daemon"
ANSWER_SECONDS: Final = 2.0
_MACHINES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_FIELDS: Final = ((1, "o", "/org/freedesktop/DBus"), (2, "s", "org.freedesktop.DBus"), (3, "s", "Hello"))


class InputMethod:
    """The daemon of one display. `environ` is the session's."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def mend(self) -> bool:
        """Whether it hung. Another one has the command and the surroundings of the one before."""
        pid, address = self._known()
        program = program_of(pid) if pid else None
        if program is None or Path(program.path).name != DAEMON:
            return False
        still = [each for each in (pid, *_engines(pid)) if stopped(each)]
        for each in still:
            with suppress(OSError):
                os.kill(each, signal.SIGCONT)
        if _answers(address):
            return bool(still)
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
            pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            env = dict(pair.split(b"=", 1) for pair in pairs if b"=" in pair)
            os.kill(pid, signal.SIGKILL)
            # orphaned at once: a child of the guardian's would count as the exam
            subprocess.run([b"setsid", b"--fork", *words], env=env, stdin=subprocess.DEVNULL, check=False)
        return True

    def _known(self) -> tuple[int, str]:
        """The daemon's process and its bus, as it has written them down for its clients; 0 and "" where there is none."""
        try:
            lines = self._file().read_text(encoding="utf-8").splitlines()
        except OSError:
            return 0, ""
        facts = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        pid = facts.get("IBUS_DAEMON_PID", "")
        return (int(pid) if pid.isdigit() else 0), facts.get("IBUS_ADDRESS", "")

    def _file(self) -> Path:
        if given := self._environ.get("IBUS_ADDRESS_FILE"):
            return Path(given)
        host, _, number = self._environ.get("DISPLAY", ":0").rpartition(":")
        machine = next((file.read_text(encoding="ascii").strip() for file in _MACHINES if file.exists()), "")
        config = self._environ.get("XDG_CONFIG_HOME") or str(Path(self._environ.get("HOME", "/")) / ".config")
        return Path(config) / "ibus" / "bus" / f"{machine}-{host or 'unix'}-{number.split('.')[0]}"


def _engines(pid: int) -> list[int]:
    """What the daemon has started: a stopped engine holds the keys back as well."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _answers(address: str) -> bool:
    """Whether the bus greets within the time (D-Bus specification, "Authentication Protocol" and "Message Protocol")."""
    place = dict(part.split("=", 1) for part in address.removeprefix("unix:").split(",") if "=" in part)
    path = place.get("path") or "\0" + place.get("abstract", "")
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_SECONDS)
        try:
            line.connect(path)
            line.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
            if not line.recv(256).startswith(b"OK"):
                return False
            line.sendall(b"BEGIN\r\n" + _hello())
            return bool(line.recv(1))
        except OSError:
            return False


def _hello() -> bytes:
    fields = b""
    for code, kind, text in (*_FIELDS, (6, "s", "org.freedesktop.DBus")):
        fields += b"\0" * (-len(fields) % 8)
        fields += bytes((code, 1, ord(kind), 0)) + struct.pack("<I", len(text)) + text.encode() + b"\0"
    head = struct.pack("<BBBBIII", ord("l"), 1, 0, 1, 0, 1, len(fields)) + fields
    return head + b"\0" * (-len(head) % 8)
