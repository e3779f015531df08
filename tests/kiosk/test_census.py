"""Who is a stranger to the X server. The pure judgement; the asking is tried in tests/attack."""

import os
from pathlib import Path

import pytest

from stamp_desktop.kiosk.linux.census import Client, Program, judge, program_of, started, state_of
from stamp_desktop.kiosk.machine import markers
from stamp_desktop.kiosk.policy import Policy

EXAM = 100


def client(path: str, *, script: str = "", parents: tuple[int, ...] = (1,), owner: int = 0, holds: str = "") -> Client:
    program = Program(200, path, script, Path(path).name[:15], parents, frozenset({owner}))
    return Client(0x200000, program, frozenset({holds} if holds else set()))


def code(found: Client) -> str:
    finding = judge(found, {EXAM}, Policy(), 0)
    return finding.code if finding else ""


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (client("/usr/bin/x11vnc"), "remote-control"),
        (client("/usr/bin/ffmpeg"), "screen-recorder"),
        (client("/usr/bin/xinput"), "key-logger"),
        (client("/home/me/notepad"), "foreign-program"),
        (client("/usr/bin/python3.11", script="/home/me/x11vnc"), "remote-control"),
        (client("/usr/bin/python3.11", script="/home/me/cat.py"), "foreign-program"),
        (client("/usr/bin/dash", parents=(EXAM, 1)), ""),
        (client("/usr/libexec/ibus-ui-gtk3"), ""),
        (client("/usr/bin/python3.11", script="/usr/bin/orca"), ""),
        (client("/usr/bin/orca", owner=1000), "foreign-program"),
    ],
)
def test_clients_are_judged_by_what_they_are(found: Client, wanted: str) -> None:
    assert code(found) == wanted


def test_the_exam_itself_is_no_stranger() -> None:
    assert judge(Client(1, Program(EXAM, "/opt/stamp/stamp-desktop", "", "stamp-desktop", (1,))), {EXAM}, Policy(), 0) is None


def test_a_finding_says_what_the_stranger_does() -> None:
    finding = judge(client("/home/me/notes", holds="RECORD CONTEXT"), {EXAM}, Policy(), 5)
    assert finding is not None
    assert finding.detail["does"] == ["listens to all keys and clicks"]
    assert "/home/me/notes" in str(finding.detail["program"])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_this_process_is_known_by_its_parents_and_start() -> None:
    me = program_of(os.getpid())
    assert me is not None
    assert os.getppid() in me.parents
    assert started(os.getpid()) > 0
    assert state_of(os.getpid()) in {"R", "S"}
    assert program_of(2**22 + 1) is None


def test_a_virtual_machine_and_a_remote_session_are_told_by_their_marks(tmp_path: Path) -> None:
    (tmp_path / "product_name").write_text("VirtualBox\n")
    found = markers({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "The X.Org Foundation", 0, tmp_path)
    assert [each.code for each in found] == ["virtual-machine", "remote-session"]
    assert all(each.mend for each in found)


def test_an_ordinary_computer_has_no_marks(tmp_path: Path) -> None:
    (tmp_path / "product_name").write_text("ThinkCentre M70q\n")
    assert markers({"HOME": "/home/exam"}, "The X.Org Foundation", 0, tmp_path) == []
