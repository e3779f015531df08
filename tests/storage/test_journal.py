import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from stamp_desktop.storage.chain import GENESIS, Damage
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded, quarantine
from stamp_desktop.storage.reader import JournalReader, Receipt, reading
from stamp_desktop.storage.recordings import Finished
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import verify_session
from stamp_desktop.trouble import Trouble

HOLDER = """
import sys
from pathlib import Path
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import verify_session
journal = Journal.open(Path(sys.argv[1]), SessionKey(bytes(range(32))))
print("open", flush=True)
sys.stdin.read()
"""


def write(journal: Journal, count: int) -> None:
    start = journal.head().seq
    for number in range(start + 1, start + count + 1):
        journal.append("answered", f"q{number}", b'{"n":%d}' % number, 1_000 + number, number, "boot")


def code(path: Path, key: SessionKey) -> str:
    with pytest.raises(Trouble) as trouble:
        Journal.open(path, key)
    return trouble.value.code


def altered(path: Path, *statements: str) -> None:
    """Change a closed journal as somebody with a SQLite program would."""
    raw = sqlite3.connect(path)
    for trigger in ("event_is_added_at_the_end", "event_is_never_changed", "event_is_never_removed"):
        raw.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        raw.execute(statement)
    raw.commit()
    raw.close()


def test_a_new_journal_says_which_session_it_is(journal: Journal) -> None:
    assert (journal.about.session, journal.about.wrapped_key, journal.about.created_ms) == ("s1", b"wrapped", 1_000)
    assert len(journal.about.epoch) == 32
    assert (journal.head().seq, journal.head().hash) == (0, GENESIS)
    assert journal.verify() == []


def test_what_was_written_is_read_in_order_after_opening_again(journal: Journal, path: Path, key: SessionKey) -> None:
    row = journal.append("answered", "q1", b"first", 5, 6, "boot")
    journal.append("ticked", None, b"", 7, 8, "boot")
    journal.close()
    again = Journal.open(path, key)
    assert [(found.seq, found.kind, found.item, found.wall_ms, body) for found, body in again.read()] == [
        (1, "answered", "q1", 5, b"first"),
        (2, "ticked", None, 7, b""),
    ]
    assert again.rows()[0] == row
    assert again.head().hash == again.rows()[-1].hash
    assert again.append("ticked", None, b"", 9, 10, "boot").seq == 3
    assert again.verify() == []
    again.close()


def test_a_new_journal_never_takes_the_place_of_another(journal: Journal, path: Path, key: SessionKey) -> None:
    journal.close()
    with pytest.raises(FileExistsError):
        Journal.create(path, "s1", key, b"", 0)
    assert code(path.with_name("none.db"), key) == "session-unknown"
    assert code(path.parent / "none" / "journal.db", key) == "session-unknown"


def test_answers_do_not_lie_on_the_disk_in_the_clear(journal: Journal, path: Path) -> None:
    journal.append("submitted", "p1", b"my summer holiday", 0, 0, "boot")
    assert all(b"holiday" not in file.read_bytes() for file in path.parent.iterdir())


def test_several_events_are_written_together_or_not_at_all(journal: Journal) -> None:
    good = Entry("ticked", None, b"", 0, 0, "b")
    with pytest.raises(ValueError, match="r1"):
        journal.append_all([good, Entry("x", None, b"", 0, 0, "b", RecordingEnded("r1", None))])
    assert journal.rows() == []
    assert [row.seq for row in journal.append_all([good, good])] == [1, 2]
    assert journal.append_all([]) == []
    assert journal.verify() == []


def test_events_are_never_changed_removed_or_put_in_between(journal: Journal, path: Path) -> None:
    write(journal, 3)
    raw = sqlite3.connect(path)
    for statement in (
        "UPDATE event SET kind = 'x' WHERE seq = 1",
        "DELETE FROM event WHERE seq = 3",
        "INSERT OR REPLACE INTO event SELECT 2, 'x', kind, item, wall, mono, boot, body, prev_hash, hash FROM event",
        "INSERT INTO event SELECT 9, 'x', kind, item, wall, mono, boot, body, prev_hash, hash FROM event WHERE seq = 1",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="events are"):
            raw.execute(statement)
    raw.close()


def test_the_journal_belongs_to_one_thread(journal: Journal) -> None:
    seen: list[BaseException] = []

    def elsewhere() -> None:
        try:
            journal.append("ticked", None, b"", 0, 0, "b")
        except sqlite3.ProgrammingError as error:
            seen.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(seen) == 1
    assert journal.rows() == []


def test_one_session_is_open_once(journal: Journal, path: Path, key: SessionKey) -> None:
    write(journal, 1)
    assert code(path, key) == "session-open-elsewhere"
    with pytest.raises(Trouble, match="another window"):
        Journal.create(path, "s1", key, b"", 0)
    journal.close()
    Journal.open(path, key).close()


def test_another_program_cannot_open_the_session_until_the_first_one_died(
    journal: Journal, path: Path, key: SessionKey, program: Callable[..., Popen[Any]]
) -> None:
    journal.close()
    holder = program(HOLDER, path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    assert code(path, key) == "session-open-elsewhere"
    holder.kill()
    holder.communicate()
    Journal.open(path, key).close()


def test_the_courier_reads_and_acknowledges_beside_the_writer(journal: Journal, path: Path) -> None:
    write(journal, 5)
    with reading(path) as courier:
        assert [row.seq for row in courier.unsent(limit=2)] == [1, 2]
        courier.mark_acked(2)
        write(journal, 1)
        assert [row.seq for row in courier.unsent()] == [3, 4, 5, 6]
        assert journal.unsent_count() == 4
        assert [row.seq for row in courier.rows(after_seq=4)] == [5, 6]
        assert courier.head() == journal.head()


def test_writer_and_courier_work_at_the_same_time_in_two_threads(journal: Journal, path: Path) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def acknowledge() -> None:
        try:
            with reading(path) as courier:
                while not (done.is_set() and courier.unsent_count() == 0):
                    courier.mark_acked(courier.head().seq)
        except BaseException as error:  # noqa: BLE001  # the test's thread gets it
            failures.append(error)

    thread = threading.Thread(target=acknowledge)
    thread.start()
    write(journal, 60)
    done.set()
    thread.join()
    assert not failures
    assert journal.unsent_count() == 0
    assert journal.verify() == []


def test_a_receiver_that_was_restored_gets_again_what_it_lost(journal: Journal) -> None:
    write(journal, 5)
    journal.mark_acked(5)
    assert journal.unsent() == []
    journal.mark_acked(3)
    assert [row.seq for row in journal.unsent()] == [4, 5]
    journal.mark_acked(0)
    assert journal.unsent_count() == 5


def test_a_recording_is_known_from_the_event_that_began_it(journal: Journal) -> None:
    kept = Finished("ab", 100, 2, 32, 16)
    journal.append_all([Entry("recording_began", "p1", b"", 0, 0, "b", RecordingBegun("r1"))])
    journal.append_all([Entry("recording_began", "p1", b"", 0, 0, "b", RecordingBegun("r2"))])
    assert [(found.id, found.item, found.ended_seq) for found in journal.recordings()] == [
        ("r1", "p1", None),
        ("r2", "p1", None),
    ]
    assert journal.unsent_recordings() == []
    journal.append_all([Entry("recording_ended", "p1", b"", 0, 0, "b", RecordingEnded("r1", kept, salvaged=True))])
    journal.append_all([Entry("recording_ended", "p1", b"", 0, 0, "b", RecordingEnded("r2", None))])
    (unsent,) = journal.unsent_recordings()
    assert (unsent.id, unsent.begun_seq, unsent.ended_seq, unsent.salvaged) == ("r1", 1, 3, True)
    assert (unsent.sha256, unsent.bytes, unsent.frames, unsent.samples, unsent.rate) == ("ab", 100, 2, 32, 16)
    journal.upload_begun("r1", "/v1/recordings/7")
    assert journal.recordings()[0].upload == "/v1/recordings/7"
    journal.mark_received("r1")
    assert journal.unsent_recordings() == []
    journal.mark_received("r1", received=False)
    assert journal.unsent_recordings()[0].upload == ""


def test_a_recording_ends_once(journal: Journal) -> None:
    journal.append_all([Entry("recording_began", "p1", b"", 0, 0, "b", RecordingBegun("r1"))])
    end = Entry("recording_ended", "p1", b"", 0, 0, "b", RecordingEnded("r1", None))
    journal.append_all([end])
    with pytest.raises(ValueError, match="r1"):
        journal.append_all([end])
    assert journal.head().seq == 2


def test_the_first_receipt_stays(journal: Journal, path: Path) -> None:
    assert journal.receipt() is None
    with reading(path) as courier:
        courier.store_receipt(Receipt("K7", b"signed", b"signature", 9))
        courier.store_receipt(Receipt("L8", b"other", b"signature", 10))
    assert journal.receipt() == Receipt("K7", b"signed", b"signature", 9)


@pytest.mark.parametrize(
    ("statements", "damage"),
    [
        (["UPDATE event SET body = x'00' WHERE seq = 3"], [Damage(3, "changed")]),
        (["UPDATE event SET mono = 0 WHERE seq = 3"], [Damage(3, "changed")]),
        (["DELETE FROM event WHERE seq IN (2, 3)"], [Damage(2, "missing"), Damage(3, "missing")]),
        (
            [
                "UPDATE event SET seq = 99 WHERE seq = 2",
                "UPDATE event SET seq = 2 WHERE seq = 3",
                "UPDATE event SET seq = 3 WHERE seq = 99",
            ],
            [Damage(2, "moved"), Damage(3, "moved")],
        ),
    ],
)
def test_rows_changed_by_another_program_are_named(
    journal: Journal, path: Path, key: SessionKey, statements: list[str], damage: list[Damage]
) -> None:
    write(journal, 5)
    journal.close()
    altered(path, *statements)
    with reading(path) as reader:
        assert reader.verify() == damage
    with pytest.raises(Trouble, match=str(damage[0])) as trouble:
        Journal.open(path, key)
    assert trouble.value.code == "data-damaged"


def test_a_journal_of_another_session_under_this_name_is_noticed(journal: Journal, path: Path, key: SessionKey) -> None:
    write(journal, 2)
    journal.close()
    altered(path, "UPDATE meta SET session = 's2'")
    assert code(path, key) == "data-damaged"


def test_without_the_right_key_a_session_does_not_open(journal: Journal, path: Path) -> None:
    write(journal, 2)
    journal.close()
    assert code(path, SessionKey.new()) == "key-wrong"
    altered(path, "UPDATE meta SET wrapped_key = x'00'")
    assert code(path, SessionKey(bytes(range(32)))) == "key-wrong"


def test_a_damaged_file_is_moved_aside_whole_and_the_name_is_free_again(journal: Journal, path: Path, key: SessionKey) -> None:
    write(journal, 40)
    journal.close()
    broken = bytearray(path.read_bytes())
    for page in range(4096, len(broken), 4096):
        broken[page : page + 64] = bytes(64)
    for number in (1, 2):
        path.write_bytes(broken)
        path.with_name("journal.db-wal").write_bytes(b"left over")
        assert code(path, key) == "data-damaged"
        aside = quarantine(path)
        assert aside == path.with_name(f"damaged-{number}")
        assert (aside / "journal.db").read_bytes() == broken
        assert not list(path.parent.glob("journal.db*"))
    Journal.create(path, "s1", key, b"", 0).close()


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be one" * 100])
def test_a_file_that_is_no_journal_is_damaged(path: Path, key: SessionKey, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert code(path, key) == "data-damaged"


def test_a_journal_of_a_newer_program_is_refused(journal: Journal, path: Path, key: SessionKey) -> None:
    journal.close()
    altered(path, "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('journal', '99', '')")
    assert code(path, key) == "program-too-old"


def test_two_copies_of_a_computer_fork_and_neither_hides_it(journal: Journal, path: Path, key: SessionKey) -> None:
    write(journal, 3)
    journal.close()
    copy = path.parents[1] / "copy" / "journal.db"
    shutil.copytree(path.parent, copy.parent)
    one, two = Journal.open(path, key), Journal.open(copy, key)
    for opened in (one, two):
        opened.append("answered", "q4", b"same answer", 9, 9, "boot")
        assert opened.verify() == []
    assert one.rows()[:3] == two.rows()[:3]
    assert one.rows()[3].prev_hash == two.rows()[3].prev_hash
    assert one.head().seq == two.head().seq
    assert one.head().hash != two.head().hash
    one.close()
    two.close()


def test_what_is_transferred_is_checked_without_a_key(journal: Journal, path: Path, key: SessionKey) -> None:
    write(journal, 3)
    journal.close()
    reader = JournalReader(path)
    assert reader.verify() == []
    assert all(b'"n"' not in row.body for row in reader.rows())
    reader.close()
    Journal.open(path, key).close()


@pytest.mark.parametrize("acked", [0, 2, 5])
def test_a_journal_of_an_older_version_goes_on_with_what_it_had_to_send(path: Path, key: SessionKey, acked: int) -> None:
    journal = Journal.create(path, "s1", key, b"wrapped", 0)
    write(journal, 5)
    journal.close()
    as_written_once(path, acked)
    assert verify_session(SessionFolder(path.parent), key).findings == ()
    journal = Journal.open(path, key)
    assert [row.seq for row in journal.unsent()] == list(range(acked + 1, 6))
    write(journal, 1)
    assert journal.unsent_count() == 6 - acked
    journal.close()


def as_written_once(path: Path, acked: int) -> None:
    """The file with a row in `outbox` for each event that waits, as it was written once."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE outbox (seq INTEGER PRIMARY KEY REFERENCES event) STRICT")
        connection.execute("INSERT INTO outbox SELECT seq FROM event WHERE seq > ?", (acked,))
        connection.execute("DROP TABLE sent")
        connection.execute("DELETE FROM _sqlite_migrations WHERE migration_set = 'journal' AND name = 'sent'")
