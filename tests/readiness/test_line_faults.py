"""Each thing that can stand between a computer and its server is put there on purpose, and found by its name."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stamp_desktop.readiness.line import Plan, measure
from stamp_desktop.readiness.line_checks import IDS, line_checks
from stamp_desktop.readiness.line_explore import Expected
from stamp_desktop.readiness.line_facts import Cause, LineMeasurement, Step
from stamp_desktop.readiness.line_flow import Times
from stamp_desktop.readiness.line_turn import NONE, Asking
from stamp_desktop.server.identity import identity
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.probe import TURNS, Turn, TurnWish
from stamp_desktop.sync.transport import Line
from stamp_desktop.sync.words import encode
from tests import server_process, shaped
from tests.far import far_server, iperf, iperf_mbit, measured
from tests.readiness.strangers import PORTAL, answering, authority, listening, proxy, puzzled, silent
from tests.server_process import ServerProcess

QUICK = Plan(Times(warm=0.2, counted=0.6, slow=0.6), idle_seconds=0.2, asking=Asking(own=True, patience=NONE))
SHAPES = (shaped.Shape(20, 10, rtt_ms=80), shaped.Shape(20, 20, rtt_ms=30, loss=0.01, congestion="bbr"))
ALONE = replace(QUICK, flows=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A real server under TLS."""
    process = server_process.start(tmp_path_factory.mktemp("line"), options=("--tls",))
    yield process
    process.stop()


@pytest.fixture
def enrolled(server: ServerProcess) -> Expected:
    own = identity(server.data / "identity.json")
    return Expected(own.id, own.public, pinned=True)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def stopped(found: LineMeasurement, step: Step, cause: Cause) -> None:
    assert found.obstacle
    assert (found.obstacle.step, found.obstacle.cause) == (step, cause), found.obstacle.detail
    checks = {check.id: check for check in line_checks(found, None, 1)}
    assert checks[IDS[step]].verdict in {"warn", "fail"}
    assert checks[IDS[step]].remedy


def test_a_free_way_is_measured_from_end_to_end(server: ServerProcess, enrolled: Expected) -> None:
    said: list[str] = []
    found = measure(server.url, lambda what, _: said.append(what), enrolled, QUICK)
    assert found.obstacle is None
    assert found.trust == "pinned"
    assert found.down
    assert found.up
    assert min(found.down.mbit, found.up.mbit) > 0
    assert found.clock_ms is not None
    assert list(dict.fromkeys(said)) == ["way", "idle", "down", "up"]
    assert not [check for check in line_checks(found, None, 1) if check.verdict == "fail"]


def test_its_turn_is_given_back(server: ServerProcess, enrolled: Expected) -> None:
    for _ in range(2):
        assert measure(server.url, expected=enrolled, plan=QUICK).unmeasured == ""


def test_a_computer_that_is_not_enrolled_is_shown_the_fingerprint(server: ServerProcess) -> None:
    found = measure(server.url, plan=ALONE)
    assert (found.trust, found.fingerprint) == ("unproved", identity(server.data / "identity.json").fingerprint)


def test_an_address_that_is_none() -> None:
    for address in (
        "stamp.example.org",
        "ftp://stamp.example",
        "https://[::1",
        "https://stamp.example:x",
        "https://größe.example",
    ):
        stopped(measure(address), "address", "address-unfit")


def test_a_name_that_nobody_knows() -> None:
    found = measure("https://no-such-name.invalid:8440")
    assert found.obstacle
    assert found.obstacle.step == "name"


def test_a_port_at_which_nobody_listens() -> None:
    with listening(silent) as port:
        pass
    stopped(measure(f"https://127.0.0.1:{port}"), "port", "port-closed")


def test_a_sign_in_page_of_the_network() -> None:
    pages = (
        answering("200 OK", "text/html", PORTAL),
        answering("302 Found", "text/plain", "", "Location: http://10.0.0.1/login"),
    )
    for page in pages:
        with listening(page) as port:
            stopped(measure(f"http://127.0.0.1:{port}"), "server", "captive")


def test_a_sign_in_page_where_tls_is_expected() -> None:
    with listening(puzzled) as port:
        stopped(measure(f"https://127.0.0.1:{port}"), "tls", "not-tls")


def test_a_server_that_is_none_of_ours() -> None:
    with listening(answering("200 OK", "application/json", '{"status": "fine"}')) as port:
        stopped(measure(f"http://127.0.0.1:{port}"), "server", "not-a-server")


def test_a_server_that_lies_about_probes() -> None:
    health = '{"protocol":1,"server":"abc","server_ms":1,"status":"ok"}'
    with listening(answering("200 OK", "application/json", health)) as port:
        stopped(measure(f"http://127.0.0.1:{port}"), "probes", "lying")


def test_a_server_that_never_answers() -> None:
    with listening(silent) as port:
        stopped(measure(f"http://127.0.0.1:{port}"), "server", "silent")


def test_another_server_than_ones_own(server: ServerProcess, tmp_path: Path) -> None:
    other = identity(tmp_path / "identity.json")
    stopped(measure(server.url, expected=Expected(other.id, other.public, pinned=True)), "tls", "intercepted")


def test_a_proxy_that_looks_inside(
    server: ServerProcess, enrolled: Expected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(proxy(inside=authority(tmp_path))) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        found = measure(server.url, expected=enrolled)
    stopped(found, "tls", "intercepted")
    assert "Inspection of School Net" in found.issuer
    assert found.proxy == f"http://127.0.0.1:{port}"


def test_a_certificate_that_no_authority_vouches_for(tmp_path: Path) -> None:
    context = authority(tmp_path)

    def talk(made: object) -> None:
        with context.wrap_socket(made, server_side=True) as safe:  # type: ignore[arg-type]  # a socket, as `listening` gives it
            silent(safe)

    with listening(talk) as port:
        stopped(measure(f"https://localhost:{port}"), "tls", "untrusted")
        stopped(measure(f"https://localhost:{port}", expected=Expected("abc")), "tls", "untrusted")


def test_a_proxy_that_lets_through(server: ServerProcess, enrolled: Expected, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    with listening(proxy(seen=seen)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{port}")
        found = measure(server.url, expected=enrolled, plan=ALONE)
    assert (found.obstacle, found.trust) == (None, "pinned")
    assert set(seen) == {server.url.removeprefix("https://")}
    assert "secret" not in found.proxy


def test_a_proxy_that_refuses_and_one_that_is_away(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(proxy(status="407 Proxy Authentication Required")) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        stopped(measure(server.url), "proxy", "proxy-refuses")
    stopped(measure(server.url), "proxy", "proxy-away")


def test_while_another_computer_measures_nothing_is_measured(server: ServerProcess, enrolled: Expected) -> None:
    with Line(server.url, SystemClock(), pinned=enrolled.signing_key) as line:
        taken = line.call("POST", TURNS, encode(TurnWish, TurnWish("SEAT-04", "Room 7"))).read(Turn).id
        found = measure(server.url, expected=enrolled, plan=replace(QUICK, asking=Asking("SEAT-05", "Room 7", patience=NONE)))
        line.call("DELETE", f"{TURNS}/{taken}")
    assert found.obstacle is None
    assert found.idle is None
    assert "SEAT-04 measures" in found.unmeasured
    checks = {check.id: check for check in line_checks(found, None, 1)}
    assert {checks[name].verdict for name in ("line.up", "line.latency", "line.loss")} == {"skipped"}


@pytest.fixture
def _shapes() -> None:
    if why := shaped.missing("iperf3"):
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)


@pytest.mark.usefixtures("_shapes")
def test_a_firewall_before_the_port(tmp_path: Path) -> None:
    with shaped.shaped(shaped.Shape(50, 50, rtt_ms=10)) as line, far_server(line, tmp_path) as server:
        line.router.run(*["ip", "rule", "add", "priority", "10", "iif", "near", "ipproto", "tcp", "dport", "8440", "blackhole"])
        found = measured(line.near, server, "idle")
    stopped(found, "port", "port-blocked")
    assert found.notes == ("The host answers at port 443.",)


@pytest.mark.usefixtures("_shapes")
@pytest.mark.parametrize("shape", SHAPES if os.environ.get("STAMP_SOAK") else SHAPES[:1], ids=str)
def test_rates_are_those_that_iperf3_finds(shape: shaped.Shape, tmp_path: Path) -> None:
    """The short form of `make bench-readiness`, which holds to 5 % and 8 % for ten seconds on a computer of its own.

    Three seconds beside other tests tell a line from another one, and a client that counts its own writes from the receiver.
    """
    with shaped.shaped(shape) as line, far_server(line, tmp_path) as server, iperf(line.far):
        down = iperf_mbit(line.near, down=True, seconds=3, warm=1)
        found = measured(line.near, server, "short")
        up = iperf_mbit(line.near, down=False, seconds=3, warm=1)
    assert found.obstacle is None
    assert found.down
    assert found.up
    assert found.idle
    assert found.down.mbit == pytest.approx(down, rel=0.4)
    assert found.up.mbit == pytest.approx(up, rel=0.4)
    assert max(found.down.mbit / shape.goodput(shape.down), found.up.mbit / shape.goodput(shape.up)) < 1.4
    assert found.idle.median >= shape.rtt_ms
    assert (found.loaded_ms or 0) > found.idle.median
