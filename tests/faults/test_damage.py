"""Bits are flipped, parts removed, exchanged, put back from older copies: everything is named, and nothing else is.

The journal's file is tried at every byte in the long form, at some of every page in the short one; recordings at every byte.
"""

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.storage import chain, recordings
from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.storage.database import database_files
from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded
from stamp_desktop.storage.reader import Head, Receipt, reading
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import Verdict, verify_recording, verify_session
from stamp_desktop.trouble import Trouble
from tests.faults.conftest import SHARE, SOAK

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200 if SOAK else 180)]
SERVER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PINNED = [SERVER.public_key().public_bytes_raw()]
KEY, OTHER = SessionKey(bytes(range(32))), SessionKey(bytes(range(1, 33)))
A_PAGE = 25
"""Bytes of each page of 4096 that the short form tries."""

RATE = 16
FINAL = recordings.FRAME.size + recordings.OVERHEAD
CONTENT = (  # what a session says; the notes about sending (sent, received, upload) are set right by the server
    "* FROM meta",
    "* FROM event",
    "id, item, begun_seq, ended_seq, sha256, bytes, frames, samples, rate, salvaged FROM recording",
    "number, signed, signature FROM receipt",
)


@pytest.fixture
def folder(scratch: Path) -> SessionFolder:
    """A session of thirty events and two recordings, received."""
    folder = Folders(scratch).make_session("s1")
    journal = Journal.create(folder.journal, "s1", KEY, b"wrapped", 1_000)
    for number in range(13):
        say(journal, "answered", f"answer {number}")
    for name in ("r1", "r2"):
        say(journal, "recording_began", name, RecordingBegun(name))
        file = RecordingFile.create(folder.recording(name), KEY, "s1", name, RATE)
        for second in range(3):
            file.write_frame(bytes([second, 0]) * RATE)
        finished = file.finish()
        say(journal, "recording_ended", f"{name} {finished.sha256} false", RecordingEnded(name, finished))
    for number in range(13):
        say(journal, "answered", f"answer {number}")
    head = journal.head()
    signed = json.dumps({"session": "s1", "number": "K7", "events": head.seq, "head": head.hash.hex()}).encode()
    journal.store_receipt(Receipt("K7", signed, SERVER.sign(signed), 2_000))
    journal.close()
    return folder


def say(journal: Journal, kind: str, body: str, recording: RecordingBegun | RecordingEnded | None = None) -> None:
    journal.append_all([Entry(kind, "i1", body.encode(), 1, 2, "boot", recording)])


def look(folder: SessionFolder, key: SessionKey | None = KEY, *witnesses: tuple[str, Head]) -> Verdict:
    return verify_session(folder, key, PINNED, witnesses)


def found(folder: SessionFolder, key: SessionKey | None = KEY, *witnesses: tuple[str, Head]) -> list[str]:
    return [str(finding) for finding in look(folder, key, *witnesses).findings]


def content(folder: SessionFolder) -> object:
    """What the journal says, None where it cannot be read."""
    with closing(sqlite3.connect(f"file:{folder.journal}?immutable=1", uri=True)) as connection:
        try:
            return [connection.execute(f"SELECT {what}").fetchall() for what in CONTENT]
        except sqlite3.Error:
            return None


def opens(folder: SessionFolder) -> bool:
    """Whether the program goes on with it; nothing but Trouble may come of trying."""
    try:
        Journal.open(folder.journal, KEY).close()
    except Trouble:
        opened = False
    else:
        opened = True
    for file in database_files(folder.journal)[1:]:
        file.unlink(missing_ok=True)
    return opened


def changed(folder: SessionFolder, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """As somebody who knows SQL would change it: past the triggers, which are put back."""
    with closing(sqlite3.connect(folder.journal, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement, values)
        for _, sql in triggers:
            connection.execute(sql)


def test_an_untouched_session_is_as_it_was_written_and_looking_changes_nothing(folder: SessionFolder) -> None:
    before = {file: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()}
    for key in (KEY, None):
        assert found(folder, key) == []
    verdict = look(folder)
    assert (verdict.session, verdict.events, verdict.recordings, verdict.opened) == ("s1", 30, 2, True)
    assert {file: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()} == before


def test_every_flipped_byte_of_a_journal_is_named_or_means_nothing(folder: SessionFolder, report: list[str]) -> None:
    whole, right = folder.journal.read_bytes(), content(folder)
    dice, named, nothing, opened, unseen = random.Random(1), 0, 0, 0, list[int]()
    pages = range(0, len(whole), 4096)
    if SOAK:
        tried = list(range(0, len(whole), max(1, round(1 / SHARE))))
    else:  # some of every page, and of its first bytes, which say how the rest is to be read
        tried = [page + at for page in pages for at in (*dice.sample(range(4096), A_PAGE), *range(0, 24, 3))]
    for at in tried:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << dice.randrange(8)
        folder.journal.write_bytes(flipped)
        if look(folder).findings:
            named += 1
            opened += opens(folder)
        elif content(folder) == right:
            nothing += 1
        else:
            unseen.append(at)
    report.append(
        f"flipped bytes of a journal: {len(tried)} tried, {named} named ({opened} of them where it can still be gone on with), "
        f"{nothing} where nothing is written, {len(unseen)} unseen"
    )
    assert named > len(tried) // 20
    assert unseen == []


def test_every_flipped_byte_of_a_recording_is_named(folder: SessionFolder, report: list[str]) -> None:
    path = folder.recording("r1")
    whole, dice = path.read_bytes(), random.Random(1)
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        assert verify_recording(path, KEY).findings
        assert [line for line in found(folder, None) if line.startswith("recording r1")], at
    report.append(f"flipped bytes of a recording: {len(whole)} tried, all named, with the key and without")


def test_frames_that_are_removed_exchanged_or_repeated_are_named(folder: SessionFolder) -> None:
    path = folder.recording("r1")
    whole, size = path.read_bytes(), recordings.FRAME.size + recordings.OVERHEAD + 2 * RATE
    start = recordings.HEADER.size + len("s1") + len("r1")
    head, frames, final = whole[:start], [whole[start + n * size : start + (n + 1) * size] for n in range(3)], whole[-FINAL:]
    assert head + b"".join(frames) + final == whole
    for order, expected in (
        ((1, 0, 2), "frame 0 is frame 1, moved here"),
        ((0, 2), "frame 1 is frame 2, moved here"),
        ((0, 1, 1, 2), "frame 2 is frame 1, moved here"),
        ((0, 1), "frame 2 is frame 3, moved here"),
    ):
        path.write_bytes(head + b"".join(frames[n] for n in order) + final)
        assert f"recording r1: {expected}" in found(folder)
        assert found(folder, None)
    path.write_bytes(whole[:-FINAL])
    assert "recording r1: the end is missing behind 3 frames" in found(folder)
    path.write_bytes(whole + frames[0])
    assert "recording r1: something was added behind frame 3" in found(folder)
    shutil.copyfile(folder.recording("r2"), path)
    assert [line for line in found(folder) if line.startswith("recording r1: The recording is not as it was written")]
    path.unlink()
    assert "recording r1: its file is missing" in found(folder)
    (folder.recordings / "r9.rec").write_bytes(whole)
    assert "file r9.rec: does not belong to this session" in found(folder)


@pytest.mark.parametrize("seq", [1, 2, 15, 29])
def test_events_that_are_removed_or_changed_are_named(folder: SessionFolder, seq: int) -> None:
    for column, value in (
        ("kind", "ticked"),
        ("item", None),
        ("wall", 7),
        ("mono", 7),
        ("boot", "x"),
        ("id", "x"),
        ("body", b"x"),
    ):
        saved = folder.journal.read_bytes()
        changed(folder, f"UPDATE event SET {column} = ?1 WHERE seq = ?2", values=(value, seq))
        assert f"event {seq}: was changed" in found(folder, None)
        folder.journal.write_bytes(saved)
    changed(folder, "DELETE FROM event WHERE seq = ?1", values=(seq,))
    assert f"event {seq}: is missing" in found(folder, None)


def test_events_that_are_exchanged_are_named(folder: SessionFolder) -> None:
    changed(
        folder,
        "UPDATE event SET seq = 99 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 9",
        "UPDATE event SET seq = 9 WHERE seq = 99",
    )
    named = found(folder, None)
    assert "event 4: was moved here from another place" in named
    assert "event 9: was moved here from another place" in named


def computed_again(folder: SessionFolder, key: SessionKey | None) -> Iterator[Row]:
    """A whole chain, made again by somebody with that key or none, with one body of their own."""
    with reading(folder.journal) as journal:
        rows = journal.rows()
    before = GENESIS
    for row in rows:
        body = b"better answer" + bytes(28) if row.seq == 5 else row.body
        plain = Row(row.seq, row.id, row.kind, row.item, row.wall_ms, row.mono_ms, row.boot, body, before, b"")
        made = chain.sealed_row(key, "s1", plain) if key else replace(plain, hash=chain.row_hash("s1", plain))
        before = made.hash
        yield made


@pytest.mark.parametrize("key", [None, OTHER], ids=["no key", "another key"])
def test_a_chain_that_was_computed_again_is_named_with_the_key_and_by_the_receipt(
    folder: SessionFolder, key: SessionKey | None
) -> None:
    rows = list(computed_again(folder, key))
    with closing(sqlite3.connect(folder.journal, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER event_is_never_changed")
        for row in rows:
            values = (row.body, row.prev_hash, row.hash, row.seq)
            connection.execute("UPDATE event SET body = ?, prev_hash = ?, hash = ? WHERE seq = ?", values)
    named = found(folder)
    assert "event 5: was changed and its hash computed again, or is of another session" in named
    assert "journal: trigger event_is_never_changed was changed" in named
    assert "event 30: is another than the receipt has seen: set back and gone on differently" in found(folder, None)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE recording SET sha256 = 'x' || substr(sha256, 2)", "recording r1: what the journal lists of it is not"),
        ("UPDATE recording SET samples = 1", "recording r1: what the journal lists of its length is not what the file has"),
        ("DELETE FROM recording WHERE id = 'r2'", "event 16: begins a recording that the journal does not list"),
        ("UPDATE receipt SET number = 'X1'", "receipt: it is not one that the server signed for this session"),
        ("UPDATE meta SET epoch = 'x'", "journal: its head"),
        ("UPDATE meta SET wrapped_key = x'00'", "journal: its head"),
        ("UPDATE sent SET through = 31", "sent: what waits to be sent is not the end of the journal"),
        ("DELETE FROM sent", "sent: what waits to be sent is not the end of the journal"),
        ("DROP TABLE sent", "journal: table sent was changed"),
    ],
)
def test_what_stands_beside_the_events_is_named_too(folder: SessionFolder, statement: str, expected: str) -> None:
    changed(folder, statement)
    assert [line for line in found(folder) if line.startswith(expected)]


def test_an_older_copy_is_named_by_whoever_has_seen_a_later_one(folder: SessionFolder) -> None:
    journal = Journal.open(folder.journal, KEY)
    say(journal, "answered", "one more")
    journal.close()
    older = folder.journal.read_bytes()
    journal = Journal.open(folder.journal, KEY)
    for _ in range(5):
        say(journal, "answered", "and more")
    seen = journal.head()
    journal.close()
    assert found(folder, KEY, ("the room", seen)) == []
    folder.journal.write_bytes(older)
    assert found(folder, KEY, ("the room", seen)) == [
        "journal: it ends with event 31, but the room has seen event 36: set back, or its tail is cut"
    ]
    journal = Journal.open(folder.journal, KEY)
    for _ in range(7):
        say(journal, "answered", "something else")
    journal.close()
    assert found(folder, None, ("the room", seen)) == [
        "event 36: is another than the room has seen: set back and gone on differently"
    ]


@pytest.mark.parametrize(
    "harm",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:4096],
        lambda whole: bytes(len(whole)),
        lambda whole: whole[:8192] + whole[12288:16384] + whole[8192:12288] + whole[16384:],
        lambda whole: b"not a database" + whole[14:],
    ],
    ids=["half of it", "one page", "zeros", "pages exchanged", "another beginning"],
)
def test_a_broken_file_is_named_and_left_as_it_is(folder: SessionFolder, harm: Callable[[bytes], bytes]) -> None:
    broken = harm(folder.journal.read_bytes())
    folder.journal.write_bytes(broken)
    assert found(folder)
    assert folder.journal.read_bytes() == broken
    assert not any(file.exists() for file in database_files(folder.journal)[1:])
