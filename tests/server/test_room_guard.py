"""What a proctor can see of the kiosks in a room: each finding, by seat, and what became of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stamp_desktop.engine.events import Noted
from stamp_desktop.engine.session import Form
from stamp_desktop.server import cli
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.room_guard import as_text
from stamp_desktop.server.room_guard import guard as guard_of
from tests.content.small import SmallPackage
from tests.server.test_room_sound import Lab
from tests.server_process import ServerProcess
from tests.sync.lab import in_house

BEGAN = Noted("guard.began", {"severity": "inform", "grade": "A", "policy": "ab" * 32, "signed_by": "the administrator"})
LOGGER = Noted("guard.key-logger", {"severity": "pause", "at_ms": 5, "subject": "xinput 7", "pid": 7})
FALSE = Noted("guard.unlocked", {"by": "proctor's PIN", "code": "key-logger", "false_alarm": True})
HIDDEN = Noted("guard.exam-hidden", {"severity": "warn", "subject": "unmapped"})


@pytest.fixture
def lab(
    server: ServerProcess, form: Form, facts: DemoFacts, tmp_path: Path, small: SmallPackage, new_code: Callable[[], str]
) -> Lab:
    return Lab(server, form, facts, tmp_path, small, new_code)


def test_each_finding_reaches_the_proctor_with_what_became_of_it(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.tell("Seat 11", BEGAN, LOGGER, FALSE, HIDDEN, Noted("journal_mended"))
    lab.tell("Seat 12", LOGGER)
    room = in_house(lab.server.data, lambda house: guard_of(house, lab.facts.closed.id))
    assert room.waiting == ("Seat 12",)
    seat = [(line.code, line.severity, line.false_alarm) for line in room.lines if line.seat == "Seat 11"]
    wanted = [("began", "", False), ("key-logger", "pause", False), ("unlocked", "", True), ("exam-hidden", "warn", False)]
    assert seat == wanted
    text = as_text(room)
    assert "paused: Seat 12" in text
    assert "goes on after key-logger: proctor's PIN, a false alarm" in text
    assert "grade A, policy abababababab of the administrator" in text
    words = ["guard", lab.facts.closed.id, "--json", "--data", str(lab.server.data)]
    assert cli.main(words) == 0
    assert len(json.loads(capsys.readouterr().out)["lines"]) == 5


def test_a_group_that_there_is_none_of_is_said(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["guard", "NONE-1", "--data", str(lab.server.data)]) == 1
    assert "group-unknown" in capsys.readouterr().err
