"""The server, greeted once: is it there, is it ours, and how far is this computer's clock from its clock.

A sign-in page that answers 200 with HTML, a wrong certificate and a refused line are findings; nothing here is an error.
"""

from dataclasses import dataclass
from typing import Final

import requests

from stamp_desktop.readiness.check import Check, Verdict
from stamp_desktop.readiness.words import span
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.station import Device
from stamp_desktop.sync.protocol import PREFIX, Health
from stamp_desktop.sync.signing import TOLERANCE_MS
from stamp_desktop.sync.transport import Broken, Line, Offline, met_key
from stamp_desktop.sync.ways import key_at
from stamp_desktop.trouble import Trouble

WARN_SECONDS: Final = 60.0
FAIL_SECONDS: Final = TOLERANCE_MS / 1000
"""Beyond it a request is refused until its time is corrected, and the times in a journal say little."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """`skew` in seconds: how far this computer is ahead of the server, as well as `round_trip` lets one know."""

    skew: float | None = None
    round_trip: float = 0.0
    trouble: Trouble | None = None


def greet(url: str, device: Device | None, clock: Clock) -> Greeting:
    """Ask the server how late it is."""
    try:
        pinned = b""
        if url.startswith("https://"):
            known = device is not None and device.server_url.rstrip("/") == url.rstrip("/")
            pinned = key_at(url, device, clock) if device and known else met_key(url)
        with Line(url, clock, pinned=pinned) as line:
            line.call("GET", f"{PREFIX}/health")  # the first one opens the line, which may take longer one way
            before, wall = clock.mono_ms(), clock.wall_ms()
            said = line.call("GET", f"{PREFIX}/health").read(Health)
            taken = clock.mono_ms() - before
        return Greeting((wall + taken / 2 - said.server_ms) / 1000, taken / 1000)
    except Trouble as trouble:
        return Greeting(trouble=trouble)
    except (requests.RequestException, ValueError) as error:
        return Greeting(trouble=Broken(type(error).__name__))


def server_check(url: str, greeting: Greeting) -> Check:
    """Whether the server answers, and is one."""
    name, title = "line.server", "Server"
    match greeting.trouble:
        case None:
            return Check(
                name, title, "pass", f"Answers in {1000 * greeting.round_trip:.0f} ms.", round(greeting.round_trip, 3), "s"
            )
        case Offline():
            remedy = "Check the address and this computer's network, and let the firewall pass this address and port."
            return Check(name, title, "fail", f"{url} cannot be reached.", remedy=remedy)
        case Broken() as broken:
            said = f"Something answers at {url} that is not this server: {_detail(broken)}."
            remedy = "Sign in to the network in a browser, or have this address excepted from the sign-in page or proxy."
            return Check(name, title, "fail", said, remedy=remedy)
        case trouble:
            return Check(name, title, "fail", trouble.advice.what, remedy=trouble.advice.todo or "Ask whoever runs the server.")


def clock_check(greeting: Greeting) -> Check:
    """How far this computer's clock is off."""
    name, title = "computer.clock", "Clock"
    if greeting.skew is None:
        return Check(name, title, "skipped", "The server was not there to compare with.")
    off = abs(greeting.skew)
    value = round(greeting.skew, 1)
    if off < WARN_SECONDS:
        said = "As the server's" if off < 2 else f"{span(off)} {_side(greeting.skew)} the server"
        return Check(name, title, "pass", said, value, "s", WARN_SECONDS)
    remedy = "Let the system set its clock by the network (timedatectl set-ntp true), and check the time zone."
    verdict: Verdict = "fail" if off > FAIL_SECONDS else "warn"
    return Check(name, title, verdict, f"{span(off)} {_side(greeting.skew)} the server.", value, "s", WARN_SECONDS, remedy)


def no_server() -> tuple[Check, ...]:
    """Nobody named one."""
    said = "No server was named, and this computer is not enrolled."
    return Check("line.server", "Server", "skipped", said), Check("computer.clock", "Clock", "skipped", said)


def _side(skew: float) -> str:
    return "ahead of" if skew > 0 else "behind"


def _detail(trouble: Trouble) -> str:
    meaning = trouble.advice.meaning
    return meaning[meaning.find("(") + 1 : meaning.rfind(")")] if "(" in meaning else "no answer of this server"
