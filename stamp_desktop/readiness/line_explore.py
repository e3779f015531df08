"""Going the way to a server once, and noting what was met on it: how long each step took, who vouches for whom, who answers."""

import http.client
import secrets
import socket
import time
from dataclasses import dataclass, field, replace

from stamp_desktop.readiness.line_facts import LineMeasurement, Trust
from stamp_desktop.readiness.line_way import (
    Answer,
    StoppedError,
    Way,
    addresses,
    asked,
    calling,
    connected,
    host_answers,
    issuer_name,
    opened,
    secured,
    shown_proxy,
    way_of,
)
from stamp_desktop.sync.probe import PING, Pinged
from stamp_desktop.sync.protocol import PREFIX, Delegation, Health, Introduction, Proof, ServerKeys
from stamp_desktop.sync.trust import fingerprint, followed, issuer_of
from stamp_desktop.sync.words import decode, unb64, verified
from stamp_desktop.trouble import Trouble

AWAY = frozenset({301, 302, 303, 307, 308, 511})


@dataclass(frozen=True, slots=True)
class Expected:
    """The server that this computer is enrolled at. Empty where it is not: then a server's own certificate proves nothing.

    `pinned`: whether its signing key has to have issued the certificate. `issuer`: a part of the issuer's name, where the
    server has an authority's certificate and the inspecting proxy of a network may have another that is trusted here as well.
    """

    server: str = ""
    signing_key: bytes = field(default=b"", repr=False)
    pinned: bool = False
    issuer: str = ""


NOBODY = Expected()


@dataclass(slots=True)
class _Trip:
    """What is known so far; `made` is the connection on which the next step goes on."""

    found: LineMeasurement
    way: Way
    expected: Expected
    made: socket.socket | None = None
    met: bytes = b""
    connection: http.client.HTTPConnection | None = None

    def note(self, **facts: object) -> None:
        self.found = replace(self.found, **facts)  # type: ignore[arg-type]  # names and types are those of the record


def explore(url: str, expected: Expected = NOBODY) -> tuple[LineMeasurement, Way | None]:
    """What was met, and the way with what is to be trusted on it; None where it ends, which `obstacle` then says."""
    try:
        way = way_of(url)
    except StoppedError as stopped:
        return LineMeasurement(url, "", 0, obstacle=stopped.obstacle), None
    found = LineMeasurement(url, way.host, way.port, proxy=shown_proxy(way.proxy), asked_server=expected.server)
    trip = _Trip(found, replace(way, checked=way.tls and bool(expected.server) and not expected.pinned), expected)
    try:
        for step in (_name, _port, _tls, _trust, _server, _probes):
            step(trip)
    except StoppedError as stopped:
        trip.note(obstacle=stopped.obstacle)
        return trip.found, None
    finally:
        for each in (trip.connection, trip.made):
            if each:
                each.close()
    return trip.found, trip.way


def _name(trip: _Trip) -> None:
    began = time.monotonic()
    found = addresses(*trip.way.first)
    trip.note(addresses=tuple(found), name_ms=_ms(began))


def _port(trip: _Trip) -> None:
    began = time.monotonic()
    try:
        trip.made = connected(trip.way)
    except StoppedError as stopped:
        at = stopped.obstacle
        if at.cause == "port-blocked" and (other := host_answers(trip.way.host)):
            trip.note(notes=(*trip.found.notes, f"The host answers at port {other}."))
        raise
    trip.note(connect_ms=_ms(began))


def _tls(trip: _Trip) -> None:
    if trip.made is None:
        raise RuntimeError("the step before makes the connection")
    began = time.monotonic()
    trip.made, trip.met = secured(trip.made, trip.way)
    if trip.met:
        trip.note(tls_ms=_ms(began), issuer=issuer_name(trip.met))
    trip.connection = calling(trip.way, trip.made)


def _trust(trip: _Trip) -> None:
    key, expected = issuer_of(trip.met) if trip.met else b"", trip.expected
    trust: Trust
    if not trip.way.tls:
        trust = "open"
    elif expected.pinned:
        if not key:
            raise StoppedError("tls", "intercepted", f"the certificate is by {issuer_name(trip.met)}")
        trust = "pinned" if key == expected.signing_key else _vouched(trip, key)
        if not trust:
            raise StoppedError("tls", "intercepted", f"the certificate is another server's, {fingerprint(key)}")
    elif key:
        trust = "unproved"
    else:
        trust = "authority"
        if not trip.way.checked:  # nobody is pinned: then it is for the authorities, as it is for the tests' own calls
            trip.way = replace(trip.way, checked=True)
            opened(trip.way).close()
        if expected.issuer not in trip.found.issuer:
            raise StoppedError("tls", "intercepted", f"the certificate is by {trip.found.issuer}, not by {expected.issuer}")
    trip.way = replace(trip.way, key=key)
    trip.note(trust=trust, fingerprint=fingerprint(key) if key else "")


def _vouched(trip: _Trip, key: bytes) -> Trust:
    """Whether the pinned key's word leads here: to the room's hub, or to the server's newer key. `key` b"": without TLS."""
    nonce, pinned = secrets.token_hex(16), trip.expected.signing_key
    try:
        said = decode(Introduction, _ask(trip, f"{PREFIX}/hub?nonce={nonce}").body)
        word = verified(Delegation, said.delegation, pinned)
        proof = verified(Proof, said.proof, unb64(word.signing_key))
        if (proof.hub, proof.nonce) == (word.hub, nonce) and key in {b"", unb64(word.signing_key)}:
            return "hub"
    except Trouble:
        pass
    try:
        newer = followed(pinned, decode(ServerKeys, _ask(trip, f"{PREFIX}/identity").body).announced)
    except Trouble:
        return ""
    return "pinned" if newer and key in {b"", unb64(newer[-1].signing_key)} else ""


def _server(trip: _Trip) -> None:
    answer = _ask(trip, f"{PREFIX}/health")
    try:
        health = decode(Health, answer.body)
    except Trouble:
        raise _stranger(answer, proxied=bool(trip.way.proxy)) from None
    trip.note(server=health.server)
    wanted = trip.expected
    if wanted.server and health.server != wanted.server and trip.found.trust not in {"hub", "pinned"}:
        trust = _vouched(trip, b"") if wanted.signing_key else ""
        if not trust:
            raise StoppedError("server", "other-server", f"it says to be {health.server[:40]}")
        trip.note(trust=trip.found.trust if trust == "pinned" else trust)


def _stranger(answer: Answer, *, proxied: bool) -> StoppedError:
    """Somebody else has answered: who?"""
    page = "html" in answer.content_type.lower() or answer.body.lstrip()[:1] == b"<"
    shown = answer.body[:60].decode("latin-1").strip()
    said = f"status {answer.status}, {answer.content_type or 'no type'}, {answer.location or shown!r}"
    if answer.status == 407 or (proxied and answer.status >= 400 and page):
        return StoppedError("proxy", "proxy-refuses", said)
    if answer.status in AWAY or (page and answer.status < 400):
        return StoppedError("server", "captive", said)
    return StoppedError("server", "not-a-server", said)


def _probes(trip: _Trip) -> None:
    """The server's clock, and whether the line can be measured there."""
    began = time.monotonic()
    answer = _ask(trip, PING)
    took, now = time.monotonic() - began, time.time()
    if answer.status == 404:
        raise StoppedError("probes", "no-probes", "status 404")
    try:
        pinged = decode(Pinged, answer.body)
    except Trouble:
        raise StoppedError("probes", "lying", f"status {answer.status}, no answer to a probe") from None
    if pinged.server != trip.found.server:
        raise StoppedError("probes", "lying", "two servers answer in turn")
    trip.note(clock_ms=pinged.server_ms - (now - took / 2) * 1000)


def _ask(trip: _Trip, path: str) -> Answer:
    """On a connection of its own where the one before was closed."""
    if trip.connection is None or trip.connection.sock is None:
        trip.connection = calling(trip.way)
    return asked(trip.connection, trip.way, "GET", path)


def _ms(began: float) -> float:
    return (time.monotonic() - began) * 1000
