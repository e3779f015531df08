"""A small package, a disk that forgets, how long the tests are, and the figures at the end."""

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.content.small import SmallPackage, build_small
from tests.faults.forgetful import Op

FIGURES = "figures of the faults"
ROOT = Path(__file__).parents[2]
SHARE = float(os.environ.get("STAMP_SOAK") or 0)
"""How much of the long form is wanted: 1 all of it, 0.1 a tenth; 0 the short form."""

SOAK = SHARE > 0


def many(short: int, long: int) -> int:
    """How often: so often in the short form, and the wanted share of so often in the long one."""
    return max(short, round(long * SHARE))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the summary, from whichever process the test runs in."""
    lines: list[str] = []
    request.node.user_properties.append((FIGURES, lines))
    return lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reports in terminalreporter.stats.values():
        for each in reports:
            if isinstance(each, pytest.TestReport) and each.when == "call":
                for name, lines in each.user_properties:
                    if name == FIGURES and isinstance(lines, list):
                        terminalreporter.write_line("\n".join(lines))


class Forgetful:
    """A mounted disk that forgets; `folder` is where it is, the rest is what it can be told."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self._scratch = scratch / "notes"
        self._control = os.open(folder / ".control", os.O_WRONLY)

    def said(self, text: str) -> None:
        """Note a promise."""
        self._tell(f"said {text}")

    def fail(self, kind: str, after: int, number: int, count: int = 1) -> None:
        """Let operations of that kind fail with that error, behind the next `after` ones."""
        self._tell(f"fail {kind} {after} {number} {count}")

    def heal(self) -> None:
        self.fail("none", 0, 0, 0)

    def room(self, size: int) -> None:
        """So many bytes may be added from now on; -1: as many as anybody likes."""
        self._tell(f"room {size}")

    def notes(self) -> list[Op]:
        """Everything that happened since the last time."""
        self._tell(f"dump {self._scratch}")
        found: list[Op] = pickle.loads(self._scratch.read_bytes())  # noqa: S301  # our own
        return found

    def close(self) -> None:
        os.close(self._control)

    def _tell(self, line: str) -> None:
        os.pwrite(self._control, line.encode(), 0)  # from its beginning, or a line would be cut where a page ends


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Forgetful]:
    """A disk in user space, empty."""
    folder = tmp_path / "forgetful"
    folder.mkdir()
    if sys.platform != "linux" or not os.access("/dev/fuse", os.R_OK | os.W_OK) or shutil.which("fusermount3") is None:
        missing("file systems in user space (/dev/fuse and fusermount3)")
    process = subprocess.Popen([sys.executable, "-m", "tests.faults.forgetful", folder], cwd=ROOT, stderr=subprocess.PIPE)
    while not (folder / ".control").exists():
        if process.poll() is not None:
            assert process.stderr is not None
            missing(f"a mount in user space: {process.stderr.read().decode()}")
    disk = Forgetful(folder, tmp_path)
    try:
        yield disk
    finally:
        disk.close()
        subprocess.run(["fusermount3", "-u", "-z", folder], check=True)
        process.communicate(timeout=30)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is such a thing: what is looked at there need not wait for a disk."""
    memory = Path("/dev/shm")  # noqa: S108  # a name of its own is made in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="stamp-faults-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def missing(what: str) -> NoReturn:
    """Skip where a part is not there; fail where it has to be."""
    if os.environ.get("CI"):
        pytest.fail(f"missing here: {what}")
    pytest.skip(f"missing here: {what}")
