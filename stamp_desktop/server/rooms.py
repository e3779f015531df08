"""The verbs of `stamp-server` about a room's hub and about what comes by hand, as lines for the terminal."""

import argparse
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from random import SystemRandom

from stamp_desktop.server.forward import Forwarder, Forwarding
from stamp_desktop.server.house import House
from stamp_desktop.server.imports import take
from stamp_desktop.server.mirror import become_hub, refresh, upstream_line
from stamp_desktop.server.upstream import Above
from stamp_desktop.sync.found import Announcement
from stamp_desktop.sync.protocol import Receipt
from stamp_desktop.sync.trust import LOOPBACK
from stamp_desktop.sync.words import Signed, decode, encode


def hub_enrol(house: House, asked: argparse.Namespace) -> Iterator[str]:
    upstream = become_hub(house, asked.data, asked.upstream, asked.code, asked.name or socket.gethostname(), asked.fingerprint)
    hub = replace(house, above=Above(upstream))
    with closing(upstream_line(hub)) as line:
        refresh(hub, line)
    yield f"This computer is the hub {upstream.name} of {upstream.url}. Start it: stamp-server serve --data {asked.data}"


def hub_refresh(house: House, _: argparse.Namespace) -> Iterator[str]:
    with closing(upstream_line(house)) as line:
        refresh(house, line)
        waiting = Forwarder(house, house.clock, SystemRandom()).round(line)
    yield f"Roster, tests and computers are as the server has them; {waiting} sessions wait to be forwarded."


def bring_in(house: House, asked: argparse.Namespace) -> Iterator[str]:
    taken = take(house, asked.file)
    yield f"{taken.login}: {taken.events} events, {taken.recordings} recordings, session {taken.session}"
    if taken.fork:
        yield "The test went on at two computers; both lines are kept."
    if taken.receipt.text:
        yield f"Received: {decode(Receipt, taken.receipt.text.encode()).number}"
        if asked.receipt:
            asked.receipt.write_bytes(encode(Signed, taken.receipt))


@contextmanager
def as_hub(house: House, host: str, port: int, scheme: str, *, silent: bool) -> Iterator[None]:
    """While it serves, a hub forwards, and lets the room's computers find it."""
    if house.upstream is None:
        yield
        return
    forwarding = Forwarding(house, SystemRandom(), lambda _: None)
    forwarding.start()
    try:
        if host in LOOPBACK or silent:
            yield
        else:
            interfaces = () if host in {"0.0.0.0", "::"} else (host,)  # noqa: S104 (what was asked for)
            with Announcement(house.upstream.name, house.server.id, port, scheme, interfaces):
                yield
    finally:
        forwarding.stop()
