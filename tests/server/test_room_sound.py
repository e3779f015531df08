"""What a proctor can see of the sound in a room: by seat, over time, from facts that came sealed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stamp_desktop.engine.events import Noted
from stamp_desktop.engine.session import Form
from stamp_desktop.server import cli, room_sound
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.room_sound import RoomSound
from stamp_desktop.sync.sound import (
    FindingNoticed,
    MicrophoneChanged,
    MicrophoneMended,
    ResponseHeard,
    RoomHeard,
    SoundFact,
    noted,
    read,
)
from tests.content.small import SmallPackage
from tests.server.test_sessions import begun, send
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, Seated, in_house


def response(code: str = "", noise: float = -60.0) -> ResponseHeard:
    findings = ({"code": code, "severity": "likely_nr", "confidence": 0.9, "spans": [[0.0, 3.0]]},) if code else ()
    return ResponseHeard("p1", "r1", "no" if code else "yes", findings, -27.0, noise, 33.0, 9.0, (), 0.0, 0.1)


@dataclass(slots=True)
class Lab:
    """Seats of one room at one server."""

    server: ServerProcess
    form: Form
    facts: DemoFacts
    folder: Path
    small: SmallPackage
    new_code: Callable[[], str]
    seats: dict[str, Seated] = field(default_factory=dict)

    def tell(self, seat: str, *facts: SoundFact | Noted, after_ms: int = 1000) -> None:
        """A seat's station writes these facts and sends them."""
        if seat not in self.seats:
            computer = LabComputer(self.folder / seat, self.small)
            computer.enrol(self.server.url, self.new_code(), seat)
            login = seat.replace(" ", "-").lower()
            self.seats[seat] = computer.seat(f"room-{login}", self.facts.closed, self.form, login=login)
            self.seats[seat].start_of_test()
        seated = self.seats[seat]
        for fact in facts:
            seated.do(fact if isinstance(fact, Noted) else noted(fact), after_ms)
        send(begun(seated.computer.line(), seated), seated, seated.book.rows())

    def sound(self) -> RoomSound:
        found: RoomSound = in_house(self.server.data, lambda house: room_sound.room(house, self.facts.closed.id))
        return found


@pytest.fixture
def lab(
    server: ServerProcess, form: Form, facts: DemoFacts, tmp_path: Path, small: SmallPackage, new_code: Callable[[], str]
) -> Lab:
    return Lab(server, form, facts, tmp_path, small, new_code)


@pytest.mark.parametrize(
    "fact",
    [
        RoomHeard(-51.2),
        FindingNoticed("r1", "hum", "advice", 2.4),
        MicrophoneChanged("r1", "muted", "USB headset", 1.0),
        MicrophoneMended("", True),
        response("hum"),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_fact_is_read_as_it_was_told(fact: SoundFact) -> None:
    event = noted(fact)
    assert read(Noted(event.code, json.loads(json.dumps(event.detail)))) == fact


@pytest.mark.parametrize(
    "event",
    [
        Noted("sound.room", {}),
        Noted("sound.room", {"noise_dbfs": "loud"}),
        Noted("sound.room", {"noise_dbfs": True}),
        Noted("sound.response", {"findings": "hum"}),
        Noted("sound.mended", {"recording": "", "done": 1}),
        Noted("outcome", {"noise_dbfs": -50.0}),
    ],
)
def test_what_is_no_such_fact_is_left_out(event: Noted) -> None:
    assert read(event) is None


def test_a_newer_station_may_tell_more() -> None:
    assert read(Noted("sound.room", {"noise_dbfs": -50, "spectrum": []})) == RoomHeard(-50)


def test_the_room_is_seen_by_seat_and_over_time(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.tell("Seat 11", RoomHeard(-61.0), response())
    lab.tell("Seat 12", RoomHeard(-58.0), FindingNoticed("r1", "hum", "advice", 2.4), response("hum"))
    lab.tell("Seat 13", MicrophoneChanged("r1", "muted", "USB", 1.0), MicrophoneMended("r1", True))
    lab.tell("Seat 13", MicrophoneChanged("r1", "ok", "USB", 1.0), Noted("sound.response", {"broken": 1}))
    lab.tell("Seat 14")
    found = {seat.seat: seat for seat in lab.sound().seats}
    assert [found[f"Seat {number}"].health for number in (11, 12, 13, 14)] == ["ok", "bad", "ok", "unknown"]
    assert [found[f"Seat {number}"].noise_dbfs for number in (11, 12, 14)] == [-60.0, -60.0, None]
    assert [finding["code"] for finding in found["Seat 12"].responses[0].findings] == ["hum"]
    said = [each.text for each in lab.sound().happened]
    assert said.count("Seat 12 hums") == 1
    assert [text for text in said if "13" in text] == [
        "Seat 13 has a muted microphone",
        "Seat 13 was turned on and up",
        "Seat 13 has its microphone back in order",
    ]
    words = ["room", lab.facts.closed.test_code, "--data", str(lab.server.data)]
    assert cli.main(words) == 0
    assert "Seat 12 hums" in capsys.readouterr().out
    assert cli.main([*words, "--json"]) == 0
    assert {seat["seat"] for seat in json.loads(capsys.readouterr().out)["seats"]} >= set(found)
    assert cli.main(["room", "nowhere", "--data", str(lab.server.data)]) == 1
    assert "group-unknown" in capsys.readouterr().err


def test_noise_at_several_seats_within_a_minute_is_the_room(lab: Lab) -> None:
    for seat in ("Seat 21", "Seat 22", "Seat 23"):
        lab.tell(seat, FindingNoticed("r1", "loud_background", "advice", 4.0))
    loud = [each for each in lab.sound().happened if each.code == "loud_room"]
    assert len(loud) == 1
    assert loud[0].seat == ""
    assert loud[0].text.startswith("the room got loud at ")
