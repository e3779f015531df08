"""A session carried by hand: to the server, to another computer, on a stick that is good or bad."""

import random
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from stamp_desktop.delivery.checking import verified
from stamp_desktop.engine.events import SessionOpened, Ticked
from stamp_desktop.engine.replay import replay
from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin, imports
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.house import House
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.reader import Head, reading
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.bundle import Manifest
from stamp_desktop.sync.carrying import Carrier, Exported, write_receipt
from stamp_desktop.sync.protocol import Imported
from stamp_desktop.sync.transport import Refused
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage
from tests.faults.conftest import SOAK
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house, moment_of, opened_facts, watched

T = TypeVar("T")


def export(computer: LabComputer, session: str, path: Path, *, move: bool = False) -> Exported:
    return carrying(computer, lambda carrier: carrier.export(session, path, move=move))


def bring_in(computer: LabComputer, path: Path, code: str) -> Manifest:
    return carrying(computer, lambda carrier: carrier.bring_in(path, code))


def carrying(computer: LabComputer, work: Callable[[Carrier], T]) -> T:
    station = computer.station()
    try:
        return work(Carrier(computer.folders, station, computer.keys, computer.clock))
    finally:
        station.close()


@pytest.fixture
def other(tmp_path: Path, small: SmallPackage, server: ServerProcess, facts: DemoFacts) -> LabComputer:
    """A second computer of the same school."""
    made = LabComputer(tmp_path / "other", small)
    code = in_house(server.data, lambda house: admin.new_code(house, admin.organization_of(house, facts.closed.id)))
    made.enrol(server.url, code)
    return made


def test_a_session_goes_to_the_server_by_hand_and_its_receipt_comes_back(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    seated = computer.seat("s-1", facts.closed, form).sit()
    export(computer, "s-1", tmp_path / "stick")
    taken: Imported = in_house(server.data, lambda house: imports.take(house, tmp_path / "stick"))
    assert (taken.login, taken.events, taken.recordings) == ("amara", seated.book.head().seq, 3)
    again: Imported = in_house(server.data, lambda house: imports.take(house, tmp_path / "stick"))
    assert again == taken, "the same stick again is no change"
    row = in_house(server.data, admin.sessions)[0]
    assert (row.state, row.forked, row.alarms) == ("sealed", False, ())
    write_receipt(tmp_path / "receipt", taken.receipt)
    number = carrying(computer, lambda carrier: carrier.receipt(tmp_path / "receipt"))
    assert (number, computer.line_of("s-1").state) == (row.receipt, "received")
    assert computer.keys.get(key_name("s-1")) is None


def test_a_bundle_over_the_line_is_the_same_as_by_hand(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    computer.seat("s-1", facts.closed, form).sit()
    export(computer, "s-1", tmp_path / "stick")
    with computer.line() as line:
        taken = line.call("POST", "/v1/import", (tmp_path / "stick").read_bytes()).read(Imported)
        assert taken.receipt.text
        with pytest.raises(Refused) as refused:
            line.call("POST", "/v1/import", (tmp_path / "stick").read_bytes()[:-50])
    assert refused.value.code == "bundle-damaged"
    assert list((server.data / "incoming").glob("*.bundle")) == []


def named(computer: LabComputer, path: Path) -> list[str]:
    return [str(finding) for finding in verified(computer.root, str(path)).findings]


@pytest.mark.timeout(36_000 if SOAK else 180)
def test_a_bundle_is_verified_as_a_session_is_and_every_flipped_byte_of_what_it_holds_is_named(
    computer: LabComputer, other: LabComputer, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    seated.say("r", 1)
    head = seated.book.head()
    export(computer, "s-1", tmp_path / "stick")
    for looks in (computer, other):
        verdict = verified(looks.root, str(tmp_path / "stick"), [("the server", head)])
        assert (verdict.findings, verdict.events, verdict.opened) == ((), head.seq, looks is computer)
    later = [("the server", Head(head.seq + 1, bytes(32)))]
    assert "has seen event" in str(verified(computer.root, str(tmp_path / "stick"), later).findings[0])
    good, bad = (tmp_path / "stick").read_bytes(), tmp_path / "bad"
    with zipfile.ZipFile(tmp_path / "stick") as file:
        members = {info.filename: file.read(info) for info in file.infolist()}
    dice = random.Random(4)
    places = range(len(good)) if SOAK else dice.sample(range(len(good)), 60)
    for at in places:
        bad.write_bytes(good[:at] + bytes([good[at] ^ 1 << dice.randrange(8)]) + good[at + 1 :])
        assert named(computer, bad) or contents(bad) == members, f"byte {at} was changed and nobody said so"
    bad.write_bytes(good[:-50])
    assert "its end is missing" in named(computer, bad)[0]


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {info.filename: file.read(info) for info in file.infolist()}


def test_no_bad_stick_gives_anything_but_a_clear_refusal(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    seated.say("r", 1)
    export(computer, "s-1", tmp_path / "stick")
    good, dice, codes = (tmp_path / "stick").read_bytes(), random.Random(3), set()

    def refused(house: House) -> None:
        for number in range(300):
            bad = bytearray(good)
            at = dice.randrange(len(bad))
            if number % 3 == 0:
                del bad[at:]
            elif number % 3 == 1:
                bad[at] ^= 1 << dice.randrange(8)
            else:
                del bad[at : at + dice.randrange(1, 4096)]
            (tmp_path / "bad").write_bytes(bad)
            try:
                taken = imports.take(house, tmp_path / "bad")
                assert taken.events == seated.book.head().seq, "harmless: a byte of the container that says nothing"
            except Trouble as trouble:
                codes.add(trouble.code)

    in_house(server.data, refused)
    assert codes <= {"bundle-damaged", "bundle-other", "words-unknown"}
    assert "bundle-damaged" in codes
    assert [row.alarms for row in in_house(server.data, admin.sessions)] in ([], [()])


def test_another_computer_goes_on_at_the_same_question(
    computer: LabComputer, other: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    seated.open("reading")
    seated.answer()
    with pytest.raises(Trouble) as held:
        export(computer, "s-1", tmp_path / "stick", move=True)
    assert held.value.code == "session-open-elsewhere"
    seated.book.close()
    code = export(computer, "s-1", tmp_path / "stick", move=True).code
    assert computer.line_of("s-1").state == "moved"
    with pytest.raises(Trouble) as wrong:
        bring_in(other, tmp_path / "stick", "ABCD-ABCD-ABCD-ABCD")
    assert wrong.value.code == "code-wrong"
    bring_in(other, tmp_path / "stick", code.lower())
    bring_in(other, tmp_path / "stick", code)
    raw = other.keys.get(key_name("s-1"))
    assert raw is not None
    with closing(Journal.open(other.folders.session("s-1").journal, SessionKey(raw))) as book:
        there = replay(form, opened_facts(book)).state
        assert there == seated.now
        book.append_all([moment_of(SessionOpened(other.device().id)), moment_of(Ticked())])
        assert book.about.epoch != seated.book.about.epoch
        with watched(computer) as old, watched(other) as new:
            old.wait_for(lambda said: said.connected is True and said.events_waiting == 0)
            new.wait_for(lambda said: said.connected is True and said.events_waiting == 0)
        row = in_house(server.data, admin.sessions)[0]
        assert (row.events, row.forked) == (book.head().seq, False)


def test_a_bundle_for_the_server_does_not_open_at_another_computer(
    computer: LabComputer, other: LabComputer, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    computer.seat("s-1", facts.closed, form).start_of_test()
    export(computer, "s-1", tmp_path / "stick")
    with pytest.raises(Trouble) as refused:
        bring_in(other, tmp_path / "stick", "")
    assert refused.value.code == "bundle-locked"
    assert not other.folders.session("s-1").journal.exists()


def test_answers_that_differ_are_never_replaced(
    computer: LabComputer, other: LabComputer, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    seated.book.close()
    code = export(computer, "s-1", tmp_path / "stick", move=True).code
    other.seat("s-1", facts.closed, form).start_of_test()
    with reading(other.folders.session("s-1").journal) as journal:
        before = journal.head()
    with pytest.raises(Trouble) as refused:
        bring_in(other, tmp_path / "stick", code)
    assert refused.value.code == "session-differs"
    with reading(other.folders.session("s-1").journal) as journal:
        assert journal.head() == before


def test_a_receipt_of_somebody_else_is_not_kept(
    computer: LabComputer, server: ServerProcess, facts: DemoFacts, form: Form, tmp_path: Path
) -> None:
    computer.seat("s-1", facts.closed, form).sit()
    export(computer, "s-1", tmp_path / "stick")
    taken: Imported = in_house(server.data, lambda house: imports.take(house, tmp_path / "stick"))
    text = taken.receipt.text.replace("s-1", "s-2", 1)
    (tmp_path / "receipt").write_bytes(
        b'{"signature":"%s","text":%s}' % (taken.receipt.signature.encode(), repr(text).encode())
    )
    with pytest.raises(Trouble):
        carrying(computer, lambda carrier: carrier.receipt(tmp_path / "receipt"))
    assert computer.line_of("s-1").state == "open"
