"""The kiosk session laid on a file system of its own and taken away: nothing is left, whenever it was killed."""

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from stamp_desktop.kiosk.linux.install import JOURNAL, Installation, Place

FILES = Path(__file__).parents[2] / "installers" / "linux" / "kiosk" / "files"
OWN_COPIES = {"passwd-", "group-", "shadow-", "gshadow-"}
"""What the system's own tools keep of the state before: not ours to judge."""

pytestmark = pytest.mark.skipif(
    os.name != "posix" or os.getuid() != 0 or shutil.which("useradd") is None, reason="users are made by root, with useradd"
)


class KilledError(Exception):
    """The process ended here."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A computer's file system, as far as it matters: users, a setting of its own in the way, a display manager."""
    made = tmp_path / "root"
    for name, text in {
        "passwd": "root:x:0:0:root:/root:/bin/bash\nana:x:1000:1000::/home/ana:/bin/bash\n",
        "group": "root:x:0:\naudio:x:29:ana\nvideo:x:44:\nana:x:1000:\n",
        "shadow": "root:*:19000:0:99999:7:::\nana:!:19000:0:99999:7:::\n",
        "gshadow": "root:*::\naudio:*::ana\nvideo:*::\nana:!::\n",
        "login.defs": "SYS_UID_MIN 100\nSYS_UID_MAX 999\nSYS_GID_MIN 100\nSYS_GID_MAX 999\nENCRYPT_METHOD SHA512\n",
        "sysctl.d/90-stamp-kiosk.conf": "# somebody's own\n",
    }.items():
        file = made / "etc" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (made / "etc" / "shadow").chmod(0o640)
    (made / "usr" / "share").mkdir(parents=True)
    (made / "var" / "lib").mkdir(parents=True)
    return made


def snapshot(root: Path) -> Mapping[str, tuple[object, ...]]:
    """Every file: kind, rights, owner, content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        if path.name in OWN_COPIES or path.name.endswith(".lock"):
            continue
        facts = path.lstat()
        what = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(root))] = (
            stat.S_IFMT(facts.st_mode),
            facts.st_mode & 0o7777,
            facts.st_uid,
            facts.st_gid,
            what,
        )
    return found


def place(root: Path) -> Place:
    return Place(root, FILES, boot=True)


def test_installed_checked_removed_leaves_the_computer_as_it_was(root: Path) -> None:
    before = snapshot(root)
    installation = Installation(place(root))
    assert len(installation.check()) > 5
    installation.install()
    assert installation.check() == []
    assert snapshot(root) != before
    assert installation.remove() == []
    assert snapshot(root) == before


def test_a_second_install_repairs_and_one_remove_undoes_both(root: Path) -> None:
    before = snapshot(root)
    Installation(place(root)).install()
    (root / "etc/X11/xorg.conf.d/90-stamp-kiosk.conf").write_text("")
    (root / "usr/share/xsessions/stamp-kiosk.desktop").unlink()
    faults = Installation(place(root)).check()
    assert [fault.split()[0] for fault in faults] == [
        "/etc/X11/xorg.conf.d/90-stamp-kiosk.conf",
        "/usr/share/xsessions/stamp-kiosk.desktop",
    ]
    Installation(place(root)).install()
    assert Installation(place(root)).check() == []
    Installation(place(root)).remove()
    assert snapshot(root) == before


def test_answers_are_left_where_they_are(root: Path) -> None:
    Installation(place(root)).install()
    answers = root / "var/lib/stamp-desktop/exam/sessions/s1/journal.db"
    answers.parent.mkdir(parents=True)
    answers.write_bytes(b"answers")
    left = Installation(place(root)).remove()
    assert any("exam was left" in line for line in left)
    assert answers.read_bytes() == b"answers"


def test_what_cannot_be_tried_without_a_console_is_configured(root: Path) -> None:
    """Ctrl+Alt+Fn, Ctrl+Alt+Backspace, SysRq, Ctrl+Alt+Del, suspend and the power key, the exam user's shell."""
    Installation(place(root)).install()
    xorg = (root / "etc/X11/xorg.conf.d/90-stamp-kiosk.conf").read_text()
    assert '"DontVTSwitch" "true"' in xorg
    assert '"DontZap" "true"' in xorg
    assert '"srvrkeys:none"' in xorg
    logind = (root / "etc/systemd/logind.conf.d/90-stamp-kiosk.conf").read_text()
    assert {"NAutoVTs=0", "HandlePowerKey=ignore", "HandleSuspendKey=ignore", "HandleLidSwitch=ignore"} <= set(logind.split())
    assert "kernel.sysrq = 0" in (root / "etc/sysctl.d/90-stamp-kiosk.conf").read_text()
    assert str((root / "etc/systemd/system/ctrl-alt-del.target").readlink()) == "/dev/null"
    assert "stamp-exam" in (root / "etc/polkit-1/rules.d/90-stamp-kiosk.rules").read_text()
    passwd = (root / "etc/passwd").read_text()
    assert [line.split(":")[-1] for line in passwd.splitlines() if line.startswith("stamp-exam:")] == ["/usr/sbin/nologin"]
    assert "@" not in (root / "usr/lib/stamp-desktop/kiosk-session").read_text().replace("$@", "").replace("@im", "")


def steps_of(root: Path, work: str) -> int:
    """How many steps there are."""
    seen: list[str] = []
    made = Installation(place(root), seen.append)
    made.install() if work == "install" else made.remove()
    return len(seen)


@pytest.mark.parametrize("work", ["install", "remove"])
def test_a_kill_at_every_step_is_undone(root: Path, work: str) -> None:
    """At every sixth by default, at each one in the long form."""
    before = snapshot(root)
    if work == "remove":
        Installation(place(root)).install()
    count = steps_of(root, work)
    Installation(place(root)).remove()
    assert count > 20 if work == "install" else count > 8
    for dead in range(0, count, 1 if os.environ.get("STAMP_SOAK") else 6):
        left = [dead]

        def step(_what: str, left: list[int] = left) -> None:
            if not left[0]:
                raise KilledError
            left[0] -= 1

        if work == "remove":
            Installation(place(root)).install()
        made = Installation(place(root), step)
        with pytest.raises(KilledError):
            made.install() if work == "install" else made.remove()
        Installation(place(root)).remove()
        assert snapshot(root) == before, f"after a kill at step {dead}"
        assert not (root / JOURNAL).exists()
