"""Settings are written down before they are changed, and come back after a kill at any step."""

from pathlib import Path

import pytest

from stamp_desktop.kiosk.changes import Change, Changes


class KilledError(Exception):
    """The process ended here."""


class Machine:
    """Three settings, changed one after the other; it dies after so many steps."""

    def __init__(self, dies_after: int) -> None:
        self.settings = {"saver": "600", "power": "on", "access": "open"}
        self._left = dies_after

    def step(self) -> None:
        if not self._left:
            raise KilledError
        self._left -= 1

    def write(self, name: str, value: str) -> None:
        self.step()
        self.settings[name] = value

    def close(self, changes: Changes) -> None:
        for name in self.settings:
            self.step()
            changes.note(Change("setting", name, self.settings[name]))
            self.write(name, "closed")


WHOLE = 2 * 3


@pytest.mark.parametrize("step", range(WHOLE + 1))
def test_recover_undoes_a_kill_at_every_step(tmp_path: Path, step: int) -> None:
    changes = Changes(tmp_path / "kiosk" / "changes.jsonl")
    machine = Machine(step)
    before = dict(machine.settings)
    try:
        machine.close(changes)
        assert step == WHOLE
    except KilledError:
        assert step < WHOLE
    machine._left = 99
    Changes(tmp_path / "kiosk" / "changes.jsonl").undo({"setting": machine.write})
    assert machine.settings == before
    assert not changes


@pytest.mark.parametrize("step", range(3))
def test_undoing_may_be_killed_and_done_again(tmp_path: Path, step: int) -> None:
    changes = Changes(tmp_path / "changes.jsonl")
    machine = Machine(WHOLE + step)
    before = dict(machine.settings)
    machine.close(changes)
    with pytest.raises(KilledError):
        changes.undo({"setting": machine.write})
    assert changes
    machine._left = 99
    changes.undo({"setting": machine.write})
    assert machine.settings == before


def test_what_a_setting_was_first_is_what_counts(tmp_path: Path) -> None:
    changes = Changes(tmp_path / "changes.jsonl")
    changes.note(Change("setting", "saver", "600"))
    changes.note(Change("setting", "saver", "closed"))
    assert changes.read() == (Change("setting", "saver", "600"),)


def test_half_a_line_is_as_if_it_had_not_been_written(tmp_path: Path) -> None:
    file = tmp_path / "changes.jsonl"
    changes = Changes(file)
    changes.note(Change("setting", "saver", "600"))
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:20])
    assert len(changes.read()) == 1
    changes.note(Change("setting", "power", "on"))
    assert [each.name for each in changes.read()] == ["saver", "power"]


def test_nothing_to_undo_is_no_trouble(tmp_path: Path) -> None:
    changes = Changes(tmp_path / "none" / "changes.jsonl")
    changes.undo({})
    assert not changes
