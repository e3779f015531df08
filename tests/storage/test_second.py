import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stamp_desktop.storage.database import database_files
from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded
from stamp_desktop.storage.mend import mend
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.recordings import RecordingFile, part_of, read, salvage
from stamp_desktop.storage.scribe import Scribe
from stamp_desktop.storage.second import SecondCopy, copies, second_copy
from stamp_desktop.storage.station import SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import verify_session
from stamp_desktop.trouble import Trouble
from tests.faults.conftest import SOAK

RATE = 16


@pytest.fixture
def folder(tmp_path: Path) -> SessionFolder:
    return Folders(tmp_path / "station").make_session("s1")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "stick" / "s1"


def begin(folder: SessionFolder, key: SessionKey) -> Journal:
    return Journal.create(folder.journal, "s1", key, b"wrapped", 7)


def say(journal: Journal, count: int = 1) -> None:
    for _ in range(count):
        journal.append("answered", "i1", b"an answer", 1, 2, "b")


def speak(journal: Journal, folder: SessionFolder, key: SessionKey, name: str, seconds: int) -> RecordingFile:
    body = b'{"recording":"%s"}' % name.encode()
    journal.append_all([Entry("recording_began", "p1", body, 1, 2, "b", RecordingBegun(name))])
    file = RecordingFile.create(folder.recording(name), key, "s1", name, RATE)
    for number in range(seconds):
        file.write_frame(bytes([number, 0]) * RATE)
    return file


def end(journal: Journal, file: RecordingFile, name: str) -> None:
    finished = file.finish()
    body = b'{"recording":"%s","sha256":"%s","salvaged":false}' % (name.encode(), finished.sha256.encode())
    journal.append_all([Entry("recording_ended", "p1", body, 1, 2, "b", RecordingEnded(name, finished))])


def whole(folder: SessionFolder, key: SessionKey) -> list[str]:
    return [str(finding) for finding in verify_session(folder, key).findings if "damaged-" not in str(finding)]


def test_events_are_appended_as_they_come_and_never_twice(folder: SessionFolder, place: Path, key: SessionKey) -> None:
    journal, copy = begin(folder, key), SecondCopy(folder, place)
    for count in (2, 0, 3):
        say(journal, count)
        assert copy.catch_up() is False
        (copied,) = copies(place)
        assert list(copied.rows) == journal.rows()
    again = SecondCopy(folder, place)
    say(journal)
    again.catch_up()
    (copied,) = copies(place)
    assert list(copied.rows) == journal.rows()
    assert copied.head == journal.head()
    assert copied.about == journal.about
    assert not list(place.glob("*.db*"))
    journal.close()


def test_a_line_that_was_cut_is_written_again(folder: SessionFolder, place: Path, key: SessionKey) -> None:
    journal = begin(folder, key)
    say(journal, 3)
    SecondCopy(folder, place).catch_up()
    (copied,) = copies(place)
    log = copied.log.read_bytes()
    for length in range(0, len(log), 11):
        copied.log.write_bytes(log[:length])
        SecondCopy(folder, place).catch_up()
        assert copied.log.read_bytes() == log
    journal.close()


def test_frames_are_copied_while_somebody_speaks(folder: SessionFolder, place: Path, key: SessionKey) -> None:
    journal, copy = begin(folder, key), SecondCopy(folder, place)
    file = speak(journal, folder, key, "r1", 2)
    assert copy.catch_up() is True
    there = part_of(SessionFolder(place).recording("r1"))
    assert there.read_bytes() == part_of(folder.recording("r1")).read_bytes()
    file.write_frame(bytes(2 * RATE))
    assert copy.catch_up() is True
    end(journal, file, "r1")
    assert copy.catch_up() is False
    assert SessionFolder(place).recording("r1").read_bytes() == folder.recording("r1").read_bytes()
    assert not there.exists()
    journal.close()


def test_a_recording_that_was_salvaged_differently_is_copied_again(folder: SessionFolder, place: Path, key: SessionKey) -> None:
    journal, copy = begin(folder, key), SecondCopy(folder, place)
    file = speak(journal, folder, key, "r1", 2)
    file.close()
    with part_of(folder.recording("r1")).open("ab") as part:
        part.write(b"\0\0\0\0\x30torn")
    copy.catch_up()
    finished = salvage(folder.recording("r1"), key, "s1", "r1")
    journal.append_all([Entry("recording_ended", "p1", b"{}", 1, 2, "b", RecordingEnded("r1", finished, salvaged=True))])
    copy.catch_up()
    assert SessionFolder(place).recording("r1").read_bytes() == folder.recording("r1").read_bytes()
    journal.close()


def test_a_journal_that_was_set_back_goes_on_in_another_file_and_its_second_copy_tells(
    folder: SessionFolder, place: Path, key: SessionKey
) -> None:
    journal = begin(folder, key)
    say(journal, 2)
    journal.close()
    older = folder.journal.read_bytes()
    journal = Journal.open(folder.journal, key)
    say(journal, 4)
    SecondCopy(folder, place).catch_up()
    seen = journal.head()
    journal.close()
    folder.journal.write_bytes(older)
    journal = Journal.open(folder.journal, key)
    for _ in range(2):
        say(journal, 3)
        SecondCopy(folder, place).catch_up()
    first, second = copies(place)
    assert (first.head, second.head) == (seen, journal.head())
    assert list(second.rows) == journal.rows()
    journal.close()
    found = verify_session(folder, key, (), [("the second copy", first.head)]).findings
    assert [str(each) for each in found] == [
        "event 6: is another than the second copy has seen: set back and gone on differently"
    ]


def harm_a_row(path: Path) -> None:
    whole_file = bytearray(path.read_bytes())
    at = whole_file.index(b"answered") + 40  # the last row: a page is filled from its end
    whole_file[at] ^= 1
    path.write_bytes(whole_file)


def harm_the_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + bytes(8192))


@pytest.mark.parametrize("harm", [harm_a_row, harm_the_file])
def test_a_damaged_session_is_made_whole_from_its_second_copy(
    folder: SessionFolder, place: Path, key: SessionKey, harm: Callable[[Path], None]
) -> None:
    journal, copy = begin(folder, key), SecondCopy(folder, place)
    say(journal, 3)
    file = speak(journal, folder, key, "r1", 2)
    end(journal, file, "r1")
    say(journal, 2)
    copy.catch_up()
    head, epoch = journal.head(), journal.about.epoch
    journal.close()
    harm(folder.journal)
    damaged = folder.journal.read_bytes()
    with pytest.raises(Trouble) as trouble:
        Journal.open(folder.journal, key)
    assert trouble.value.code == "data-damaged"
    folder.recording("r1").unlink()
    aside = mend(folder, key, place)
    assert (aside / "journal.db").read_bytes() == damaged
    journal = Journal.open(folder.journal, key)
    assert journal.head() == head
    assert journal.about.epoch != epoch
    assert journal.about.wrapped_key == b"wrapped"
    assert journal.unsent_count() == head.seq
    assert read(folder.recording("r1"), key, "s1", "r1")[0] == bytes([0, 0]) * RATE + bytes([1, 0]) * RATE
    journal.close()
    assert whole(folder, key) == []


def test_a_journal_whose_events_are_sound_is_made_whole_from_itself(folder: SessionFolder, key: SessionKey) -> None:
    journal = begin(folder, key)
    say(journal, 3)
    end(journal, speak(journal, folder, key, "r1", 2), "r1")
    head = journal.head()
    journal._connection.execute("DROP TABLE sent")
    journal._connection.execute("UPDATE recording SET sha256 = 'x'")
    journal.close()
    mend(folder, key)
    journal = Journal.open(folder.journal, key)
    assert journal.head() == head
    journal.close()
    assert whole(folder, key) == []


def test_a_test_does_not_go_on_where_an_answer_is_missing(folder: SessionFolder, place: Path, key: SessionKey) -> None:
    journal, copy = begin(folder, key), SecondCopy(folder, place)
    say(journal, 3)
    copy.catch_up()
    say(journal, 3)
    journal.close()
    harm_a_row(folder.journal)
    for _ in range(2):
        with pytest.raises(Trouble) as trouble:
            mend(folder, key, place)
        assert trouble.value.code == "data-damaged"
        assert "of 6 events are sound" in str(trouble.value)
        assert not any(file.exists() for file in database_files(folder.journal))
    assert (folder.path / "damaged-1" / "journal.db").exists()


def test_a_computer_that_was_set_back_is_mended_to_its_own_past_or_not_at_all(
    folder: SessionFolder, place: Path, key: SessionKey
) -> None:
    journal = begin(folder, key)
    say(journal, 2)
    journal.close()
    older = folder.journal.read_bytes()
    for count in (4, 2):
        folder.journal.write_bytes(older)
        journal = Journal.open(folder.journal, key)
        say(journal, count)
        SecondCopy(folder, place).catch_up()
        head = journal.head()
        journal.close()
    whole_file = folder.journal.read_bytes()
    folder.journal.write_bytes(bytes(len(whole_file)))
    with pytest.raises(Trouble, match="there are 2 pasts"):
        mend(folder, key, place)
    folder.journal.write_bytes(whole_file)
    journal = Journal.open(folder.journal, key)
    journal._connection.execute("DROP TABLE sent")
    journal.close()
    mend(folder, key, place)
    journal = Journal.open(folder.journal, key)
    assert journal.head() == head
    journal.close()


def test_the_scribe_copies_every_session_while_it_is_written_and_waits_for_a_place_that_is_away(
    tmp_path: Path, key: SessionKey, caplog: pytest.LogCaptureFixture
) -> None:
    folders, stick = Folders(tmp_path / "station"), tmp_path / "stick"
    faults: list[BaseException] = []
    station = Station(folders.station)
    for session in ("s1", "s2"):
        folder = folders.make_session(session)
        journal = Journal.create(folder.journal, session, key, b"", 0)
        journal.append("answered", None, b"", 0, 0, "b")
        journal.close()
        station.keep_session(SessionLine(session, "g", session, 0))
    station.close()
    scribe = Scribe(folders, stick, faults.append)
    scribe.start()
    while not any("is not there" in record.message for record in caplog.records):
        pass
    assert not stick.exists()
    stick.mkdir()
    scribe.wake()
    scribe.stop()
    assert faults == []
    for session in ("s1", "s2"):
        (copied,) = copies(stick / session)
        with reading(folders.session(session).journal) as reader:
            assert list(copied.rows) == reader.rows()
    shutil.rmtree(stick)


@pytest.mark.timeout(36_000 if SOAK else 180)
def test_every_flipped_byte_of_a_second_copy_is_named_or_means_nothing(
    folder: SessionFolder, place: Path, key: SessionKey
) -> None:
    journal = begin(folder, key)
    say(journal, 4)
    SecondCopy(folder, place).catch_up()
    about, dice = journal.about, random.Random(5)
    journal.close()
    (log,) = place.glob("*.jsonl")
    good, (before,) = log.read_bytes(), copies(place)
    assert second_copy(place, key, about) == []
    for at in range(len(good)) if SOAK else dice.sample(range(len(good)), 300):
        log.write_bytes(good[:at] + bytes([good[at] ^ 1 << dice.randrange(8)]) + good[at + 1 :])
        assert second_copy(place, key, about) or copies(place) == [before], f"byte {at}"
