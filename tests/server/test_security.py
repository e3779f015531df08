"""What strangers, former computers and thieves get: nothing. Every call of the OpenAPI page is tried."""

import base64
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.house import House
from stamp_desktop.sync import upload
from stamp_desktop.sync.probe import DOWN, PING, TURNS, UP
from stamp_desktop.sync.transport import DeviceKeys, Line
from stamp_desktop.sync.words import Refusal
from tests.content.small import SmallPackage
from tests.server.test_recordings import created
from tests.server_process import ServerProcess
from tests.sync.lab import RATE, LabComputer, Seated, in_house, watched

PUBLIC = {
    ("get", "/v1/health"),
    ("get", "/v1/ready"),
    ("get", "/v1/identity"),
    ("get", "/v1/hub"),
    ("post", "/v1/devices"),
    ("post", "/v1/sign-in"),
    ("options", "/v1/recordings"),
}
PUBLIC |= {("get", PING), ("post", TURNS), ("get", DOWN), ("post", UP)}
PUBLIC |= {("put", f"{TURNS}/{{turn}}"), ("delete", f"{TURNS}/{{turn}}")}
"""Measuring a line comes before a computer is enrolled; it shows nothing and is rationed."""

CONSOLE = {("post", "/v1/sign-out"), ("get", "/v1/groups"), ("get", "/v1/groups/{group}/sessions")}
CONSOLE |= {("get", "/v1/labs"), ("post", "/v1/labs"), ("get", "/v1/labs/page")}
CONSOLE |= {("post", "/v1/sessions/{session}/unlock")}
SHARED = {("get", "/v1/roster"): ("groups", "entries"), ("get", "/v1/unlocks"): ("tickets",)}
"""Calls of every computer, each with an answer of its own: lists that are empty where there is nothing of it."""
ESSAY = "Hola, me llamo Ana."
"""What `Sitter.write_all` submits."""


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    target: str


@pytest.fixture
def routes(server: ServerProcess, seated: Seated, facts: DemoFacts) -> list[Route]:
    """Every call of the page, aimed at things of this computer that are there."""
    seated.start_of_test()
    seated.say("rec-1", seconds=1)
    recording = seated.computer.folders.session(seated.session).recording("rec-1").read_bytes()
    with seated.computer.line() as line:
        computer = seated.computer
        upload.begin(line, computer.device(), computer.line_of(seated.session), seated.book)
        upload.send_events(line, seated.book, lambda: None)
        where = created(line, seated.session, "rec-1", recording)
    names = {
        "device": computer.device().id,
        "session": seated.session,
        "upload": where.rpartition("/")[2],
        "group": facts.closed.id,
    }
    names |= {"turn": "0" * 32, "package": facts.closed.package_id, "version": facts.closed.package_version}
    page = requests.get(f"{server.url}/openapi.json", timeout=30).json()
    found = []
    for path, calls in page["paths"].items():
        for method in calls:
            target = re.sub(r"\{(\w+)\}", lambda name: names[name[1]], path)
            found.append(Route(method, path, target + (f"?group={facts.closed.id}" if path.endswith("/keys") else "")))
    return found


def guarded(routes: list[Route]) -> list[Route]:
    return [route for route in routes if (route.method, route.path) not in PUBLIC | CONSOLE]


def answer(line: Line | None, server: ServerProcess, route: Route) -> requests.Response:
    headers = {"Tus-Resumable": "1.0.0"}
    if line is None:
        return requests.request(route.method, server.url + route.target, headers=headers, timeout=30)
    prepared = line.prepared(route.method.upper(), route.target, b"", headers)
    return requests.request(route.method, server.url + route.target, headers=dict(prepared.headers), timeout=30)


def code(said: requests.Response) -> str:
    if said.request.method == "HEAD":
        raw = said.headers["Stamp-Refusal"]
        return Refusal.decode(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))).code
    return Refusal.decode(said.content).code


def test_every_call_but_the_public_ones_refuses_a_stranger(server: ServerProcess, routes: list[Route]) -> None:
    assert len(guarded(routes)) >= 9
    for route in guarded(routes):
        said = answer(None, server, route)
        assert (said.status_code, code(said)) == (401, "signature-missing"), route
    for route in [each for each in routes if (each.method, each.path) in CONSOLE]:
        assert answer(None, server, route).status_code == 401, route
    assert {(each.method, each.path) for each in routes} >= PUBLIC | CONSOLE


def test_every_call_refuses_a_computer_that_was_revoked(server: ServerProcess, seated: Seated, routes: list[Route]) -> None:
    in_house(server.data, lambda house: admin.revoke(house, seated.computer.device().id))
    with seated.computer.line() as line:
        for route in guarded(routes):
            said = answer(line, server, route)
            assert (said.status_code, code(said)) == (403, "device-revoked"), route


def test_every_call_refuses_another_computers_key(server: ServerProcess, seated: Seated, routes: list[Route]) -> None:
    device = seated.computer.device()
    with Line(server.url, seated.computer.clock, device.id, Ed25519PrivateKey.generate()) as line:
        for route in guarded(routes):
            said = answer(line, server, route)
            assert (said.status_code, code(said)) == (401, "signature-wrong"), route


def test_every_call_refuses_another_districts_computer_what_is_not_its_own(
    server: ServerProcess, routes: list[Route], tmp_path: Path, small: SmallPackage
) -> None:
    def code_elsewhere(house: House) -> str:
        return admin.new_code(house, admin.add_organization(house, "Elsewhere"))

    stranger = LabComputer(tmp_path / "stranger", small)
    stranger.enrol(server.url, in_house(server.data, code_elsewhere))
    with stranger.line() as line:
        for route in guarded(routes):
            said = answer(line, server, route)
            if own := SHARED.get((route.method, route.path)):
                assert [said.json()[name] for name in own] == [[]] * len(own)
            elif route.method in {"put", "post", "patch"}:
                assert 400 <= said.status_code < 500, route
            else:
                assert said.status_code == 404, route


def test_a_device_signature_opens_no_console(server: ServerProcess, seated: Seated, routes: list[Route]) -> None:
    with seated.computer.line() as line:
        for route in [each for each in routes if (each.method, each.path) in CONSOLE]:
            assert answer(line, server, route).status_code == 401, route


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def test_a_stolen_disk_shows_neither_answers_nor_keys(server: ServerProcess, seated: Seated, small: SmallPackage) -> None:
    """Of the station and of the server, write-ahead logs included, while both run; the keys' own files are told apart."""
    seated.sit()
    own = DeviceKeys.kept(seated.computer.keys)
    assert own is not None
    identity = in_house(server.data, lambda house: house.identity)
    with watched(seated.computer) as courier:
        courier.wait_for(lambda said: seated.session in said.receipts)
    hidden = {
        "an answer": ESSAY.encode(),
        "an answer in UTF-16": ESSAY.encode("utf-16-le"),
        "speech": random.Random(seated.book.recordings()[0].id).randbytes(2 * RATE)[:64],
        "the session's key": seated.key.raw,
        "the package's content key": small.keys.content,
        "the answer key": small.keys.answers,
    }
    servers_own = {
        "the signing key": identity.signing.private_bytes_raw(),
        "the sealing key": identity.sealing.private_bytes_raw(),
    }
    stations_own = {"the signing key": own.signing.private_bytes_raw(), "the sealing key": own.sealing.private_bytes_raw()}
    for folder, keys, but in (
        (server.data, servers_own, "identity.json"),
        (seated.computer.root, stations_own, "keys"),
    ):
        looked = 0
        for path, content in contents(folder):
            if but in path.relative_to(folder).parts:
                assert path.stat().st_mode & 0o077 == 0, path
                continue
            looked += 1
            for what, secret in (hidden | keys).items():
                assert secret not in content, f"{what} in {path}"
                assert secret.hex().encode() not in content, f"{what} (hex) in {path}"
        assert looked >= 5
    assert all(seated.key.raw not in content for _, content in contents(seated.computer.root / "keys")), "destroyed at the seal"
