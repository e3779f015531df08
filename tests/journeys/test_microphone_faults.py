"""The microphone fails while somebody speaks, in the real program: the screen says what is wrong and what to do, at once.

The test taker mends it and goes on speaking; nothing is lost, nothing is started again. How long each message took to be
readable (by the accessibility bus, which is asked every 50 ms) is written to build/journeys/microphone-faults.txt.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio.pulse import RETURNS
from stamp_desktop.audio.simulated import babble
from tests import sound_server
from tests.journeys.desktop import ended
from tests.journeys.lab import SENTENCES, Lab, room_noise
from tests.journeys.person import Person
from tests.journeys.screen import PICTURES, Screen, button, says
from tests.journeys.speech import say
from tests.sound_server import LOUDSPEAKER, MICROPHONE, RATE, SoundServer

MUTED, LOW, ASLEEP = "^Your microphone is switched off", "^Your microphone is turned down", "^The microphone has gone to sleep"
UNPLUGGED, GONE = "^Your microphone is unplugged", "^The microphone is gone"
HUM, OTHER_VOICE, TAKEN_OVER = "^There is a loud hum", "^We hear another voice", "^Another microphone has taken over"
HUM_DBFS, HUM_SECONDS = -30.0, 25
REMAP = (
    "load-module",
    "module-remap-source",
    f"source_name={MICROPHONE}",
    f"master={LOUDSPEAKER}.monitor",
    "source_properties=device.description=Lab_Mic",
)

DESK_MICROPHONE = (
    "load-module",
    "module-remap-source",
    "source_name=desk_mic",
    "master=desk.monitor",
    "source_properties=device.description=Desk_Mic",
)


class Seat:
    """Somebody at a speaking task whose microphone can be broken."""

    def __init__(self, lab: Lab, person: Person, voice: Path) -> None:
        self.lab, self.person, self.voice = lab, person, voice
        self.took: dict[str, float] = {}

    @property
    def screen(self) -> Screen:
        return self.person.screen

    @property
    def sound(self) -> SoundServer:
        return self.lab.sound

    def breaks(self, name: str, fault: Callable[[], object], title: str) -> None:
        """Break it; the message has to come."""
        begun = time.monotonic()
        fault()
        self.screen.wait_for(says(title), f"what is said of {name}")
        self.took[name] = time.monotonic() - begun
        self.screen.picture(f"microphone-{name}")

    def meets(self, name: str, noise: Path, title: str) -> None:
        """Something else sounds beside the voice until the message comes."""
        sounding: list[subprocess.Popen[bytes]] = []
        self.breaks(name, lambda: sounding.append(self.lab.speak(noise)), title)
        for each in sounding:
            ended(each)
        self.mended(title)

    def mended(self, title: str) -> None:
        """The message goes, and sound comes again."""
        self.screen.wait_gone(says(title), "the message")
        before = self._clock()
        self.screen.wait(lambda: self._clock() != before, "the recording to go on")

    def _clock(self) -> str:
        return next((text for text in self.screen.texts() if text[:2] == "0:"), "")

    def begin(self, again: bool = False) -> None:
        """Start to record."""
        if again:
            self.screen.press("Record again…")
        else:
            scene = self.person.scene()
            if scene.stage == "Start preparing":
                self.person.act(scene)
                scene = self.person.scene()
            self.screen.press("Record now")

    def keep(self) -> None:
        """Stop; the screen has to say that it is safe."""
        self.screen.press("Stop and listen")
        self.screen.wait_for(button("Keep and go on"), "the recording to be safe", 20)


def hum(file: Path) -> Path:
    """Mains and its harmonics, as a bad cable lets them in."""
    second = np.arange(HUM_SECONDS * RATE) / RATE
    sound = sum((np.sin(2 * np.pi * 50 * number * second) / number for number in range(1, 12)), np.zeros(second.size))
    loud = sound * 10 ** (HUM_DBFS / 20) / np.sqrt(np.mean(sound**2))
    soundfile.write(file, loud.astype(np.float32), RATE, subtype="PCM_16")
    return file


def neighbour(file: Path) -> Path:
    """Somebody else who talks and talks."""
    say(" ".join(SENTENCES * 3), file, voice="en-us+f3")
    return file


def stream(sound: SoundServer) -> dict[str, Any]:
    """The program's recording stream, as the sound server tells of it."""
    streams = json.loads(sound.pactl("-f", "json", "list", "source-outputs"))
    return next(each for each in streams if "application.process.id" in each["properties"])


def moved(sound: SoundServer, source: str) -> None:
    """The system gives the program another microphone, as when a jack is read wrongly."""
    sound.pactl("move-source-output", str(stream(sound)["index"]), source)


def listens_to(sound: SoundServer, source: str) -> bool:
    """Whether the program has this microphone."""
    sources = json.loads(sound.pactl("-f", "json", "list", "sources"))
    return any(each["index"] == stream(sound)["source"] for each in sources if each["name"] == source)


@pytest.mark.timeout(420)
def test_each_fault_is_said_at_once_and_the_recording_goes_on(brief_lab: Lab) -> None:
    voice = brief_lab.folder / "long.wav"
    sound = babble(60.0) + 10 ** (-62 / 20) * np.random.default_rng(3).standard_normal(60 * RATE)
    soundfile.write(voice, sound.astype(np.float32), RATE, subtype="PCM_16")
    station = brief_lab.station("Seat 12")
    person = Person(brief_lab, station.start(), "omar", test_code="RIVER-2", hears_out=0)
    person.take_the_test(until=lambda scene: scene.section == "Speaking" and scene.kind == "speaking")
    seat = Seat(brief_lab, person, voice)

    speaking = brief_lab.speak(voice)
    seat.begin()
    seat.breaks("muted in the first half second", brief_lab.sound.mute, MUTED)
    seat.screen.press("Turn it on")
    seat.mended(MUTED)
    seat.breaks("5 percent", lambda: brief_lab.sound.volume(5), LOW)
    seat.screen.press("Turn it up")
    seat.mended(LOW)
    seat.keep()

    seat.begin(again=True)
    seat.breaks("suspended", brief_lab.sound.suspend, ASLEEP)
    brief_lab.sound.suspend(False)
    seat.mended(ASLEEP)
    seat.breaks("unplugged", lambda: brief_lab.sound.pactl("unload-module", "module-remap-source"), UNPLUGGED)
    brief_lab.sound.pactl(*REMAP)
    seat.mended(UNPLUGGED)
    brief_lab.sound.mute()
    seat.keep()
    brief_lab.sound.mute(False)
    ended(speaking)

    speaking = brief_lab.speak(voice)
    seat.begin(again=True)
    person.screen.wait_for(says(r"^0:0[2-9]$"), "some seconds of a good voice")
    seat.meets("hum mixed in", hum(brief_lab.folder / "hum.wav"), HUM)
    seat.meets("second talker", neighbour(brief_lab.folder / "neighbour.wav"), OTHER_VOICE)
    brief_lab.sound.pactl("load-module", "module-null-sink", "sink_name=desk")
    brief_lab.sound.pactl(*DESK_MICROPHONE)
    for _ in range(RETURNS):  # so often the program takes its own back without a word; then it is the system's will
        moved(brief_lab.sound, "desk_mic")
        seat.screen.wait(lambda: listens_to(brief_lab.sound, MICROPHONE), "its own microphone to be taken back")
    seat.breaks("moved to another microphone", lambda: moved(brief_lab.sound, "desk_mic"), TAKEN_OVER)
    moved(brief_lab.sound, MICROPHONE)
    seat.mended(TAKEN_OVER)
    seat.keep()
    ended(speaking)
    person.act(person.scene())

    person.take_the_test(until=lambda scene: scene.stage in {"Start preparing", "Record now"} and not scene.practice)
    speaking = brief_lab.speak(voice)
    seat.begin()
    person.recording()
    seat.breaks("server killed", brief_lab.sound.kill, GONE)
    brief_lab.sound = sound_server.start(brief_lab.sound.folder)
    try:
        room = room_noise(brief_lab.sound)
        ended(speaking)
        speaking = brief_lab.speak(voice)
        seat.mended(GONE)
        person.screen.wait_for(says(r"^0:0[4-9]$"), "some more seconds")
        seat.keep()
        seat.screen.picture("microphone-kept")
        ended(speaking)
        person.take_the_test()
        receipt = person.wait_for_receipt()
        ended(room)
    finally:
        brief_lab.sound.stop()
    (row,) = brief_lab.sessions("omar")
    assert (row.receipt, row.alarms, row.recordings) == (receipt, (), 1)
    told = [each.text for each in brief_lab.room("RIVER-2").happened]
    assert "Seat 12 loses pieces of sound" in told
    lines = [f"{name}: readable after {seconds:.2f} s" for name, seconds in seat.took.items()]
    (PICTURES / "microphone-faults.txt").write_text("\n".join(lines) + "\n", "utf-8")
