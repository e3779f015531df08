"""One test at two computers: taken over through the server or a hub, and what becomes of the one that was left."""

import random
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from stamp_desktop.engine.events import SessionOpened, Ticked
from stamp_desktop.engine.replay import replay
from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.forward import Forwarder
from stamp_desktop.server.house import House
from stamp_desktop.server.mirror import refresh, upstream_line
from stamp_desktop.storage import retention
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.retention import key_name, purge_asides
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.moving import Found
from stamp_desktop.sync.prepare import Preparation
from stamp_desktop.sync.transport import Refused
from stamp_desktop.sync.ways import name_hub
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, Seated, in_house, moment_of, opened_facts, watched
from tests.sync.test_bundle import bring_in, export
from tests.sync.test_hub import copied, hub, new_code

__all__ = ["hub"]
T = TypeVar("T")


def at(computer: LabComputer, work: Callable[[Preparation], T]) -> T:
    station = computer.station()
    try:
        return work(computer.preparation(station))
    finally:
        station.close()


def found(computer: LabComputer, session: str = "s-1") -> Found:
    seen = at(computer, lambda preparation: preparation.elsewhere(session))
    assert seen is not None
    return seen


def take_over(computer: LabComputer, seen: Found) -> None:
    at(computer, lambda preparation: preparation.take_over(seen))


def book_of(computer: LabComputer, session: str = "s-1") -> Journal:
    raw = computer.keys.get(key_name(session))
    assert raw is not None
    return Journal.open(computer.folders.session(session).journal, SessionKey(raw))


def deliver(*computers: LabComputer) -> None:
    """Until nothing of these computers waits."""
    for computer in computers:
        with watched(computer) as courier:
            courier.courier.wake()
            courier.wait_for(lambda said: said.connected is True and said.events_waiting == said.recordings_waiting == 0)


@pytest.fixture
def other(tmp_path: Path, small: SmallPackage, server: ServerProcess, facts: DemoFacts) -> LabComputer:
    """A second computer of the same school."""
    made = LabComputer(tmp_path / "other", small)
    made.enrol(server.url, new_code(server.data, facts))
    return made


@pytest.fixture
def seated(computer: LabComputer, facts: DemoFacts, form: Form) -> Seated:
    """A test taker who has answered and spoken, all of it delivered; the program has ended."""
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    seated.answer_all("reading", lambda _: True).answer_all("listening", lambda _: True).write_all()
    seated.open("speaking")
    seated.speak()
    deliver(computer)
    return seated


def test_another_computer_goes_on_at_the_same_question_and_finishes(
    computer: LabComputer, other: LabComputer, server: ServerProcess, form: Form, seated: Seated
) -> None:
    seen = found(other)
    assert replay(form, seen.facts).state == seated.now
    take_over(other, seen)
    with closing(book_of(other)) as book:
        resumed = resumed_at(other, form, book)
        resumed.do(SessionOpened(other.device().id))
        while resumed.now.open == "speaking":
            resumed.speak()
        resumed.finish()
        with watched(other) as courier:
            done = courier.wait_for(lambda said: "s-1" in said.receipts)
        row = in_house(server.data, admin.sessions)[0]
        assert (row.events, row.recordings, row.forked, row.alarms) == (book.head().seq, 3, False, ())
        assert row.receipt == done.receipts["s-1"]
    with pytest.raises(Refused) as finished:
        found(computer)
    assert finished.value.code == "session-finished"


@pytest.mark.parametrize("first", ["old", "new"])
def test_the_copy_that_took_over_is_the_test_whichever_sends_first(
    computer: LabComputer, other: LabComputer, server: ServerProcess, seated: Seated, first: str
) -> None:
    take_over(other, found(other))
    seated.do(Ticked())
    with closing(book_of(other)) as book:
        book.append_all([moment_of(SessionOpened(other.device().id))])
        deliver(*((computer, other) if first == "old" else (other, computer)))
        row = in_house(server.data, admin.sessions)[0]
        assert (row.events, row.forked, row.alarms) == (book.head().seq, True, ("fork",))
        said = in_house(server.data, lambda house: admin.replayed(house, "s-1"))
        assert said.outcome
    assert computer.line_of("s-1").state == "moved", "the old computer is told"
    assert other.line_of("s-1").state == "open"


def test_the_test_comes_back_to_the_first_computer_and_goes_from_both_in_its_time(
    computer: LabComputer, other: LabComputer, server: ServerProcess, seated: Seated, form: Form
) -> None:
    seated.book.close()
    take_over(other, found(other))
    with closing(book_of(other)) as book:
        book.append_all([moment_of(SessionOpened(other.device().id)), moment_of(Ticked())])
    deliver(other, computer)
    assert computer.line_of("s-1").state == "moved"
    take_over(computer, found(computer))
    aside = computer.folders.session("s-1").path.with_name("s-1.moved-1")
    with reading(aside / "journal.db") as older:
        assert older.head().seq < book.head().seq
    with closing(book_of(computer)) as back:
        assert back.head() == book.head()
        back.append_all([moment_of(SessionOpened(computer.device().id))])
        deliver(computer, other)
        assert in_house(server.data, admin.sessions)[0].events == back.head().seq
    assert (computer.line_of("s-1").state, other.line_of("s-1").state) == ("open", "moved")
    assert not in_house(server.data, admin.sessions)[0].forked
    with closing(book_of(computer)) as back:
        resumed = resumed_at(computer, form, back)
        while resumed.now.open == "speaking":
            resumed.speak()
        resumed.finish()
    for each in (computer, other):
        with watched(each) as courier:
            courier.wait_for(lambda said: "s-1" in said.receipts)
        assert each.keys.get(key_name("s-1")) is None
        assert swept(each, 29) == []
        assert swept(each, 31) == ["s-1"], "the copy that was left here goes as well, once the server has all of the test"
    assert list(computer.folders.sessions.iterdir()) == list(other.folders.sessions.iterdir()) == []


def resumed_at(computer: LabComputer, form: Form, book: Journal) -> Seated:
    """The test taker, where the journal stands."""
    resumed = Seated(form, computer=computer, session="s-1", key=book._key, book=book)
    resumed.journal += opened_facts(book)
    resumed.state = replay(form, resumed.journal).state
    return resumed


def swept(computer: LabComputer, days: int) -> list[str]:
    """What a computer lets go of so many days later."""
    with closing(computer.station()) as station:
        later = computer.clock.wall_ms() + days * 86_400_000
        return retention.sweep(computer.folders, station, computer.device().server_keys, later)


def test_an_older_copy_that_has_something_of_its_own_stays(computer: LabComputer, seated: Seated) -> None:
    folder = computer.folders.session("s-1")
    seated.book.close()
    older = folder.path.with_name("s-1.moved-1")
    shutil.copytree(folder.path, older)
    with closing(Journal.open(older / "journal.db", seated.key)) as own:
        own.append_all([moment_of(Ticked())])
    purge_asides(folder)
    assert older.exists()
    shutil.rmtree(older)
    shutil.copytree(folder.path, older)
    purge_asides(folder)
    assert not older.exists()


def test_a_computer_that_has_unsent_answers_is_not_overwritten(
    computer: LabComputer, other: LabComputer, seated: Seated
) -> None:
    take_over(other, found(other))
    seated.do(Ticked())
    seen = found(computer)
    with pytest.raises(Trouble) as refused:
        take_over(computer, seen)
    assert refused.value.code == "session-differs"
    assert seated.book.unsent_count() > 0


def test_who_looked_before_the_other_went_on_looks_again(computer: LabComputer, other: LabComputer, seated: Seated) -> None:
    seen = found(other)
    seated.do(Ticked())
    deliver(computer)
    with pytest.raises(Refused) as refused:
        take_over(other, seen)
    assert refused.value.code == "session-went-on"
    take_over(other, found(other))


def test_in_a_room_the_key_comes_from_the_server_and_never_to_the_hub(
    computer: LabComputer, other: LabComputer, hub: ServerProcess, server: ServerProcess, facts: DemoFacts, form: Form
) -> None:
    for each in (computer, other):
        name_hub(each.folders, hub.url)
    hub.stop()
    in_house(hub.data, _learn)
    hub.start_again()
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    with watched(computer) as courier:
        courier.wait_for(copied)
    server.stop()
    with pytest.raises(Refused) as refused:
        found(other)
    assert refused.value.code == "key-not-here"
    server.start_again()
    seen = found(other)
    take_over(other, seen)
    with closing(book_of(other)) as book:
        book.append_all([moment_of(SessionOpened(other.device().id))])
        seated.do(Ticked())
        deliver(computer, other)
        hub.stop()
        assert in_house(hub.data, _forward) == 0
        assert in_house(server.data, admin.sessions)[0].events == book.head().seq
        assert in_house(server.data, admin.sessions)[0].forked
    assert computer.line_of("s-1").state == "moved"
    assert seen.key.raw not in b"".join(path.read_bytes() for path in hub.data.rglob("*") if path.is_file())


def test_without_a_line_a_test_goes_on_at_another_seat_by_stick_and_is_one_at_the_server(
    computer: LabComputer,
    other: LabComputer,
    hub: ServerProcess,
    server: ServerProcess,
    facts: DemoFacts,
    form: Form,
    tmp_path: Path,
) -> None:
    for each in (computer, other):
        name_hub(each.folders, hub.url)
    hub.stop()
    in_house(hub.data, _learn)
    hub.start_again()
    server.stop()
    seated = computer.seat("s-1", facts.closed, form)
    seated.start_of_test()
    seated.answer_all("reading", lambda _: True)
    with watched(computer) as courier:
        courier.wait_for(copied)
    seated.book.close()
    code = export(computer, "s-1", tmp_path / "stick", move=True).code
    bring_in(other, tmp_path / "stick", code)
    with closing(book_of(other)) as book:
        there = resumed_at(other, form, book)
        assert there.now == seated.now
        there.do(SessionOpened(other.device().id))
        there.answer_all("listening", lambda _: True).write_all().speak_all()
        there.finish()
    with watched(other) as courier:
        courier.wait_for(copied)
    server.start_again()
    hub.stop()
    assert in_house(hub.data, _forward) == 0
    [row] = in_house(server.data, admin.sessions)
    assert (row.events, row.state, row.forked, row.alarms) == (len(there.journal), "sealed", False, ())


def _forward(house: House) -> int:
    with upstream_line(house) as line:
        return Forwarder(house, house.clock, random.Random(1)).round(line)


def _learn(house: House) -> None:
    with upstream_line(house) as line:
        refresh(house, line)
