"""The sound server of Linux (PulseAudio, or PipeWire in its place), asked by `pactl`. It opens no stream and hears nothing.

A server moves a stream to another device, suspends it or mutes it without a word to the program that records. `Watch` notices:
it listens to the server's news while a microphone is open, and brings the stream back when its microphone is there again.
"""

import contextlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import threading
import time
from typing import Any, Literal

from stamp_desktop.audio.condition import Condition

ASK_SECONDS = 5.0
FIRST_LOOKS = (0.0, 0.3, 1.0)
"""News is not told before `pactl` is connected: until then the server is asked."""

LOOK_SECONDS = 5.0
"""And from time to time, for servers that do not tell all."""

RETURNS = 3
"""So often a stream is brought back; then somebody else wants it where it is."""

_STREAMS = {"source": "source-outputs", "sink": "sink-inputs"}
_MOVES = {"source": "move-source-output", "sink": "move-sink-input"}


def there() -> bool:
    """Whether this is a system with such a server, and a program to ask it."""
    return sys.platform.startswith("linux") and shutil.which("pactl") is not None


def listed(kind: str) -> list[dict[str, Any]] | None:
    """All `sources`, `sinks` or `source-outputs`; None where the server does not answer."""
    try:
        found: list[dict[str, Any]] = json.loads(_pactl("--format=json", "list", kind))
    except (subprocess.SubprocessError, OSError, ValueError):
        return None
    return found


def default(kind: str) -> str:
    """The id of the default `source` or `sink`; "" where there is none."""
    try:
        return _pactl(f"get-default-{kind}").strip()
    except (subprocess.SubprocessError, OSError):
        return ""


def tell(*words: str) -> bool:
    """Have the server do something; whether it did."""
    try:
        _pactl(*words)
    except (subprocess.SubprocessError, OSError):
        return False
    return True


def mend(source: str) -> bool:
    """Unmute a source, wake it, and turn it up to its full volume; whether the server did it."""
    orders = (("set-source-mute", source, "0"), ("set-source-volume", source, "100%"), ("suspend-source", source, "0"))
    done = [tell(*words) for words in orders]  # each is tried, whatever came of the one before
    return all(done)


def volume(of: dict[str, Any]) -> float:
    """That of the loudest channel of a device or stream as it is listed; 1 is full."""
    return max((int(each["value"]) / 65_536 for each in of["volume"].values()), default=1.0)


def rate(of: dict[str, Any]) -> int:
    """At how many Hz a device runs ("s16le 1ch 8000Hz"); 0 where that is not said."""
    found = re.search(r"(\d+) ?Hz", str(of.get("sample_specification", "")))
    return int(found[1]) if found else 0


class Watch:
    """What the server says of the stream by which this process records (`kind` source) or plays (sink).

    `condition` is the newest; None: nothing is known. `wanted` is the id of the device that was asked for; "" the one at which
    the stream is found first.
    """

    def __init__(self, wanted: str, kind: Literal["source", "sink"] = "source") -> None:
        self.condition: Condition | None = None
        self._wanted = wanted
        self._kind = kind
        self._returns = RETURNS
        self._over = threading.Event()
        self._news: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._follow, name="sound server watch", daemon=True)

    def start(self) -> None:
        """Begin, once the stream is open."""
        with contextlib.suppress(OSError):
            self._news = subprocess.Popen(["pactl", "subscribe"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._thread.start()

    def stop(self) -> None:
        """End it, and the program that it listens to."""
        self._over.set()
        if self._news is not None:
            self._news.terminate()
        if self._thread.ident is not None:
            self._thread.join()
        if self._news is not None:
            self._news.wait()
            if self._news.stdout is not None:
                self._news.stdout.close()

    def _follow(self) -> None:
        looks = list(FIRST_LOOKS)
        begun = looked = time.monotonic()
        while not self._over.is_set():
            due = begun + looks[0] if looks else looked + LOOK_SECONDS
            if self._something_new(max(0.0, due - time.monotonic())) or time.monotonic() >= due:
                looks = [each for each in looks if begun + each > time.monotonic()]
                self._look()
                looked = time.monotonic()

    def _something_new(self, timeout: float) -> bool:
        """Wait for news of microphones; also true when the time is over. Its end (the server is gone) is waited out."""
        news = self._news.stdout if self._news else None
        if news is None or self._news is None or self._news.poll() is not None:
            self._over.wait(timeout)
            return True
        if not select.select([news], [], [], timeout)[0]:
            return True
        told = os.read(news.fileno(), 65_536).decode(errors="replace")
        return any(f"on {word}" in told for word in (self._kind, "server", "card"))

    def _look(self) -> None:
        streams, devices = listed(_STREAMS[self._kind]), listed(f"{self._kind}s")
        if streams is None or devices is None:
            self.condition = None
            return
        me = str(os.getpid())
        own = [each for each in streams if each["properties"].get("application.process.id") == me]
        by_index = {each["index"]: each for each in devices}
        if not own or own[-1][self._kind] not in by_index:
            return
        stream, device = own[-1], by_index[own[-1][self._kind]]
        self._wanted = self._wanted or device["name"]
        self.condition = _condition(stream, device, self._wanted)
        if not self.condition.chosen and self._returns and any(each["name"] == self._wanted for each in devices):
            self._returns -= 1
            tell(_MOVES[self._kind], str(stream["index"]), self._wanted)


def _condition(stream: dict[str, Any], device: dict[str, Any], wanted: str) -> Condition:
    return Condition(
        device=device["name"],
        name=device["description"],
        chosen=device["name"] == wanted,
        monitor=device["properties"].get("device.class") == "monitor",
        muted=bool(device["mute"] or stream["mute"]),
        suspended=device["state"] == "SUSPENDED",
        volume=volume(device) * volume(stream),
        rate=rate(device),
    )


def _pactl(*words: str) -> str:
    return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True, timeout=ASK_SECONDS).stdout
