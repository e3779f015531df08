"""Preparing a computer: roster by increments, packages whole or not at all, keys when their time has come."""

import base64
import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.content.reader import open_package
from stamp_desktop.server import admin
from stamp_desktop.server.admin import NewGroup, Person
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.house import House
from stamp_desktop.storage.station import Station
from stamp_desktop.sync.prepare import Preparation
from stamp_desktop.sync.protocol import Group
from stamp_desktop.sync.transport import Broken, Line, Offline, Refused
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house


def known(computer: LabComputer) -> tuple[set[str], dict[str, set[str]]]:
    station = computer.station()
    try:
        groups = [Group(**facts) for facts in station.groups()]
        return {each.test_code for each in groups}, {
            each.test_code: {facts["login"] for facts in station.roster(each.id)} for each in groups
        }
    finally:
        station.close()


def test_a_prepared_computer_has_all_it_needs_without_a_network(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, small: SmallPackage
) -> None:
    computer.refresh()
    server.stop()
    codes, logins = known(computer)
    assert codes == {"RIVER-1", "RIVER-2", "RIVER-3", "RIVER-4"}
    assert logins["RIVER-1"] == set(facts.logins)
    assert logins["RIVER-2"] == set()
    station = computer.station()
    [package] = station.packages()
    station.close()
    assert package.verified
    assert computer.keys.get(f"package/{package.id}/{package.version}") == small.keys.content + small.keys.answers
    opened = open_package(computer.folders.packages / package.path, small.trusted, small.keys)
    assert opened.hash == package.hash == facts.closed.package_hash


def test_the_roster_comes_by_increments(computer: LabComputer, server: ServerProcess, facts: DemoFacts) -> None:
    computer.refresh()

    def change(house: House) -> None:
        admin.import_roster(house, facts.closed.id, [Person("New", "One", "new"), Person("Lin", "Chang", "lin")])
        admin.remove_from_roster(house, facts.closed.id, "diego")

    in_house(server.data, change)
    computer.refresh()
    assert known(computer)[1]["RIVER-1"] == (set(facts.logins) | {"new"}) - {"diego"}
    station = computer.station()
    assert {each["last"] for each in station.roster(facts.closed.id) if each["login"] == "lin"} == {"Chang"}
    cursor = station.roster_cursor()
    computer.refresh()
    assert station.roster_cursor() == cursor, "nothing new: nothing sent"
    station.close()


def test_a_long_roster_comes_in_parts(computer: LabComputer, server: ServerProcess, facts: DemoFacts) -> None:
    people = [Person("P", str(number), f"p{number}") for number in range(2_500)]
    in_house(server.data, lambda house: admin.import_roster(house, facts.open.id, people))
    computer.refresh()
    assert len(known(computer)[1]["RIVER-2"]) == 2_500


def test_a_computer_learns_nothing_of_another_organization(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts
) -> None:
    def other(house: House) -> Group:
        organization = admin.add_organization(house, "Elsewhere")
        school = admin.add_school(house, organization, "School")
        window = (facts.closed.opens_ms, facts.closed.ends_ms)
        new = NewGroup(school, "G", facts.closed.package_id, facts.closed.package_version, "OTHER", *window, 5, "open")
        return admin.add_group(house, new)

    group = in_house(server.data, other)
    computer.refresh()
    assert "OTHER" not in known(computer)[0]
    with computer.line() as line, pytest.raises(Refused) as refused:
        line.call("GET", f"/v1/packages/{group.package_id}/{group.package_version}/keys?group={group.id}")
    assert refused.value.status == 404


@pytest.mark.parametrize(("which", "code"), [("later", "window-not-open"), ("over", "window-over")])
def test_keys_are_given_only_when_their_time_has_come(computer: LabComputer, facts: DemoFacts, which: str, code: str) -> None:
    group: Group = getattr(facts, which)
    with computer.line() as line, pytest.raises(Refused) as refused:
        line.call("GET", f"/v1/packages/{group.package_id}/{group.package_version}/keys?group={group.id}")
    assert (refused.value.status, refused.value.code) == (403, code)
    assert computer.keys.get(f"package/{group.package_id}/{group.package_version}") is None


@pytest.mark.parametrize("have", [1, 1000, -1, 0])
def test_a_download_goes_on_where_it_stopped(computer: LabComputer, facts: DemoFacts, small: SmallPackage, have: int) -> None:
    computer.folders.make()
    whole = small.path.read_bytes()
    part = computer.folders.packages / f"{facts.closed.package_hash}.part"
    part.write_bytes(whole[:have] if have else whole)
    computer.refresh()
    assert part.with_suffix(".stamp").read_bytes() == whole
    assert not part.exists()


def test_a_download_that_was_spoiled_is_refused_and_fetched_anew(computer: LabComputer, facts: DemoFacts) -> None:
    computer.folders.make()
    part = computer.folders.packages / f"{facts.closed.package_hash}.part"
    part.write_bytes(b"spoiled" * 20)
    with pytest.raises(Trouble) as refused:
        computer.refresh()
    assert refused.value.code.startswith("package-")
    computer.refresh()
    assert part.with_suffix(".stamp").exists()


def test_a_package_that_was_damaged_here_is_fetched_again(computer: LabComputer, facts: DemoFacts, small: SmallPackage) -> None:
    computer.refresh()
    file = computer.folders.packages / f"{facts.closed.package_hash}.stamp"
    file.write_bytes(file.read_bytes()[:-9])
    computer.refresh()
    assert file.read_bytes() == small.path.read_bytes()


def test_a_package_of_an_unknown_publisher_is_not_taken(computer: LabComputer) -> None:
    station = computer.station()
    strangers = [Ed25519PrivateKey.generate().public_key()]
    with pytest.raises(Trouble) as refused:
        replace(computer.preparation(station), publishers=strangers).refresh()
    assert refused.value.code == "package-untrusted"
    assert station.packages() == []
    station.close()


def test_a_computer_that_is_not_enrolled_is_told_so(tmp_path_factory: pytest.TempPathFactory, small: SmallPackage) -> None:
    computer = LabComputer(tmp_path_factory.mktemp("other"), small)
    station: Station = computer.station()
    preparation: Preparation = computer.preparation(station)
    with pytest.raises(Trouble) as refused:
        preparation.refresh()
    station.close()
    assert refused.value.code == "not-enrolled"


def test_without_a_server_a_computer_is_offline(computer: LabComputer, server: ServerProcess) -> None:
    server.stop()
    with pytest.raises(Offline):
        computer.refresh()


def test_what_is_not_the_server_breaks_the_line(computer: LabComputer, server: ServerProcess) -> None:
    with Line(server.url + "/elsewhere", computer.clock) as line, pytest.raises(Refused):
        line.call("GET", "/v1/health")
    with Line(server.url, computer.clock) as line:
        answer = line.call("GET", "/openapi.json")
    with pytest.raises(Broken):
        answer.number("Upload-Offset")


def test_a_package_comes_with_its_digests(computer: LabComputer, facts: DemoFacts, small: SmallPackage) -> None:
    whole = small.path.read_bytes()
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(whole).digest()).decode()}:"
    target = f"/v1/packages/{facts.open.package_id}/{facts.open.package_version}"
    with computer.line() as line:
        all_of_it = line.call("GET", target)
        end = line.call("GET", target, headers={"Range": "bytes=100-", "If-Range": all_of_it.headers["ETag"]})
        other = line.call("GET", target, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert (all_of_it.status, all_of_it.body) == (200, whole)
    assert all_of_it.headers["Content-Digest"] == all_of_it.headers["Repr-Digest"] == digest
    assert (end.status, end.body, end.headers["Repr-Digest"]) == (206, whole[100:], digest)
    assert "Content-Digest" not in end.headers
    assert (other.status, other.body) == (200, whole), "the package has changed: all of it"


def test_a_server_that_was_set_back_tells_its_roster_anew(computer: LabComputer, facts: DemoFacts) -> None:
    computer.refresh()
    station = computer.station()
    cursor = station.roster_cursor()
    station.roster_changed([], [], [(facts.closed.id, "amara")], str(int(cursor) + 50))
    computer.refresh()
    assert station.roster_cursor() == cursor
    station.close()
    assert "amara" in known(computer)[1]["RIVER-1"]
