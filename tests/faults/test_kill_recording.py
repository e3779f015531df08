"""The program is killed while somebody speaks: at most the last second is missing, and what is there is what was said.

Real microphone, real sound server, real files. What was said is noise, so that each sample has one place only: the recording
has to be it, bit for bit. The short form kills 5 times; with STAMP_SOAK=1 100 times.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from stamp_desktop.delivery import intents
from stamp_desktop.engine.events import RecordingBegan, RecordingEnded
from stamp_desktop.storage import recordings
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from tests import sound_server
from tests.content.small import SmallPackage
from tests.delivery.rooms import CODE, LOGIN, Lab, Somebody
from tests.faults.conftest import SOAK
from tests.faults.speaker import speak
from tests.faults.watched import PROGRAMS, trust
from tests.sound_server import RATE, SoundServer

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(3600 if SOAK else 180),
    pytest.mark.skipif(sys.platform == "win32", reason="the programs are killed by a signal"),
]
KILLS = 100 if SOAK else 5
LONGEST = 3.5
PLAY_SECONDS = 90.0
LAST_SECOND = 1.0
Pcm = npt.NDArray[np.int16]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SoundServer]:
    if reason := sound_server.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    made = sound_server.start(tmp_path / "sound")
    yield made
    made.stop()


@dataclass(slots=True)
class Mouth:
    """Says noise into the microphone without end; `said` is one round of it."""

    server: SoundServer
    file: Path
    said: Pcm = field(init=False)
    _playing: "subprocess.Popen[bytes] | None" = None
    _since: float = 0.0

    def __post_init__(self) -> None:
        noise = np.random.default_rng(5).standard_normal(round(PLAY_SECONDS * RATE)) * 0.05
        self.said = (noise * 32767).astype(np.int16)
        soundfile.write(self.file, self.said, RATE, subtype="PCM_16")

    def speak(self) -> None:
        """Go on; from the beginning when it is soon over."""
        if self._playing and time.monotonic() - self._since > PLAY_SECONDS - 3 * LONGEST:
            self.end()
        if self._playing is None:
            self._playing, self._since = self.server.play(self.file), time.monotonic()

    def end(self) -> None:
        if self._playing:
            self._playing.terminate()
            self._playing.wait()
            self._playing = None

    def place_of(self, heard: Pcm) -> int:
        """Where this was said, in samples; -1 where it never was, as it is here, bit for bit."""
        if not heard.size:
            return 0
        short, long = heard[: RATE // 4].astype(np.float32), self.said.astype(np.float32)
        size = 1 << (long.size + short.size).bit_length()
        at = int(np.argmax(np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size)), size)[: long.size]))
        return at if np.array_equal(self.said[at : at + heard.size], heard) else -1


def test_a_kill_costs_at_most_the_last_second(
    tmp_path: Path, small: SmallPackage, server: SoundServer, report: list[str]
) -> None:
    seed = secrets.randbits(32) if SOAK else 4
    dice = random.Random(seed)
    lab = Lab(tmp_path / "station", small)
    lab.let_in(roster_control="open", opens_ms=0, ends_ms=2**53)
    lab.house.station.enrol(lab.house.device)
    trust(lab.root, small)
    session = at_speaking(lab)
    lab.close()
    mouth = Mouth(server, tmp_path / "noise.wav")
    shown: list[float] = []
    try:
        for _ in range(KILLS):
            mouth.speak()
            shown.append(killed(lab.root, server, dice.uniform(0.0, LONGEST)))
        mouth.speak()
        kept, number = finished(lab.root, server)
    finally:
        mouth.end()
    assert (kept >= 1.0, number) == (True, 2)
    ended = [fact for fact in lab.facts(session) if isinstance(fact, RecordingEnded)]
    began = [fact.recording for fact in lab.facts(session) if isinstance(fact, RecordingBegan)]
    assert [fact.recording for fact in ended] == began
    assert len(ended) == KILLS + 1
    missing, differing, seconds = [], 0, 0.0
    for fact, seen in zip(ended, [*shown, kept], strict=True):
        pcm = sound_of(lab, session, fact)
        missing.append(seen - pcm.size / RATE)
        seconds += pcm.size / RATE
        differing += mouth.place_of(pcm) < 0
    report.append(
        f"kill a recording (seed {seed}): {KILLS} kills, {seconds:.0f} s of sound kept, at most {max(missing):.2f} s of "
        f"what the screen had shown missing, {differing} recordings not bit for bit what was said"
    )
    assert differing == 0
    assert max(missing) <= LAST_SECOND


def at_speaking(lab: Lab) -> str:
    """Bring somebody to the first speaking task, with sound that needs no hardware; the session."""
    ana = Somebody(lab)
    ana.get_ready()
    ana.take_section("listening")
    ana.say(intents.GoOn())
    ana.begin("speaking")
    ana.practise()
    session = ana.session
    ana.leave()
    return session


def killed(root: Path, server: SoundServer, seconds: float) -> float:
    """Let the program record, and kill it about so long after the recording began; how much the screen had shown."""
    words, process = started(root, server, finish=False)
    seen = 0.0
    try:
        assert words.recv().startswith("at ")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if words.poll(left):
                seen = float(words.recv().removeprefix("heard "))
    finally:
        process.kill()
        process.join()
    try:
        while words.poll():
            seen = float(words.recv().removeprefix("heard "))
    except EOFError:
        pass
    words.close()
    assert process.exitcode == -signal.SIGKILL
    return seen


def finished(root: Path, server: SoundServer) -> tuple[float, int]:
    """Let the program record and hand in: what was kept, and the number of the next task."""
    words, process = started(root, server, finish=True)
    word = ""
    while not word.startswith("kept "):
        assert words.poll(60)
        word = words.recv()
    process.join()
    words.close()
    _, seconds, number = word.split()
    return float(seconds), int(number)


def started(root: Path, server: SoundServer, *, finish: bool) -> tuple[Connection, ForkServerProcess]:
    words, told = PROGRAMS.Pipe(duplex=False)
    process = PROGRAMS.Process(target=speak, args=(root, server.env, (CODE, LOGIN), finish, told))
    process.start()
    told.close()
    return words, process


def sound_of(lab: Lab, session: str, fact: RecordingEnded) -> Pcm:
    """What was kept of a recording."""
    if not fact.sha256:
        return np.zeros(0, dtype=np.int16)
    key = FileKeyStore(lab.house.folders.keys).get(key_name(session))
    assert key is not None
    path = lab.folder(session).recording(fact.recording)
    pcm, rate = recordings.read(path, SessionKey(key), session, fact.recording)
    assert rate == RATE
    return np.frombuffer(pcm, dtype="<i2")
