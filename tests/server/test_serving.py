"""How the server meets the world: TLS by its own key, pinned at the stations; several processes that act as one; figures."""

import base64
import hashlib
import json
import re
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests

from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin, cli, identity, tls
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.settings import Settings, keep_settings
from stamp_desktop.storage import vault
from stamp_desktop.storage.station import Station
from stamp_desktop.sync import prepare, upload
from stamp_desktop.sync.protocol import Events, Health, Roster, wire_event
from stamp_desktop.sync.transport import Broken, Line, Refused
from stamp_desktop.sync.trust import fingerprint, followed, issuer_of
from stamp_desktop.sync.words import Refusal, decode, encode, unb64
from stamp_desktop.trouble import Trouble
from tests import server_process
from tests.content.small import SmallPackage
from tests.server.backends import Cluster
from tests.server.test_recordings import piece_headers
from tests.server.test_sessions import begun
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, Seated, in_house, seeded, watched

PIECES = 24


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """These tests choose their server themselves."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture
def protected(tmp_path: Path, small: SmallPackage) -> Iterator[ServerProcess]:
    """A server with TLS, and a district of its own."""
    folder = tmp_path / "protected"
    seeded(folder, small)
    process = server_process.start(folder, options=("--tls",))
    yield process
    if process.process.poll() is None:
        process.stop()


def code_of(server: ServerProcess) -> str:
    code: str = in_house(
        server.data, lambda house: admin.new_code(house, admin.organization_of(house, admin.groups(house)[0].id))
    )
    return code


def shown(server: ServerProcess) -> str:
    """The fingerprint that whoever runs the server reads out."""
    said: str = in_house(server.data, lambda house: house.identity.fingerprint)
    return said


def enrolled(computer: LabComputer, server: ServerProcess, proof: str) -> LabComputer:
    station = Station(computer.folders.station)
    try:
        prepare.enrol(station, computer.keys, server.url, code_of(server), "Seat 1", computer.clock, proof)
    finally:
        station.close()
    return computer


def test_a_computer_is_enrolled_by_the_fingerprint_and_pins_the_server(
    protected: ServerProcess, tmp_path: Path, small: SmallPackage
) -> None:
    computer = enrolled(LabComputer(tmp_path / "c", small), protected, shown(protected).lower().replace("-", " "))
    assert computer.device().server_pinned
    with computer.line() as line:
        assert line.call("GET", "/v1/roster?cursor=").read(Roster).groups


def test_without_the_right_fingerprint_nobody_is_enrolled_and_the_code_stays_unused(
    protected: ServerProcess, tmp_path: Path, small: SmallPackage
) -> None:
    computer = LabComputer(tmp_path / "c", small)
    for proof, code in (("", "server-unproved"), ("AAAA-BBBB-CCCC-DDDD", "server-other")):
        with pytest.raises(Trouble) as refused:
            enrolled(computer, protected, proof)
        assert refused.value.code == code
        assert shown(protected) in str(refused.value)
    with pytest.raises(Trouble) as refused:
        enrolled(computer, replace(protected, url="http://server.example:8440"), "")
    assert refused.value.code == "line-open"


def test_another_server_at_the_same_address_gets_nothing(protected: ServerProcess, tmp_path: Path, small: SmallPackage) -> None:
    computer = enrolled(LabComputer(tmp_path / "c", small), protected, shown(protected))
    protected.stop()
    other = tmp_path / "other"
    seeded(other, small)
    impostor = server_process.start(other, protected.port, ("--tls",))
    with computer.line() as line, pytest.raises(Broken):
        line.call("GET", "/v1/health")
    impostor.stop()


def test_an_idle_line_does_not_hold_up_a_server_that_is_asked_to_end(protected: ServerProcess) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", protected.port)) as plain, context.wrap_socket(plain) as line:
        line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(2**16).startswith(b"HTTP/1.1 200")
        protected.stop()  # which waits, and never hears a goodbye from here
    log = (protected.data / "server.log").read_text()
    assert protected.process.returncode in {0, -signal.SIGTERM}
    assert "timeout graceful shutdown exceeded" not in log


def test_a_server_whose_keys_were_changed_is_followed_and_every_test_arrives(
    protected: ServerProcess, tmp_path: Path, small: SmallPackage, form: Form
) -> None:
    computer = enrolled(LabComputer(tmp_path / "c", small), protected, shown(protected))
    group = in_house(protected.data, admin.groups)[0]
    before = computer.seat("before", group, form, login="before")
    first = computer.device()
    protected.stop()
    for _ in range(2):
        assert cli.main(["identity", "rotate", "--data", str(protected.data)]) == 0
    protected.start_again()
    before.sit()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "before" in said.receipts)
    now = computer.device()
    assert now.server_signing_key != first.server_signing_key
    assert fingerprint(now.server_signing_key) == shown(protected)
    after = computer.seat("after", group, form, login="after").sit()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "after" in said.receipts)
    assert after.book is not None


def test_new_keys_count_only_when_the_old_ones_announced_them(tmp_path: Path) -> None:
    first = identity.identity(tmp_path / "a")
    second = identity.rotate(tmp_path / "a", 1)
    third = identity.rotate(tmp_path / "a", 2)
    stranger = identity.identity(tmp_path / "b")
    found = followed(first.public, third.announced)
    assert [unb64(each.signing_key) for each in found] == [second.public, third.public]
    assert followed(second.public, third.announced) == found[1:]
    assert followed(stranger.public, third.announced) == ()
    assert followed(first.public, third.announced[1:]) == (), "a step is missing"
    changed = replace(third.announced[0], text=third.announced[0].text.replace(second.id, stranger.id))
    assert followed(first.public, [changed, third.announced[1]]) == ()
    purpose = "stamp-test-1"
    for old in (first, second, third):
        sealed = vault.seal_to(old.sealing.public_key().public_bytes_raw(), b"secret", purpose)
        assert third.open(sealed, purpose) == b"secret"


def test_the_certificate_is_renewed_when_it_has_to_be_and_only_then(tmp_path: Path) -> None:
    own, day = identity.identity(tmp_path / "i"), 86_400_000

    def at(now_ms: int, *names: str, who: identity.Identity = own) -> bytes:
        return tls.certificate(tmp_path / "tls", who, names, now_ms).chain.read_bytes()

    first = at(0, "server", "10.0.0.1")
    assert issuer_of(ssl.PEM_cert_to_DER_cert(first.decode())) == own.public
    assert at(100 * day, "server") == first
    assert at(500 * day, "server") != (first)
    second = at(500 * day, "server")
    assert at(500 * day, "other") != second
    third = at(500 * day, "other")
    assert at(500 * day, "other", who=identity.rotate(tmp_path / "i", 1)) != third
    assert (tmp_path / "tls" / "server.key").stat().st_mode & 0o077 == 0
    assert issuer_of(b"nonsense") == b""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--host", "192.0.2.1", "--no-tls"), "line-open"),
        (("--workers", "2"), "workers-unfit"),
        (("--host", "192.0.2.1"), "address-taken"),
        (("--objects", "http://bucket"), "objects-unfit"),
        (("--database", "mysql://a/b"), "database-unfit"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: str
) -> None:
    assert cli.main(["serve", "--data", str(tmp_path / "data"), "--port", "0", *options]) == 1
    said = capsys.readouterr()
    assert said.err.strip().endswith(f"[{code}]")
    assert said.out == ""


def test_a_folder_without_a_server_is_not_made_one_by_looking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sessions", "--data", str(tmp_path / "typo")]) == 1
    assert "no-server" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


@pytest.fixture(scope="module")
def many(
    tmp_path_factory: pytest.TempPathFactory, small: SmallPackage, request: pytest.FixtureRequest
) -> Iterator[ServerProcess]:
    """Three worker processes on PostgreSQL behind one address."""
    cluster: Cluster = request.getfixturevalue("cluster")
    folder = tmp_path_factory.mktemp("many")
    keep_settings(Settings(folder, cluster.new_database()))
    seeded(folder, small)
    process = server_process.start(folder, options=("--workers", "3", "--metrics", "127.0.0.1:0", "--log", "json"))
    yield process
    if process.process.poll() is None:
        process.stop()


@pytest.fixture
def taking(many: ServerProcess, tmp_path: Path, small: SmallPackage, form: Form) -> Seated:
    computer = LabComputer(tmp_path / "computer", small)
    computer.enrol(many.url, code_of(many))
    group = in_house(many.data, admin.groups)[0]
    seated = computer.seat(f"s-{tmp_path.name}", group, form, login=tmp_path.name)
    with computer.line() as line:
        begun(line, seated)
    return seated


def together(count: int, work: list[object], call: Callable[[int], object]) -> None:
    """`call(number)` in so many threads that start at once; what each returns or raises goes into `work`."""
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        try:
            work.append(call(number))
        except Refused as refused:
            work.append(refused)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_events_at_several_processes_at_once_are_stored_once(many: ServerProcess, taking: Seated) -> None:
    taking.start_of_test()
    rows = taking.book.rows()
    events = Events(taking.book.about.epoch, 1, rows[0].prev_hash.hex(), tuple(map(wire_event, rows)), rows[-1].hash.hex())
    answers: list[object] = []

    def send(_: int) -> tuple[int, bool]:
        with taking.computer.line() as line:
            said = json.loads(line.call("POST", f"/v1/sessions/{taking.session}/events", encode(Events, events)).body)
            return said["acked_through"], said["fork"]

    together(8, answers, send)
    assert answers == [(rows[-1].seq, False)] * 8
    row = next(each for each in in_house(many.data, admin.sessions) if each.id == taking.session)
    assert (row.events, row.forked, row.alarms) == (len(rows), False, ())


def test_the_same_piece_at_several_processes_at_once_is_taken_once(many: ServerProcess, taking: Seated) -> None:
    name = f"r-{taking.session}"
    taking.say(name, seconds=8)
    recording = taking.computer.folders.session(taking.session).recording(name).read_bytes()
    said = {"session": taking.session, "recording": name, "sha256": hashlib.sha256(recording).hexdigest()}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(recording)), "Upload-Metadata": metadata}
    places: list[object] = []

    def create(_: int) -> str:
        with taking.computer.line() as line:
            return line.call("POST", "/v1/recordings", headers=headers).headers["Location"]

    together(6, places, create)
    assert len(set(map(str, places))) == 1, "one place, however many asked at once"
    where, at, step = str(places[0]), 0, -(-len(recording) // PIECES)
    while at < len(recording):
        answers: list[object] = []
        piece = recording[at : at + step]

        def send(number: int, at: int = at, piece: bytes = piece) -> int:
            part = piece[: max(1, len(piece) - number)]  # each another length: only one of them can be the next
            with taking.computer.line() as line:
                return line.call("PATCH", where, part, piece_headers(part, at)).number("Upload-Offset")

        together(3, answers, send)
        taken = [each for each in answers if isinstance(each, int)]
        assert len(taken) == 1, answers
        assert all(each.code == "offset-other" for each in answers if isinstance(each, Refused))
        at = taken[0]
    path = in_house(
        many.data, lambda house: house.objects.file(f"recordings/{taking.session}/{name}.{said['sha256'][:16]}.rec")
    )
    assert path.read_bytes() == recording


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(many: ServerProcess, taking: Seated) -> None:
    taking.sit()
    children = [each for each in psutil.Process(many.process.pid).children() if "spawn_main" in " ".join(each.cmdline())]
    assert len(children) == 3
    with watched(taking.computer) as courier:
        courier.wait_for(lambda said: said.events_waiting > 0 or bool(said.receipts))
        children[0].kill()
        courier.wait_for(lambda said: taking.session in said.receipts)
    row = next(each for each in in_house(many.data, admin.sessions) if each.id == taking.session)
    assert (row.events, row.state, row.alarms) == (taking.book.head().seq, "sealed", ())


def test_the_figures_are_those_of_all_processes_and_name_nobody(many: ServerProcess, taking: Seated) -> None:
    log = (many.data / "server.log").read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    where = next(line["said"].removeprefix("Metrics at ") for line in lines if line["said"].startswith("Metrics at "))

    def health() -> float:
        page = requests.get(where, timeout=30).text
        assert taking.session not in page
        assert taking.computer.device().id not in page
        found = re.search(r'stamp_calls_total\{call="GET /v1/health",status="200"\} ([\d.]+)', page)
        return float(found[1]) if found else 0.0

    before = health()
    for _ in range(20):
        requests.get(f"{many.url}/v1/health", timeout=30)
    assert health() == before + 20
    assert {"at", "level", "logger", "process", "said"} <= lines[-1].keys()


def test_a_server_is_ready_only_when_its_database_answers(many: ServerProcess, cluster: Cluster, tmp_path: Path) -> None:
    assert decode(Health, requests.get(f"{many.url}/v1/ready", timeout=30).content).status == "ok"
    folder = tmp_path / "data"
    url = cluster.new_database()
    keep_settings(Settings(folder, url))
    server = server_process.start(folder)
    cluster.drop(url)
    answer = requests.get(f"{server.url}/v1/ready", timeout=60)
    assert (answer.status_code, Refusal.decode(answer.content).code) == (503, "database-away")
    assert answer.headers["Retry-After"] == "10"
    assert requests.get(f"{server.url}/v1/health", timeout=30).status_code == 200
    server.stop()


def test_uploads_beyond_the_slots_are_told_when_to_come_back(tmp_path: Path, small: SmallPackage, form: Form) -> None:
    folder = tmp_path / "data"
    facts: DemoFacts = seeded(folder, small)
    server = server_process.start(folder, options=("--uploads", "1"))
    computer = LabComputer(tmp_path / "computer", small)
    computer.enrol(server.url, facts.enrolment_code)
    seated = computer.seat("slots", facts.closed, form, login="slots")
    with begun(computer.line(), seated) as line:
        wheres = []
        for name in ("one", "two"):
            seated.say(name, seconds=2)
            recording = computer.folders.session("slots").recording(name).read_bytes()
            wheres.append((_created(line, "slots", name, recording), recording))
        (first, content), (second, other) = wheres
        line.call("PATCH", first, content[:1000], piece_headers(content[:1000], 0))
        for method, body, headers in (
            ("HEAD", b"", {"Tus-Resumable": "1.0.0"}),
            ("PATCH", other[:10], piece_headers(other[:10], 0)),
        ):
            with pytest.raises(Refused) as refused:
                line.call(method, second, body, headers)
            assert (refused.value.status, refused.value.code) == (503, "uploads-full")
            assert 1 <= refused.value.retry_after <= 120
        rest = content[1000:]
        line.call("PATCH", first, rest, piece_headers(rest, 1000))
        assert line.call("PATCH", second, other, piece_headers(other, 0)).number("Upload-Offset") == len(other)
        upload.send_events(line, seated.book, lambda: None)
    server.stop()


def _created(line: Line, session: str, name: str, recording: bytes) -> str:
    said = {"session": session, "recording": name, "sha256": hashlib.sha256(recording).hexdigest()}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(recording)), "Upload-Metadata": metadata}
    return line.call("POST", "/v1/recordings", headers=headers).headers["Location"]
