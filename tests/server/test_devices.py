"""Enrolling once, and proving with every call to be that computer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from stamp_desktop.server import admin, schema
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.protocol import Roster
from stamp_desktop.sync.transport import DeviceKeys, Line, Refused
from stamp_desktop.sync.words import Refusal
from tests.content.small import SmallPackage
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house

ROSTER = "/v1/roster?cursor="


@dataclass
class WrongClock(SystemClock):
    """The computer's clock, off by so much."""

    by_ms: int

    def wall_ms(self) -> int:
        return super().wall_ms() + self.by_ms


def refusal(answer: requests.Response) -> Refusal:
    return Refusal.decode(answer.content)


def test_a_code_enrols_one_computer(
    tmp_path: Path, small: SmallPackage, server: ServerProcess, new_code: Callable[[], str]
) -> None:
    code = new_code()
    first, second = LabComputer(tmp_path / "a", small), LabComputer(tmp_path / "b", small)
    device = first.enrol(server.url, code.lower().replace("-", " "))
    with pytest.raises(Refused) as refused:
        second.enrol(server.url, code)
    assert refused.value.code == "code-used"
    assert first.enrol(server.url, code).id == device.id, "the answer may have got lost: the same computer may ask again"


def test_an_unknown_code_enrols_nobody(tmp_path: Path, small: SmallPackage, server: ServerProcess) -> None:
    with pytest.raises(Refused) as refused:
        LabComputer(tmp_path / "a", small).enrol(server.url, "AAAA-BBBB-CCCC")
    assert refused.value.code == "code-unknown"


def test_a_code_grows_old(tmp_path: Path, small: SmallPackage, server: ServerProcess, new_code: Callable[[], str]) -> None:
    code = new_code()

    def age(house: object) -> None:

        with house.store.writing() as connection:  # type: ignore[attr-defined]
            connection.execute(
                update(schema.enrolment_code).where(schema.enrolment_code.c.device.is_(None)).values(expires_ms=1)
            )

    in_house(server.data, age)
    with pytest.raises(Refused) as refused:
        LabComputer(tmp_path / "a", small).enrol(server.url, code)
    assert refused.value.code == "code-expired"


def test_a_call_without_a_signature_is_refused(server: ServerProcess) -> None:
    answer = requests.get(server.url + ROSTER, timeout=10)
    assert (answer.status_code, refusal(answer).code) == (401, "signature-missing")


def test_a_signature_of_another_key_is_refused(computer: LabComputer) -> None:
    device = computer.device()
    with (
        Line(device.server_url, computer.clock, device.id, Ed25519PrivateKey.generate()) as line,
        pytest.raises(Refused) as refused,
    ):
        line.call("GET", ROSTER)
    assert (refused.value.status, refused.value.code) == (401, "signature-wrong")


def test_a_signature_does_not_pass_for_another_call(computer: LabComputer, server: ServerProcess) -> None:
    with computer.line() as line:
        prepared = line.prepared("GET", ROSTER, b"", {})
    header = {"Authorization": str(prepared.headers["Authorization"])}
    assert requests.get(server.url + ROSTER, headers=header, timeout=10).status_code == 200
    for method, target, body in (("GET", f"{ROSTER}1", b""), ("GET", ROSTER, b"x"), ("PUT", "/v1/sessions/s-1", b"")):
        answer = requests.request(method, server.url + target, data=body, headers=header, timeout=10)
        assert (answer.status_code, refusal(answer).code) == (401, "signature-wrong")


@pytest.mark.parametrize("by_ms", [-86_400_000, 6 * 60_000])
def test_a_computer_whose_clock_is_wrong_delivers_all_the_same(computer: LabComputer, facts: DemoFacts, by_ms: int) -> None:
    wrong = replace(computer, clock=WrongClock(by_ms))
    with wrong.line() as line:
        roster = line.call("GET", ROSTER).read(Roster)
    assert facts.closed in roster.groups


def test_a_recorded_call_is_useless_later(computer: LabComputer, server: ServerProcess) -> None:
    wrong = replace(computer, clock=WrongClock(-6 * 60_000))
    with wrong.line() as line:
        prepared = line.prepared("GET", ROSTER, b"", {})
    answer = requests.get(server.url + ROSTER, headers=dict(prepared.headers), timeout=10)
    assert (answer.status_code, refusal(answer).code) == (401, "clock")
    server_ms = refusal(answer).more["server_ms"]
    assert isinstance(server_ms, int)
    assert abs(server_ms - time.time() * 1000) < 60_000


def test_a_revoked_computer_is_refused(computer: LabComputer, server: ServerProcess) -> None:
    in_house(server.data, lambda house: admin.revoke(house, computer.device().id))
    with computer.line() as line, pytest.raises(Refused) as refused:
        line.call("GET", ROSTER)
    assert (refused.value.status, refused.value.code) == (403, "device-revoked")


def test_a_computer_that_the_server_does_not_know_is_told_so(computer: LabComputer, server: ServerProcess) -> None:
    own = DeviceKeys.kept(computer.keys)
    assert own is not None
    with Line(server.url, computer.clock, "nobody", own.signing) as line, pytest.raises(Refused) as refused:
        line.call("GET", ROSTER)
    assert refused.value.code == "device-unknown"


def test_a_refused_head_says_why_in_its_header(computer: LabComputer) -> None:
    wrong = replace(computer, clock=WrongClock(86_400_000))
    with wrong.line() as line, pytest.raises(Refused) as refused:
        line.call("HEAD", "/v1/recordings/none", headers={"Tus-Resumable": "1.0.0"})
    assert (refused.value.status, refused.value.code) == (404, "recording-unknown")
