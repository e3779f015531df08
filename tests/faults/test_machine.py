"""Whatever happens to a session, in whatever order: killed, salvaged, copied, damaged and mended, set back, gone on with.

The model is a list of what was acknowledged. A computer that was set back is named by whoever has seen more.
"""

import json
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stamp_desktop.storage import journal as journals
from stamp_desktop.storage import recordings
from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded
from stamp_desktop.storage.mend import mend
from stamp_desktop.storage.reader import Head, reading
from stamp_desktop.storage.recordings import Finished, RecordingFile
from stamp_desktop.storage.second import SecondCopy, copies
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import verify_session
from tests.faults.conftest import SOAK, many

pytestmark = [pytest.mark.faults, pytest.mark.timeout(36_000 if SOAK else 180)]
KEY = SessionKey(bytes(range(32)))
RATE = 16
MEMORY = Path("/dev/shm")  # noqa: S108  # a name of its own is made in it


class Storage(RuleBasedStateMachine):
    """One session. `told` are the hashes of its acknowledged events; `spoken` the kept seconds of each recording."""

    @initialize()
    def begin(self) -> None:
        self.room, journals.ROOM = journals.ROOM, 0
        self.root = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None, prefix="stamp-machine-"))
        self.number = 0
        self.folder = Folders(self.root / "0").make_session("s1")
        self.journal = Journal.create(self.folder.journal, "s1", KEY, b"wrapped", 0)
        self.told: list[bytes] = []
        self.spoken: dict[str, int] = {}
        self.ended: dict[str, str] = {}
        self.file: RecordingFile | None = None
        self.open = ""
        self.second = self.root / "second"
        self.copied = 0
        self.back: tuple[Path, int, dict[str, int], dict[str, str], str] | None = None
        self.witness = Head(0, bytes(32))

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.close()
            journals.ROOM = self.room
            shutil.rmtree(self.root)

    def close(self) -> None:
        self.journal.close()
        if self.file:
            self.file.close()
            self.file = None

    def write(self, kind: str, body: dict[str, object], recording: RecordingBegun | RecordingEnded | None = None) -> None:
        entry = Entry(kind, "p1", json.dumps(body).encode(), 1, 2, "b", recording)
        self.told.append(self.journal.append_all([entry])[0].hash)

    @rule(count=st.integers(1, 4))
    def answer(self, count: int) -> None:
        entries = [Entry("answered", "i1", b"{}", 1, 2, "b")] * count
        self.told += [row.hash for row in self.journal.append_all(entries)]

    @precondition(lambda self: not self.open)
    @rule()
    def record(self) -> None:
        name = f"r{len(self.told)}-{self.number}"
        self.write("recording_began", {"recording": name}, RecordingBegun(name))
        self.open, self.spoken[name] = name, 0
        self.file = RecordingFile.create(self.folder.recording(name), KEY, "s1", name, RATE)

    @precondition(lambda self: self.file is not None)
    @rule()
    def speak(self) -> None:
        assert self.file is not None
        self.file.write_frame(second(self.open, self.spoken[self.open]))
        self.spoken[self.open] += 1

    @precondition(lambda self: self.file is not None)
    @rule()
    def stop(self) -> None:
        assert self.file is not None
        finished, self.file = self.file.finish(), None
        self.end(finished, salvaged=False)

    @precondition(lambda self: self.open and self.file is None)
    @rule()
    def salvage(self) -> None:
        finished = recordings.salvage(self.folder.recording(self.open), KEY, "s1", self.open)
        assert finished is None or finished.frames == self.spoken[self.open]
        self.end(finished, salvaged=True)

    def end(self, finished: Finished | None, *, salvaged: bool) -> None:
        said = {"recording": self.open, "sha256": finished.sha256 if finished else "", "salvaged": salvaged}
        self.write("recording_ended", said, RecordingEnded(self.open, finished, salvaged))
        if finished:
            self.ended[self.open] = finished.sha256
        self.open = ""

    @rule(torn=st.booleans(), dice=st.randoms(use_true_random=False))
    def kill(self, torn: bool, dice: random.Random) -> None:
        """The files as they are at this moment are all that is left; of what was being recorded some bytes more, perhaps."""
        self.number += 1
        left = self.root / str(self.number)
        shutil.copytree(self.folder.path, left / "sessions" / "s1")
        self.close()
        self.folder = Folders(left).session("s1")
        if torn and self.open and (part := recordings.part_of(self.folder.recording(self.open))).exists():
            with part.open("ab") as file:
                file.write(dice.randbytes(dice.randint(1, 40)))
        self.journal = Journal.open(self.folder.journal, KEY)

    @rule()
    def close_and_open(self) -> None:
        self.close()
        self.journal = Journal.open(self.folder.journal, KEY)

    @rule()
    def acknowledge(self) -> None:
        """The server has seen everything up to here."""
        head = self.journal.head()
        with reading(self.folder.journal) as courier:
            courier.mark_acked(head.seq)
        self.witness = head

    @rule()
    def copy(self) -> None:
        SecondCopy(self.folder, self.second).catch_up()
        self.copied = len(self.told)

    @precondition(lambda self: self.file is None and self.told)
    @rule(table=st.sampled_from(["sent", "recording"]))
    def lose_a_projection(self, table: str) -> None:
        """A table that can be worked out again is destroyed."""
        self.journal._connection.execute(f"DROP TABLE {table}")
        self.close()
        mend(self.folder, KEY)
        self.journal = Journal.open(self.folder.journal, KEY)

    @precondition(lambda self: self.file is None and self.copied == len(self.told) > 0)
    @rule()
    def lose_the_journal(self) -> None:
        """The file is overwritten with zeros; the second copy has all of it."""
        if any([row.hash for row in each.rows] != self.told[: len(each.rows)] for each in copies(self.second)):
            return  # the second copy has seen another past as well: nobody can tell which one to go on with
        self.close()
        self.folder.journal.write_bytes(bytes(self.folder.journal.stat().st_size))
        mend(self.folder, KEY, self.second)
        self.journal = Journal.open(self.folder.journal, KEY)

    @precondition(lambda self: self.file is None)
    @rule()
    def back_up(self) -> None:
        """An image of the disk is made."""
        self.close()
        image = self.root / f"image-{self.number}-{len(self.told)}"
        if not image.exists():
            shutil.copytree(self.folder.path, image)
        self.back = image, len(self.told), dict(self.spoken), dict(self.ended), self.open
        self.journal = Journal.open(self.folder.journal, KEY)

    @precondition(lambda self: self.back is not None)
    @rule()
    def set_back(self) -> None:
        """The computer is restored from the image: whoever has seen more says so."""
        assert self.back is not None
        self.close()
        self.number += 1
        image, count, spoken, ended, self.open = self.back
        self.folder = SessionFolder(self.root / str(self.number) / "sessions" / "s1")
        shutil.copytree(image, self.folder.path)
        lost = len(self.told) - count
        self.told, self.spoken, self.ended = self.told[:count], dict(spoken), dict(ended)
        self.journal = Journal.open(self.folder.journal, KEY)
        if lost and self.witness.seq > count:
            self.journal.close()
            seen = [("the server", self.witness)]
            named = [str(finding) for finding in verify_session(self.folder, KEY, (), seen).findings]
            (found,) = (each for each in named if not each.startswith(f"recording {self.open}"))  # whose end may be torn
            assert found.startswith(f"journal: it ends with event {count}, but the server has seen event {self.witness.seq}")
            self.journal = Journal.open(self.folder.journal, KEY)

    @invariant()
    def everything_acknowledged_is_there_once(self) -> None:
        if not hasattr(self, "journal"):
            return
        rows = self.journal.rows()
        assert [row.hash for row in rows] == self.told
        assert self.journal.head().seq == len(self.told)
        assert self.journal.verify() == []
        listed = {each.id: each for each in self.journal.recordings()}
        assert listed.keys() == self.spoken.keys()
        for name, sha256 in self.ended.items():
            assert listed[name].sha256 == sha256
            pcm, _ = recordings.read(self.folder.recording(name), KEY, "s1", name)
            assert pcm == b"".join(second(name, number) for number in range(self.spoken[name]))


def second(name: str, number: int) -> bytes:
    return random.Random(f"{name} {number}").randbytes(2 * RATE)


Storage.TestCase.settings = settings(
    max_examples=many(12, 1_000),
    stateful_step_count=60 if SOAK else 25,
    deadline=None,
    derandomize=not SOAK,
    suppress_health_check=list(HealthCheck),
)
TestWhateverHappensToASession = Storage.TestCase
