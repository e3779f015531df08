"""What the server keeps stays what it was: every change is named, a backup can be put back, only old things are let go of."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin, audit, backup, cli, retention, verifying
from stamp_desktop.server.demo import DAY, DemoFacts
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.settings import settings_of
from stamp_desktop.sync.protocol import SessionState
from stamp_desktop.sync.transport import Refused
from stamp_desktop.trouble import Trouble
from tests import server_process
from tests.content.small import SmallPackage
from tests.server.test_sessions import begun, send
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, Seated, in_house, seeded, watched

CHANGES = {
    "id": "'other'",
    "kind": "'noted'",
    "item": "'other'",
    "wall": "wall + 1",
    "mono": "mono + 1",
    "boot": "'other'",
    "body": "prev_hash",
    "prev_hash": "hash",
    "hash": "body",
}


@pytest.fixture
def received(seated: Seated) -> Seated:
    """A whole test that has its receipt."""
    seated.sit()
    with watched(seated.computer) as courier:
        courier.wait_for(lambda said: seated.session in said.receipts)
    return seated


def faults(server: ServerProcess, session: str = "") -> list[str]:
    found: list[str] = in_house(server.data, lambda house: list(verifying.faults(house, session)))
    return found


def sql(server: ServerProcess, statement: str, **values: object) -> None:
    def run(house: House) -> None:
        with house.store.writing() as connection:
            connection.execute(text(statement), values)

    in_house(server.data, run)


def test_what_was_received_is_found_as_it_was(server: ServerProcess, received: Seated) -> None:
    assert faults(server, received.session) == []


def test_any_change_to_any_column_of_an_event_is_named(server: ServerProcess, received: Seated) -> None:
    where, named = "WHERE session = :session AND seq = 5", {"session": received.session}

    def tried(house: House, column: str) -> list[str]:
        change: tuple[tuple[str, ...], ...] = (
            ("CREATE TABLE kept AS SELECT * FROM event", where),
            ("UPDATE event SET", column, "=", CHANGES[column], where),
        )
        back: tuple[tuple[str, ...], ...] = (
            ("DELETE FROM event", where),
            ("INSERT INTO event SELECT * FROM kept",),
            ("DROP TABLE kept",),
        )
        with house.store.writing() as connection:
            for words in change:
                connection.execute(text(" ".join(words)), named)
        found = list(verifying.faults(house, received.session))
        with house.store.writing() as connection:
            for words in back:
                connection.execute(text(" ".join(words)), named if "WHERE" in words[-1] else {})
        return found

    for column in CHANGES:
        found: list[str] = in_house(server.data, partial(tried, column=column))
        assert any("row 5" in each for each in found), (column, found)
    assert faults(server, received.session) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DELETE FROM event WHERE session = :session AND seq = 7", "row 7 is missing"),
        ("DELETE FROM event WHERE session = :session AND seq > 20", "its end is another"),
        ("UPDATE branch SET seq = 20 WHERE session = :session", "its end is another"),
        ("UPDATE copy SET wrapped_key = substr(wrapped_key, 2) WHERE session = :session", "row 1 does not open"),
        ("UPDATE receipt SET signed = replace(signed, 'events', 'Events') WHERE session = :session", "not as it was signed"),
        ("UPDATE receipt SET signature = substr(signature, 2) WHERE session = :session", "not as it was signed"),
        ("DELETE FROM recording WHERE session = :session", "which is not here"),
    ],
)
def test_what_was_taken_away_is_named(server: ServerProcess, received: Seated, change: str, named: str) -> None:
    sql(server, change, session=received.session)
    assert any(named in each for each in faults(server, received.session))


def test_a_cut_line_whose_end_was_set_back_too_is_held_against_its_receipt(server: ServerProcess, received: Seated) -> None:
    head = received.book.rows()[19].hash
    sql(server, "DELETE FROM event WHERE session = :session AND seq > 20", session=received.session)
    sql(server, "UPDATE branch SET seq = 20, head = :head WHERE session = :session", session=received.session, head=head)
    assert any("receipt" in each and "not here as it was" in each for each in faults(server, received.session))


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_recording_that_was_touched_is_named(server: ServerProcess, received: Seated, how: str) -> None:
    recording = received.book.recordings()[0]
    name = f"recordings/{received.session}/{recording.id}.{(recording.sha256 or '')[:16]}.rec"

    def touch(house: House) -> None:
        path = house.objects.file(name)
        assert path is not None
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        house.objects.drop(name)
        if how == "changed":
            other = house.incoming / "other"
            other.write_bytes(content)
            house.objects.keep(name, other)

    in_house(server.data, touch)
    said = "was changed" if how == "changed" else "is missing"
    assert faults(server, received.session) == [f"session {received.session}: recording {recording.id} {said}"]


def test_the_commands_exit_status_tells_what_was_found(
    server: ServerProcess, received: Seated, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["verify", "--session", received.session, "--data", str(server.data)]
    assert cli.main(command) == 0
    sql(server, "UPDATE event SET boot = 'x' WHERE session = :session AND seq = 3", session=received.session)
    assert cli.main(command) == 1
    said = capsys.readouterr()
    assert f"session {received.session}: row 3 was changed" in said.out
    assert "data-changed" in said.err


@pytest.fixture
def house(tmp_path: Path, small: SmallPackage) -> House:
    seeded(tmp_path / "own", small)
    return open_house(settings_of(tmp_path / "own"), who="test")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE audit SET who = 'x' WHERE number = 3", "audit 3: changed"),
        ("UPDATE audit SET facts = '{}' WHERE number = 3", "audit 3: changed"),
        ("UPDATE audit SET act = 'x', hash = prev_hash WHERE number = 3", "audit 4: does not follow"),
        ("DELETE FROM audit WHERE number = 3", "audit 3: missing"),
    ],
)
def test_a_changed_audit_log_is_named(house: House, change: str, named: str) -> None:
    with house.store.writing() as connection:
        assert audit.faults(connection) == []
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_only_grows_{act}"))
        connection.execute(text(change))
        assert any(named in each for each in audit.faults(connection))
    house.close()


def test_everything_that_people_do_stands_in_the_audit_log(house: House) -> None:
    organization = admin.add_organization(house, "Lakeside")
    group = admin.groups(house)[0]
    admin.set_window(house, group.id, 1, 2)
    admin.new_code(house, organization)
    admin.remove_from_roster(house, next(each.id for each in admin.groups(house) if each.test_code == "RIVER-1"), "amara")
    with house.store.reading() as connection:
        acts = [entry.act for entry in audit.entries(connection) if entry.who == "test"]
    assert acts == ["organization added", "window set", "code made", "roster removed"]
    house.close()


def test_a_window_that_was_moved_reaches_the_computers(server: ServerProcess, computer: LabComputer, facts: DemoFacts) -> None:
    computer.refresh()
    in_house(server.data, lambda house: admin.set_window(house, facts.later.id, 1, 4_000_000_000_000))
    computer.refresh()
    station = computer.station()
    group = next(each for each in station.groups() if each["id"] == facts.later.id)
    station.close()
    assert group["opens_ms"] == 1
    in_house(server.data, lambda house: admin.set_window(house, facts.later.id, facts.later.opens_ms, facts.later.ends_ms))


def test_only_what_was_received_long_ago_is_let_go_of_and_its_receipt_stays(
    server: ServerProcess, received: Seated, new_computer: Callable[[str], LabComputer], facts: DemoFacts, form: Form
) -> None:
    open_one = new_computer("other").seat(f"{received.session}-2", facts.closed, form, login=f"{received.session}-2")
    with open_one.computer.line() as line:
        begun(line, open_one)
        send(line, open_one, open_one.book.rows())
    now = in_house(server.data, lambda house: house.clock.wall_ms())

    def purged(before_ms: int, *, really: bool) -> tuple[str, ...]:
        found: retention.Purged = in_house(server.data, lambda house: retention.purge(house, before_ms, really=really))
        return found.sessions

    assert received.session not in purged(now - DAY, really=True)
    assert received.session in purged(now + DAY, really=False)
    assert faults(server, received.session) == []
    gone = purged(now + DAY, really=True)
    assert received.session in gone
    assert open_one.session not in gone
    assert faults(server, received.session) == [], "what was let go of is not missing"
    row = next(each for each in in_house(server.data, admin.sessions) if each.id == received.session)
    assert (row.state, bool(row.receipt), row.recordings) == ("purged", True, 0)
    with received.computer.line() as line:
        said = line.call("GET", f"/v1/sessions/{received.session}").read(SessionState)
        assert (said.state, bool(said.receipt.text)) == ("sealed", True)
        with pytest.raises(Refused) as refused:
            send(line, received, received.book.rows()[:2])
        assert (refused.value.status, refused.value.code) == (410, "session-purged")


def test_an_older_backup_that_is_put_back_breaks_no_station(tmp_path: Path, small: SmallPackage, form: Form) -> None:
    data, tar = tmp_path / "data", tmp_path / "backup.tar"
    facts = seeded(data, small)
    server = server_process.start(data)
    computer = LabComputer(tmp_path / "computer", small)
    computer.enrol(server.url, facts.enrolment_code)
    early = computer.seat("early", facts.closed, form, login="early").sit()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "early" in said.receipts)
    half = computer.seat("half", facts.closed, form, login="half")
    half.start_of_test()
    with watched(computer) as courier:
        courier.wait_for(lambda said: said.events_waiting == 0 and said.connected is True)
    assert cli.main(["backup", str(tar), "--data", str(data)]) == 0
    assert tar.stat().st_mode & 0o077 == 0
    half.answer_all("reading", lambda _: True)
    with watched(computer) as courier:
        courier.wait_for(lambda said: said.events_waiting == 0 and said.connected is True)
    server.stop()
    data.rename(tmp_path / "lost")
    data.mkdir()
    subprocess.run(["tar", "-xf", str(tar), "-C", str(data)], check=True)
    server.start_again()
    half.answer_all("listening", lambda _: True).write_all()
    half.speak_all()
    half.finish()
    with watched(computer) as courier:
        courier.wait_for(lambda said: "half" in said.receipts)
    assert in_house(data, lambda house: list(verifying.faults(house))) == []
    rows = {row.id: row for row in in_house(data, admin.sessions)}
    assert rows["half"].events == half.book.head().seq
    assert rows["early"].receipt
    assert (rows["half"].alarms, rows["early"].alarms) == ((), ())
    assert early.session == "early"
    server.stop()


def test_a_backup_is_refused_where_it_would_not_be_one(house: House, tmp_path: Path) -> None:
    own = settings_of(tmp_path / "own")
    (tmp_path / "there.tar").touch()
    for settings, out, code in (
        (replace(own, database="postgresql://somewhere/x"), "new.tar", "backup-elsewhere"),
        (own, "there.tar", "backup-there"),
    ):
        with pytest.raises(Trouble) as refused:
            backup.back_up(settings, tmp_path / out)
        assert refused.value.code == code
    house.close()
