"""A microphone that is muted, hums, sleeps, or is not there: found on a real sound server, each on one of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import FreePace
from stamp_desktop.audio.simulated import (
    RATE,
    ClippingMicrophone,
    LostMicrophone,
    NoisyMicrophone,
    NullLoudspeaker,
    SilentMicrophone,
    SpeakingMicrophone,
    StalledMicrophone,
    babble,
    noise,
)
from stamp_desktop.audio.survey import Known, Survey
from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.listening import listen
from stamp_desktop.readiness.sound import sound_checks
from tests import sound_server
from tests.readiness.conftest import ROOT, Computer, Run, lacking, need
from tests.sound_server import SoundServer

SPOKEN = Asked(Path("/nowhere"), (need("es", "Spanish", "speaking", "listening"),))
GOOD = Survey(
    (Known("mic", "Headset", True, False, False, 1.0),), (Known("out", "Headset", True, False, False, 0.8),), "unknown"
)
SECONDS = 12.0


def mains(seconds: float) -> Samples:
    """A hum of 50 Hz and its harmonics, as of a loose shield."""
    at = np.arange(round(seconds * RATE)) / RATE
    lines = [10 ** (-33 / 20) / k * np.sin(2 * np.pi * 50 * k * at) for k in (1, 2, 3, 5)]
    return np.asarray(np.sum(lines, axis=0), dtype=np.float32)


def heard(microphone: SpeakingMicrophone, pace: FreePace) -> dict[str, str]:
    """What is found of a microphone that needs no hardware, in no time."""
    checks = sound_checks(GOOD, listen(microphone, NullLoudspeaker(pace), pace), SPOKEN)
    return faults(checks)


def faults(checks: tuple[Check, ...]) -> dict[str, str]:
    return {check.id: check.verdict for check in checks if check.verdict in {"warn", "fail"}}


def test_a_quiet_room_and_a_clear_voice_are_not_warned_about() -> None:
    pace, dice = FreePace(), np.random.default_rng(3)
    room = noise(round(SECONDS * RATE), -62.0, dice)
    assert heard(SpeakingMicrophone(room, RATE, pace), pace) == {}
    voice = babble(SECONDS)
    assert heard(SpeakingMicrophone(voice + room[: voice.size], RATE, pace), pace) == {}


def test_each_microphone_that_is_broken_is_found_by_its_fault() -> None:
    pace = FreePace()
    voice = babble(SECONDS)
    assert heard(SilentMicrophone(pace), pace) == {"sound.signal": "fail"}
    for under in (voice, np.zeros_like(voice)):  # whether somebody speaks or nobody
        assert "sound.hum" in heard(SpeakingMicrophone(under + mains(SECONDS)[: under.size], RATE, pace), pace)
    assert "sound.level" in heard(ClippingMicrophone(voice, RATE, pace), pace)
    assert {"sound.noise", "sound.static"} & heard(NoisyMicrophone(voice, RATE, pace), pace).keys()
    assert heard(LostMicrophone(voice, RATE, pace, after=0.0), pace) == {"sound.signal": "fail"}
    assert heard(StalledMicrophone(voice, RATE, pace, 0.0, 1e9), pace) == {"sound.signal": "fail"}


@pytest.mark.parametrize(
    ("microphone", "verdict"),
    [
        (Known("m", "Headset", True, True, False, 1.0), "fail"),
        (Known("m", "Headset", True, False, False, 0.2), "warn"),
        (Known("m", "Headset", True, False, False, 0.05), "fail"),
        (Known("m", "Headset", True), "pass"),
    ],
)
def test_what_the_system_says_of_the_microphone(microphone: Known, verdict: str) -> None:
    checks = sound_checks(Survey((microphone,), GOOD.loudspeakers, "unknown"), None, SPOKEN)
    assert next(check for check in checks if check.id == "sound.microphone").verdict == verdict


def test_no_permission_and_no_devices_are_found() -> None:
    assert faults(sound_checks(Survey(GOOD.microphones, GOOD.loudspeakers, "denied"), None, SPOKEN)) == {
        "sound.microphone": "fail"
    }
    assert faults(sound_checks(Survey((), (), "unknown"), None, SPOKEN)) == {
        "sound.microphone": "fail",
        "sound.loudspeaker": "fail",
    }


def test_a_test_without_speaking_needs_no_microphone() -> None:
    reading = Asked(Path("/nowhere"), (need("la", "Latin", "reading"),))
    checks = sound_checks(Survey((), (), "unknown"), None, reading)
    assert {check.verdict for check in checks} == {"skipped"}


@contextmanager
def sounding(folder: Path, file: Path | None = None) -> Iterator[SoundServer]:
    """A sound server of its own; `file` is what its microphone hears from now on."""
    if reason := sound_server.missing():
        lacking(reason)
    server = sound_server.start(folder)
    player = server.play(file) if file else None
    try:
        yield server
    finally:
        if player is not None:
            player.terminate()
            player.wait(10)
        server.stop()


@contextmanager
def held(server: SoundServer) -> Iterator[None]:
    """Another program has all that there is of the microphone."""
    command = [sys.executable, "-m", "tests.readiness.holding", sound_server.MICROPHONE]
    env = {**os.environ, **server.env}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout
            assert int(other.stdout.readline()) > 0
            yield
        finally:
            other.kill()


def written(file: Path, samples: Samples) -> Path:
    soundfile.write(file, samples, RATE, subtype="PCM_16")
    return file


def run(computer: Computer, env: Mapping[str, str]) -> Run:
    return Computer(computer.folder, env).ready("--no-line")


def test_faults_of_a_real_sound_server_are_found(computer: Computer, tmp_path: Path) -> None:
    """All at once: each computer of the room has a sound server of its own."""
    hum = written(tmp_path / "hum.wav", mains(60.0))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(sounding(tmp_path / name)) for name in ("muted", "asleep", "held")}
        servers["hum"] = stack.enter_context(sounding(tmp_path / "hum", hum))
        servers["muted"].mute()
        servers["asleep"].suspend()
        stack.enter_context(held(servers["held"]))
        runs = {name: run(computer, server.env) for name, server in servers.items()}
        runs["none"] = run(computer, {"PULSE_SERVER": f"unix:{tmp_path}/nobody"})
        reports = {name: each.report() for name, each in runs.items()}
    found = {name: faults(report.checks) for name, report in reports.items()}
    signal = next(check.remedy for check in reports["held"].checks if check.id == "sound.signal")
    assert "sound.microphone" in found["muted"]
    assert "sound.signal" in found["muted"]
    assert "sound.hum" in found["hum"]
    assert found["asleep"]["sound.signal"] == "fail"
    assert {name for name in found["held"] if name.startswith("sound.")} == {"sound.signal"}
    assert "no other program uses it" in signal
    assert found["none"]["sound.microphone"] == "fail"
    assert all(each.process.returncode == 2 for each in runs.values())
