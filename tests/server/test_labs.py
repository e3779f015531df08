"""Reports of readiness at the server: from computers and logins, by site, within a reach, within bounds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from stamp_desktop.readiness.check import Check, Report, encode
from stamp_desktop.server import admin, labs, logins, schema
from stamp_desktop.server.cli import main
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.sync.console import LabsInReach, ReadinessNoted, SignedIn, SignIn
from stamp_desktop.sync.transport import Refused
from stamp_desktop.sync.words import decode
from stamp_desktop.sync.words import encode as words
from tests.readiness.labs import lab_of
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house

PASSWORD = "correct horse battery"
SCHOOL = "Riverside High School"
pytestmark = pytest.mark.parametrize("data", ["embedded"], indirect=True, scope="module")
WELL = Check("computer.disk", "Disk", "pass", "61 GB free.")
POOR = Check("computer.disk", "Disk", "fail", "1 GB free.", remedy="Make room.")


def report(facts: DemoFacts, computer: str = "lab-001", check: Check = WELL, **changed: object) -> Report:
    """A computer of room 214, checked for the test of the closed group."""
    test = f"{facts.closed.package_id} {facts.closed.package_version}"
    made = replace(lab_of(1)[0], computer=computer, room="214", site=SCHOOL, packages=(test,), checks=(check,))
    return replace(made, **changed)  # type: ignore[arg-type]


def send(computer: LabComputer, said: Report) -> ReadinessNoted:
    with computer.line() as line:
        return line.call("POST", "/v1/readiness", encode(said).encode()).read(ReadinessNoted)


def token(server: ServerProcess, name: str) -> dict[str, str]:
    said = requests.post(f"{server.url}/v1/sign-in", data=words(SignIn, SignIn(name, PASSWORD)), timeout=30)
    return {"Authorization": f"Bearer {decode(SignedIn, said.content).token}"}


def test_a_computer_sends_its_report_and_a_coordinator_sees_the_room(
    server: ServerProcess, computer: LabComputer, facts: DemoFacts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    district = in_house(server.data, lambda house: admin.organization_of(house, facts.closed.id))
    in_house(server.data, lambda house: logins.add(house, "coordinator", PASSWORD, organization=district))
    assert send(computer, report(facts)).verdict == "pass"
    assert send(computer, report(facts)).verdict == "pass"  # the answer got lost: nothing is counted twice
    send(computer, report(facts, "lab-002", POOR, limit=22))
    asked = requests.get(f"{server.url}/v1/labs", headers=token(server, "coordinator"), timeout=30)
    found = decode(LabsInReach, asked.content)
    (room,) = (each for each in found.rooms if each.room == "214")
    assert (room.site, room.ready, room.not_ready, room.limit) == (SCHOOL, 1, 1, 22)
    window = next(each for each in found.windows if each.group == facts.closed.id)
    assert (window.state, window.ready, window.seats) == ("not ready", 1, facts.closed.seats)
    assert main(["readiness", "--data", str(server.data), "--html", str(tmp_path / "lab.html")]) == 0
    assert f"{SCHOOL} 214: 1 ready, 0 to mend, 1 not ready, the line holds 22" in capsys.readouterr().out
    assert "lab-002" in (tmp_path / "lab.html").read_text(encoding="utf-8")
    assert main(["readiness", "--data", str(server.data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rooms"]
    page = requests.get(f"{server.url}/v1/labs/page", headers=token(server, "coordinator"), timeout=30)
    assert "lab-002" in page.text


def test_a_login_uploads_within_its_reach_and_sees_nothing_beyond(server: ServerProcess, facts: DemoFacts) -> None:
    in_house(server.data, lambda house: logins.add(house, "teacher", PASSWORD, group=facts.open.id))
    by = token(server, "teacher")
    own = requests.post(f"{server.url}/v1/labs", data=encode(report(facts, "own", room="9")), headers=by, timeout=30)
    assert own.status_code == 201
    other = requests.post(f"{server.url}/v1/labs", data=encode(report(facts, site="Elsewhere")), headers=by, timeout=30)
    assert other.status_code == 404
    seen = decode(LabsInReach, requests.get(f"{server.url}/v1/labs", headers=by, timeout=30).content)
    assert {room.site for room in seen.rooms} == {SCHOOL}
    assert requests.get(f"{server.url}/v1/labs", timeout=30).status_code == 401


def test_what_is_no_report_is_refused_and_nothing_is_kept(computer: LabComputer, facts: DemoFacts) -> None:
    whole = encode(report(facts))
    large = json.dumps(json.loads(whole) | {"room": "x" * 300_000})
    for said, status in (
        ("", 422),
        ("[]", 422),
        (whole.replace('"value": null', '"value": 1e999'), 422),
        (json.dumps(json.loads(whole) | {"taken": 1e15}), 422),
        (json.dumps(json.loads(whole) | {"room": "x" * 300}), 422),
        (json.dumps(json.loads(whole) | {"room": "\u0000"}), 422),
        (large, 413),
    ):
        with computer.line() as line, pytest.raises(Refused) as refused:
            line.call("POST", "/v1/readiness", said.encode())
        assert refused.value.status == status, said[:80]


def test_a_computer_may_not_flood_the_server(computer: LabComputer, server: ServerProcess, facts: DemoFacts) -> None:
    for at in range(labs.A_MINUTE["device"]):
        send(computer, report(facts, f"flood-{at}", site="Flood"))
    with pytest.raises(Refused) as refused:
        send(computer, report(facts, "flood-more", site="Flood"))
    assert (refused.value.code, refused.value.status) == ("reports-later", 429)
    kept = in_house(server.data, lambda house: [each.computer for each in labs.all_reports(house, "flood")])
    assert "flood-more" not in kept
    assert len(kept) == labs.A_MINUTE["device"]


def test_a_room_is_ready_with_a_ready_computer_for_each_seat_and_a_line_that_holds_them(facts: DemoFacts) -> None:
    test = f"{facts.closed.package_id} {facts.closed.package_version}"
    window = labs.Window("g", "Group", SCHOOL, test, 0, 1, 2)
    warned = Check("computer.clock", "Clock", "warn", "Off.", remedy="Set it.")
    for checks, limit, state in (
        ((WELL, WELL), 0, "ready"),
        ((WELL, WELL), 2, "ready"),
        ((WELL, WELL), 1, "not ready"),
        ((WELL, warned), 0, "to mend"),
        ((WELL, POOR), 0, "not ready"),
    ):
        made = [report(facts, f"c{at}", check, limit=limit) for at, check in enumerate(checks)]
        assert [each.state for each in labs.labs(made, [window]).windows] == [state]
    assert labs.labs([report(facts, packages=("other 1",))], [window]).windows == ()


def test_the_last_few_reports_of_a_computer_are_kept(server: ServerProcess, computer: LabComputer, facts: DemoFacts) -> None:
    assert schema.readiness.c.taken_ms.primary_key
    for at in range(3):
        send(computer, report(facts, "again", site="Often", taken=1_790_000_000.0 + at, group=10 + at))
    (newest,) = in_house(server.data, lambda house: labs.all_reports(house, "Often"))
    assert newest.group == 12
