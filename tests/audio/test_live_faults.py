"""A speaking task on a real sound server that fails on purpose: the right words at once, nothing lost, no restart.

Each fault comes in the midst of a recording, in its first half second and in its last.
"""

import queue
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio import levels, playback
from stamp_desktop.audio.capture import Recorded
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import Finding
from stamp_desktop.audio.simulated import babble
from stamp_desktop.content.model import PromptText
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.ear import Booth, Memory
from stamp_desktop.delivery.runner import Message
from stamp_desktop.delivery.speaking import SpeakingTask
from stamp_desktop.delivery.studio import SystemStudio
from stamp_desktop.delivery.tape import Taken
from stamp_desktop.delivery.views import SpeakingView
from tests import sound_server
from tests.audio.conftest import say
from tests.sound_server import LOUDSPEAKER, MICROPHONE, SoundServer

PATIENCE = 20.0
RATE = 48_000
VOICE_SECONDS = 40.0
PROMPT = PromptText("p1", "speaking", "A meal", "Tell about it.", "", "", 0, 0, 60, 9)


@dataclass(slots=True)
class KeptTape:
    """Keeps recordings in memory, and what was told of them."""

    told: list[Finding | Condition | bool] = field(default_factory=list)
    recorded: list[Recorded[Memory]] = field(default_factory=list)
    attempts_left: int = 99
    preparing: bool = False

    def prepare(self) -> None:
        """There is no time to prepare."""

    def begin(self) -> Callable[[int], Memory]:
        return Memory

    def tell(self, word: Finding | Condition | bool, second: float) -> None:  # noqa: ARG002  # what, not when
        self.told.append(word)

    def end(self, recorded: Recorded[Any]) -> None:
        self.recorded.append(recorded)

    def last(self) -> Taken | None:
        if not self.recorded:
            return None
        last = self.recorded[-1]
        return Taken(last.verdict, False, not last.frames, last.seconds)

    def sound(self) -> playback.Sound | None:
        kept = self.recorded[-1].kept
        return kept.sound() if kept else None

    def submit(self) -> None:
        """It goes nowhere."""

    @property
    def heard(self) -> Samples:
        """What was kept last."""
        sound = self.sound()
        return sound.samples if sound else np.zeros(0, dtype=np.float32)


@dataclass(slots=True)
class Seat:
    """Somebody who speaks into the microphone of a real server; `see` waits until the screen shows something."""

    server: SoundServer
    voice: Path
    tape: KeptTape = field(default_factory=KeptTape)
    words: "queue.SimpleQueue[Message]" = field(default_factory=queue.SimpleQueue)
    task: SpeakingTask = field(init=False)
    booth: Booth = field(init=False)

    def __post_init__(self) -> None:
        self.booth = Booth(SystemStudio(), self.words.put)
        self.booth.device = "Lab_Mic"
        self.task = SpeakingTask(PROMPT, self.tape, self.booth, lambda: round(time.monotonic() * 1000), practice=False)

    @property
    def view(self) -> SpeakingView:
        return self.task.view(None, 1, 1)

    def say(self, intent: Message) -> None:
        self.task.take(intent)

    def see(self, wanted: Callable[[SpeakingView], bool], what: str) -> SpeakingView:
        """Take words of the sound threads until the screen is as wanted."""
        deadline = time.monotonic() + PATIENCE
        while not wanted(self.view):
            try:
                self.task.take(self.words.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"not seen: {what}; there was {self.view.finding} at {self.view.seconds} s")
        return self.view

    def record(self, until: float) -> SpeakingView:
        self.say(intents.Record())
        return self.see(lambda view: view.seconds >= until, f"{until} s recorded")

    def told(self, title: str) -> SpeakingView:
        return self.see(lambda view: view.finding is not None and view.finding.title == title, title)

    def well(self) -> SpeakingView:
        """Until nothing is wrong, and it is heard on for a while."""
        clear = self.see(lambda view: view.finding is None, "nothing wrong")
        return self.see(lambda view: view.seconds > clear.seconds + 0.5, "more sound")

    def stop(self) -> SpeakingView:
        self.say(intents.StopRecording())
        return self.see(lambda view: view.stage == "kept", "the recording kept")


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks, what is said, what mends it. `certain`: the system says it, however short the recording."""

    make: Callable[[SoundServer], Any]
    mend: Callable[[SoundServer], Any]
    title: str
    silent: bool = True


def unload(server: SoundServer) -> None:
    """The plug is pulled: the stream moves to what is left, silently."""
    modules = server.pactl("list", "short", "modules").splitlines()
    server.pactl("unload-module", next(line.split()[0] for line in modules if f"source_name={MICROPHONE} " in line))


def load(server: SoundServer) -> None:
    server.pactl(
        "load-module",
        "module-remap-source",
        f"source_name={MICROPHONE}",
        f"master={LOUDSPEAKER}.monitor",
        "source_properties=device.description=Lab_Mic",
    )


FAULTS = {
    "mute": Fault(lambda s: s.mute(), lambda s: s.mute(False), "Your microphone is switched off"),
    "volume": Fault(lambda s: s.volume(5), lambda s: s.volume(100), "Your microphone is turned down"),
    "suspend": Fault(lambda s: s.suspend(), lambda s: s.suspend(False), "The microphone has gone to sleep"),
    "unload": Fault(unload, load, "Your microphone is unplugged", silent=False),
}


@pytest.fixture(scope="module")
def babble_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speech-like sound over the noise of a quiet room, the same every time."""
    sound = babble(VOICE_SECONDS) + 10 ** (-62 / 20) * np.random.default_rng(3).standard_normal(round(VOICE_SECONDS * RATE))
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    soundfile.write(path, sound.astype(np.float32), RATE, subtype="PCM_16")
    return path


@pytest.fixture
def seat(server: SoundServer, babble_file: Path) -> Iterator[Seat]:
    """Somebody who speaks all the time."""
    speaking = server.play(babble_file)
    made = Seat(server, babble_file)
    try:
        yield made
    finally:
        made.task.leave()
        speaking.terminate()
        speaking.wait()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_midst_is_said_and_the_recording_goes_on(seat: Seat, name: str) -> None:
    fault = FAULTS[name]
    seat.record(until=2.0)
    fault.make(seat.server)
    try:
        seat.told(fault.title)
    finally:
        fault.mend(seat.server)
    seat.well()
    kept = seat.stop()
    assert kept.seconds > 2.5
    recorded = seat.tape.recorded[-1]
    assert recorded.seconds == kept.seconds
    assert recorded.kept is not None


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_first_half_second_is_said_and_the_recording_goes_on(seat: Seat, name: str) -> None:
    fault = FAULTS[name]
    seat.say(intents.Record())
    seat.see(lambda view: view.seconds > 0, "the first sound")
    fault.make(seat.server)
    try:
        assert seat.view.seconds < 0.5
        seat.told(fault.title)
    finally:
        fault.mend(seat.server)
    seat.well()
    assert seat.stop().seconds > 0.5
    assert seat.tape.recorded[-1].kept is not None


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_last_half_second_takes_nothing_of_what_was_said(seat: Seat, name: str) -> None:
    fault = FAULTS[name]
    before = seat.record(until=1.5).seconds
    fault.make(seat.server)
    try:
        kept = seat.stop()
    finally:
        fault.mend(seat.server)
    assert kept.seconds >= before
    said, rate = soundfile.read(seat.voice, dtype="float32")
    first_second = seat.tape.heard[:rate]
    assert found(said.astype(np.float32), first_second)
    assert seat.record(until=1.0).finding is None
    seat.stop()


def humming(file: Path) -> None:
    """A loose shield: 50 Hz and its harmonics, about as loud as the voice."""
    at = np.arange(round(NOISE_SECONDS * RATE)) / RATE
    hum = np.sum([np.sin(2 * np.pi * 50 * n * at + n) / n for n in range(1, 16)], axis=0)
    soundfile.write(file, (0.05 * hum).astype(np.float32), RATE, subtype="PCM_16")


def neighbour(file: Path) -> None:
    """Somebody else talks, a few dB softer, for all the time."""
    said = say("My brother plays the drums in our garage every evening, and it is really very loud. ", "en+f3")
    spoken = np.tile(playback.resampled(said, RATE), 9)[: round(NOISE_SECONDS * RATE)]
    level = levels.active_level(spoken, RATE)
    soundfile.write(file, (spoken * 10 ** ((-30.0 - level) / 20)).astype(np.float32), RATE, subtype="PCM_16")


NOISE_SECONDS = 30.0
HEARD: dict[str, tuple[Callable[[Path], None], str]] = {
    "hum": (humming, "There is a loud (hum|buzz)"),
    "neighbour": (neighbour, "We hear another voice"),
}


@pytest.mark.parametrize("name", HEARD)
def test_what_is_mixed_into_the_voice_is_said_and_goes_away(seat: Seat, tmp_path: Path, name: str) -> None:
    make, title = HEARD[name]
    make(tmp_path / "mixed.wav")
    seat.record(until=2.0)
    assert seat.view.finding is None
    mixed = seat.server.play(tmp_path / "mixed.wav")
    try:
        seat.see(lambda view: view.finding is not None and re.match(title, view.finding.title) is not None, title)
    finally:
        mixed.terminate()
        mixed.wait()
    seat.well()
    assert seat.stop().seconds > 2.5
    assert seat.tape.recorded[-1].kept is not None


def test_a_stream_that_is_moved_is_brought_back_to_its_microphone(seat: Seat) -> None:
    module = seat.server.pactl("load-module", "module-null-sink", "sink_name=other", f"rate={RATE}", "channels=1").strip()
    second = seat.server.pactl("load-module", "module-remap-source", "source_name=second", "master=other.monitor").strip()
    try:
        seat.record(until=1.0)
        (stream,) = [
            line.split()[0]
            for line in seat.server.pactl("list", "short", "source-outputs").splitlines()
            if "protocol-native" in line
        ]
        seat.server.pactl("move-source-output", stream, "second")
        seat.see(lambda _: (False, True) in pairwise(each.chosen for each in conditions(seat)), "the stream moved and back")
        seat.well()
        seat.stop()
        assert seat.tape.heard[-RATE // 2 :].any()
    finally:
        seat.server.pactl("unload-module", second)
        seat.server.pactl("unload-module", module)


def test_a_headset_that_is_missing_when_the_recording_begins_is_noticed_and_taken_when_it_is_there(seat: Seat) -> None:
    other = seat.server.pactl("load-module", "module-null-sink", "sink_name=other", f"rate={RATE}", "channels=1").strip()
    second = ("load-module", "module-remap-source", "source_name=second", "master=other.monitor")
    module = seat.server.pactl(*second).strip()
    try:
        seat.record(until=0.5)
        seat.stop()
        unload(seat.server)
        seat.say(intents.Record())
        seat.told("Another microphone has taken over")
        load(seat.server)
        seat.well()
        seat.stop()
        assert seat.tape.heard[-RATE // 2 :].any()
    finally:
        seat.server.pactl("unload-module", module)
        seat.server.pactl("unload-module", other)


def test_what_the_program_can_mend_it_mends_when_it_is_told_to(seat: Seat) -> None:
    seat.record(until=1.0)
    seat.server.mute()
    try:
        seat.told("Your microphone is switched off")
        seat.say(intents.MendMicrophone())
        seat.well()
        assert True in seat.tape.told
        assert "Mute: no" in seat.server.pactl("get-source-mute", MICROPHONE)
    finally:
        seat.server.mute(False)
    seat.stop()


def test_a_server_that_dies_and_starts_again_goes_on_in_the_same_recording(
    mortal_server: SoundServer, babble_file: Path
) -> None:
    seat = Seat(mortal_server, babble_file)
    speaking = mortal_server.play(babble_file)
    before = seat.record(until=1.5).seconds
    mortal_server.kill()
    seat.told("The microphone is gone")
    speaking.wait()
    again = sound_server.start(mortal_server.folder)
    try:
        speaking = again.play(babble_file)
        seat.well()
        assert seat.stop().seconds > before + 0.5
        recorded = seat.tape.recorded[-1]
        assert recorded.faults[0].code == "device-lost"
        assert recorded.lost > 0
        assert recorded.verdict is not None
        assert "dropouts" in [finding.code for finding in recorded.verdict.findings]
        speaking.terminate()
        speaking.wait()
    finally:
        again.stop()


def conditions(seat: Seat) -> list[Condition]:
    return [word for word in seat.tape.told if isinstance(word, Condition)]


def found(long: Samples, short: Samples) -> bool:
    """Whether a piece of sound is in a longer one, sample for sample."""
    size = 1 << (long.size + short.size).bit_length()
    match = np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size)), size)[: long.size - short.size + 1]
    energy = np.cumsum(np.concatenate([[0.0], long.astype(np.float64) ** 2]))
    power = energy[short.size :] - energy[: -short.size]
    at = int(np.argmax(match / np.sqrt(np.maximum(power, 1e-6))))
    return bool(np.array_equal(long[at : at + short.size], short))
