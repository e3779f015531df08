import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from stamp_desktop.storage import journal as journals
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.recordings import RecordingFile, read
from stamp_desktop.storage.reserve import Reserve
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble
from tests.storage.test_faults import filled, small_disk

__all__ = ["small_disk"]
SIZE = 100_000


@pytest.fixture
def reserve(small_disk: Path) -> Reserve:
    made = Reserve(small_disk / "reserve", SIZE)
    made.make()
    return made


@pytest.fixture
def full_disk(small_disk: Path, reserve: Reserve, key: SessionKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A journal on a disk that somebody else has filled."""
    assert not reserve.gone
    monkeypatch.setattr(journals, "ROOM", 0)
    journal = Journal.create(small_disk / "s1" / "journal.db", "s1", key, b"", 0, reserve)
    filled(small_disk)
    yield journal
    journal.close()


def test_the_reserve_takes_room_and_gives_it_back_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "folder" / "reserve", 3_000_000)
    for _ in range(2):
        reserve.make()
        assert (tmp_path / "folder" / "reserve").stat().st_blocks * 512 >= 3_000_000
    assert (reserve.let_go(), reserve.gone) == (True, True)
    assert reserve.let_go() is False
    assert reserve.gone
    reserve.make()
    assert not reserve.gone


def test_no_half_of_a_reserve_stays_where_there_is_no_room_for_it(small_disk: Path) -> None:
    reserve = Reserve(small_disk / "reserve", 10_000_000)
    with pytest.raises(Trouble) as trouble:
        reserve.make()
    assert trouble.value.code == "disk-full"
    assert list(small_disk.iterdir()) == []


def test_answers_go_on_in_the_room_of_the_reserve_and_then_the_disk_is_full(full_disk: Journal, reserve: Reserve) -> None:
    count, code = 0, ""
    while not code:
        try:
            full_disk.append("answered", None, bytes(1000), 0, 0, "b")
            count += 1
        except Trouble as trouble:
            code = trouble.code
    assert code == "disk-full"
    assert reserve.gone
    assert count * 1000 > SIZE // 20
    assert full_disk.head().seq == count
    assert full_disk.verify() == []


def test_speech_goes_on_in_the_room_of_the_reserve(small_disk: Path, reserve: Reserve, key: SessionKey) -> None:
    path, second = small_disk / "r1.rec", random.Random(1).randbytes(2 * 8_000)
    file = RecordingFile.create(path, key, "s1", "r1", 8_000, reserve)
    filled(small_disk)
    for _ in range(4):
        file.write_frame(second)
    file.finish()
    assert reserve.gone
    assert read(path, key, "s1", "r1") == (second * 4, 8_000)
