from pathlib import Path

import pytest

from stamp_desktop.storage.folders import Folders
from stamp_desktop.trouble import Trouble


def test_everything_lies_below_the_root(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "a" / "b")
    folders.make()
    session = folders.make_session("6f1c5c52-7a0e-5d0b-9a55-2f3f4b8f1e11")
    assert session.recordings.is_dir()
    for path in (folders.station, folders.keys, session.journal, session.recording("r1")):
        assert folders.root in path.parents


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\\b", "a.b", "c:", "x" * 81, "-a", "a\n"])
def test_an_id_that_cannot_be_a_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name of a file"):
        Folders(tmp_path).session(name)
    with pytest.raises(ValueError, match="name of a file"):
        Folders(tmp_path).session("s").recording(name)


def test_a_test_begins_only_with_twice_the_room_it_needs(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.room_for(folders.free() // 4)
    with pytest.raises(Trouble, match="MB left") as trouble:
        folders.room_for(folders.free())
    assert trouble.value.code == "disk-low"


def test_a_folder_that_cannot_be_made_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Trouble) as trouble:
        Folders(tmp_path / "file" / "below").make()
    assert trouble.value.code == "disk-error"


def test_the_users_own_folder_is_absolute() -> None:
    assert Folders.of_user().root.is_absolute()
