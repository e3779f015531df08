"""A school lab: a server, a computer with screen, keyboard and sound, and stations on it. All of it is ended by process id.

The sound server's loudspeaker is the microphone: what `Lab.speak` plays, the program hears, over the low noise of a room.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stamp_desktop.audio.levels import from_pcm
from stamp_desktop.audio.playback import Sound, decode
from stamp_desktop.content.build import build
from stamp_desktop.content.keys import new_keys, new_publisher_key, save_publisher_key
from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts, seed_demo
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.replaying import Found
from stamp_desktop.server.room_sound import RoomSound, room
from stamp_desktop.server.settings import Settings
from tests import server_process, sound_server
from tests.journeys.desktop import Desktop, desktop, ended
from tests.journeys.screen import Screen
from tests.journeys.speech import say, silence
from tests.server_process import ServerProcess
from tests.sound_server import LOUDSPEAKER, RATE, SoundServer

ROOT = Path(__file__).parents[2]
LETTERS = "äëöüßÄéèêïñŻçøåŁžİ’“”«»…–€中文李한글かなعربيשלוםहिΩя😀\u00a0"
"""The keys of this lab's keyboard beyond a US one."""

SENTENCES = (
    "Every morning I walk to school with my brother, and we talk about the football match of the day before.",
    "My aunt opened a small bakery near the station, and on Sundays I help her to sell bread and warm cakes.",
    "Last summer our class planted forty trees along the river, because the old ones had fallen in a storm.",
)
PAUSE_SECONDS = 0.6

ROOM_VOLUME = "6554"
"""Of 65536, cubic: white noise at -65 dBFS, as a quiet room. Without it the microphone gives digital silence, a fault."""


@dataclass(slots=True)
class Station:
    """The exam program with a data folder of its own, on a computer with that sound. Only `start` gives it a screen."""

    data: Path
    computer: Desktop
    sound: SoundServer
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def outcome(self, session: str) -> bytes:
        """What this computer works out of a session, as its technology staff ask for it."""
        words = [sys.executable, "-m", "stamp_desktop", "session", "outcome", session, "--data", str(self.data)]
        done = subprocess.run(words, cwd=ROOT, env=self.env, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.removesuffix(b"\n")

    @property
    def env(self) -> Mapping[str, str]:
        """What leads the program to its screen and its sound."""
        return {**os.environ, **self.computer.env, **self.sound.env}

    def start(self) -> Screen:
        """Start the program, full screen as in a lab; returns before its window is there."""
        if self.alive():
            raise RuntimeError("it runs already")
        words = [sys.executable, "-m", "stamp_desktop", "exam", "--data", str(self.data)]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(words, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        return Screen(self.computer, self.process.pid, self.alive)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As a power cut does: SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        """End it if it runs."""
        if self.process is not None:
            ended(self.process)


@dataclass(slots=True)
class Lab:
    """`facts` says which test codes and login names there are.

    `words` are the spoken words of the equipment check; `speech` is what people say when they are asked to speak, `pause` a
    little silence after it.
    """

    folder: Path
    computer: Desktop
    sound: SoundServer
    server: ServerProcess
    facts: DemoFacts
    words: Mapping[str, Sound]
    speech: tuple[Path, ...]
    pause: Path
    new_code: Callable[[], str]
    _stack: ExitStack

    def station(self, name: str, *, sound: SoundServer | None = None, data: Path | None = None) -> Station:
        """A computer that technology staff have just enrolled."""
        station = Station(data or self.folder / name, self.computer, sound or self.sound)
        words = [sys.executable, "-m", "stamp_desktop", "enrol", "--server", self.server.url, "--code", self.new_code()]
        words += ["--publisher", str(self.folder / "publisher.pub"), "--name", name, "--data", str(station.data)]
        done = subprocess.run(words, cwd=ROOT, env=station.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"not enrolled: {done.stderr}")
        self._stack.callback(station.end)
        return station

    def speak(self, file: Path) -> "subprocess.Popen[bytes]":
        """Say a sound file into the microphone; returns at once."""
        process = self.sound.play(file)
        self._stack.callback(ended, process)
        return process

    def sessions(self, login: str) -> list[admin.SessionRow]:
        """What the server has of a login name."""
        with self._house() as house:
            return [row for row in admin.sessions(house) if row.login == login]

    def answers(self, login: str) -> int:
        """How many questions the server has answers of, in the one session of a login name."""
        (row,) = self.sessions(login)
        outcome = json.loads(self.replayed(row.id).outcome or "{}")
        return sum(len(section.get("items", ())) for section in outcome.get("sections", ()))

    def replayed(self, session: str) -> Found:
        """What the server works out of a session."""
        with self._house() as house:
            return admin.replayed(house, session)

    def recording(self, name: str) -> Sound:
        """A recording as the server has it."""
        with self._house() as house:
            pcm, rate = admin.pcm(house, name)
        return Sound(from_pcm(pcm), rate)

    def room(self, test_code: str) -> RoomSound:
        """How the room of a group sounds, as its proctor can see it."""
        with self._house() as house:
            return room(house, test_code)

    def _house(self) -> "closing[House]":
        return closing(open_house(Settings(self.server.data)))


@contextmanager
def lab(folder: Path, source: Path, computer: Desktop | None = None) -> Iterator[Lab]:
    """A lab in which the test of the folder `source` is given, in the private `folder` (a short path: sockets lie in it).

    `computer`: another one than the usual.
    """
    folder.chmod(0o700)
    publisher, keys = new_publisher_key(), new_keys()
    save_publisher_key(folder / "publisher.pem", publisher)
    package = build(source, folder / "test.stamp", publisher, keys).path

    def seed() -> DemoFacts:
        with closing(open_house(Settings(folder / "server"))) as house:
            return seed_demo(house, package, keys, publisher.public_key())

    with ExitStack() as stack:
        facts = seed()
        computer = computer or stack.enter_context(desktop(folder, LETTERS))
        sound = sound_server.start(folder / "sound")
        stack.callback(sound.stop)
        stack.callback(ended, room_noise(sound))
        server = server_process.start(folder / "server")
        stack.callback(_end_server, server)
        words = {file.stem.removeprefix("word-"): decode(file.read_bytes()) for file in (source / "media").glob("word-*")}
        speech = tuple(folder / f"speech-{number}.wav" for number in range(len(SENTENCES)))
        for text, file in zip(SENTENCES, speech, strict=True):
            say(text, file)
        silence(PAUSE_SECONDS, folder / "pause.wav")
        yield Lab(
            folder, computer, sound, server, facts, words, speech, folder / "pause.wav", lambda: seed().enrolment_code, stack
        )


def room_noise(sound: SoundServer) -> "subprocess.Popen[bytes]":
    """The low noise of a room, until it is ended."""
    form = [f"--rate={RATE}", "--channels=1", "--format=s16le"]
    words = ["pacat", "--playback", "--latency-msec=20", f"--volume={ROOM_VOLUME}", f"--device={LOUDSPEAKER}", *form]
    return subprocess.Popen([*words, "/dev/urandom"], env={**os.environ, **sound.env})


def _end_server(server: ServerProcess) -> None:
    if server.process.poll() is None:
        server.stop()
