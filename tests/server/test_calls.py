"""What the server says of itself, what it says to strangers, and its commands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from stamp_desktop.content.keys import keys_path, save_keys, save_publisher_key
from stamp_desktop.server import cli
from stamp_desktop.server.admin import read_roster
from stamp_desktop.server.demo import DemoFacts, seed_demo
from stamp_desktop.server.house import open_house
from stamp_desktop.server.settings import Settings
from stamp_desktop.sync.protocol import LARGEST_BODY, Health
from stamp_desktop.sync.transport import Refused
from stamp_desktop.sync.words import Refusal, decode
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, watched


def test_health_is_for_everybody(server: ServerProcess) -> None:
    answer = requests.get(f"{server.url}/v1/health", timeout=10)
    assert decode(Health, answer.content).status == "ok"


def test_every_call_is_on_the_openapi_page(server: ServerProcess) -> None:
    page = requests.get(f"{server.url}/openapi.json", timeout=10).json()
    assert {"/v1/devices", "/v1/roster", "/v1/recordings", "/v1/sessions/{session}/events"} <= page["paths"].keys()
    asked = page["paths"]["/v1/sessions/{session}/events"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asked["$ref"].rpartition("/")[2] in page["components"]["schemas"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/nothing", 404), ("DELETE", "/v1/health", 405), ("GET", "/", 404)]
)
def test_an_unknown_call_is_refused_in_the_same_words(server: ServerProcess, method: str, path: str, status: int) -> None:
    answer = requests.request(method, server.url + path, timeout=10)
    assert answer.status_code == status
    assert Refusal.decode(answer.content).what


def test_a_message_that_is_too_large_is_refused(server: ServerProcess) -> None:
    answer = requests.post(f"{server.url}/v1/devices", data=bytes(LARGEST_BODY + 1), timeout=10)
    assert (answer.status_code, Refusal.decode(answer.content).code) == (413, "too-large")


def test_a_missing_parameter_is_refused_in_the_same_words(computer: LabComputer) -> None:
    with computer.line() as line, pytest.raises(Refused) as refused:
        line.call("GET", "/v1/packages/a/b/keys")
    assert (refused.value.status, refused.value.code) == (400, "words-unknown")


def test_the_servers_keys_are_its_users_alone(server: ServerProcess) -> None:
    assert (server.data / "identity.json").stat().st_mode & 0o077 == 0


def test_package_keys_do_not_lie_in_the_clear(server: ServerProcess, small: SmallPackage) -> None:
    for path in server.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert small.keys.answers not in content
            assert small.keys.answers.hex().encode() not in content


def test_a_demonstration_is_set_up_once(tmp_path: Path, small: SmallPackage) -> None:
    house = open_house(Settings(tmp_path))
    first = seed_demo(house, small.path, small.keys, small.trusted[0])
    second = seed_demo(house, small.path, small.keys, small.trusted[0])
    house.close()
    assert first.closed == second.closed
    assert first.enrolment_code != second.enrolment_code
    assert len(first.logins) == 8


def test_data_of_a_newer_server_is_left_alone(tmp_path: Path) -> None:
    house = open_house(Settings(tmp_path))
    with house.store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    house.close()
    with pytest.raises(Trouble) as refused:
        open_house(Settings(tmp_path))
    assert refused.value.code == "program-too-old"


def test_a_roster_is_read_as_a_spreadsheet_writes_it() -> None:
    people = read_roster('\ufeffFirst,Last,Login\r\nZoe\u0308,"O\'Brien, Jr.", zoe \r\n')
    assert [(each.first, each.last, each.login) for each in people] == [("Zo\u00eb", "O'Brien, Jr.", "zoe")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,login\n", "first,last,login"),
        ("first,last,login\na,b,\nc,d,e\nf,g,E\nh,i,j,k\n", "line 2"),
        ("", "first,last,login"),
    ],
)
def test_a_faulty_roster_is_refused_as_a_whole(text: str, said: str) -> None:
    with pytest.raises(Trouble) as refused:
        read_roster(text)
    assert refused.value.code == "roster-unfit"
    assert said in refused.value.advice.what


def test_all_faults_of_a_roster_are_named_at_once() -> None:
    with pytest.raises(Trouble) as refused:
        read_roster("first,last,login\na,b,\nc,d,e\nf,g,E\nh,i,j,k\n")
    assert [f"line {number}" in refused.value.advice.what for number in (2, 3, 4, 5)] == [True, False, True, True]


def test_a_server_is_set_up_and_looked_at_by_commands(
    tmp_path: Path, small: SmallPackage, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> str:
        assert cli.main([*map(str, words), "--data", str(tmp_path / "data")]) == 0
        return capsys.readouterr().out.strip()

    package, publisher = tmp_path / "small.stamp", tmp_path / "publisher.pem"
    package.write_bytes(small.path.read_bytes())
    save_keys(keys_path(package), small.keys)
    public = save_publisher_key(publisher, small.signing_key)
    assert "is ready" in run("init")
    organization = run("org", "add", "Riverside")
    school = run("school", "add", organization, "High School")
    name, version, _ = run("package", "add", package, "--publisher", public).split()
    window = ("--opens", "2026-01-01T08:00+01:00", "--ends", "2099-01-01T08:00+01:00")
    group = run("group", "add", school, "Period 3", "--package", name, version, "--code", "RIVER", *window, "--seats", 30)
    roster = tmp_path / "roster.csv"
    roster.write_text("first,last,login\nAna,Diaz,ana\nBo,Li,bo\n", "utf-8")
    assert run("roster", "import", group, roster) == "2 test takers"
    run("roster", "remove", group, "bo")
    assert len(run("code", "new", organization)) == 14
    assert run("sessions") == ""
    assert cli.main(["school", "add", "nowhere", "X", "--data", str(tmp_path / "data")]) == 1
    assert "organization-unknown" in capsys.readouterr().err


def test_a_session_is_shown_and_its_recording_exported(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: object, tmp_path: Path
) -> None:
    seated = computer.seat("shown", facts.closed, form, login="shown").sit()  # type: ignore[arg-type]
    with watched(computer) as courier:
        courier.wait_for(lambda said: "shown" in said.receipts)
    run = [sys.executable, "-m", "stamp_desktop.server"]
    where = ["--data", str(server.data)]
    shown = subprocess.run([*run, "session", "show", "shown", *where], capture_output=True, check=True)
    assert json.loads(shown.stdout)["login"] == "shown"
    name = seated.book.recordings()[0].id
    out = tmp_path / "answer.flac"
    subprocess.run([*run, "recording", "export", name, "-o", str(out), *where], capture_output=True, check=True)
    assert out.read_bytes()[:4] == b"fLaC"
    assert "shown" in subprocess.run([*run, "sessions", *where], capture_output=True, check=True, text=True).stdout
