"""Real sound through a real PulseAudio server: recording, playing, and everything that a room full of headsets does."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stamp_desktop.audio import devices
from stamp_desktop.audio.capture import Recorded, Recorder
from stamp_desktop.audio.devices import SystemLoudspeaker, SystemMicrophone
from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import RealPace
from stamp_desktop.audio.playback import Played, Player, Playing, Sound
from stamp_desktop.audio.survey import survey
from stamp_desktop.audio.take import Heard
from stamp_desktop.delivery import rehearsal
from stamp_desktop.trouble import Trouble
from tests.audio.conftest import Ear, MemorySink
from tests.sound_server import LOUDSPEAKER, MICROPHONE, SoundServer


class Take:
    """A recording in progress with a real microphone."""

    def __init__(self, device: str | None = MICROPHONE) -> None:
        self.ear, self.sink = Ear(), MemorySink(0)
        self._recorder = Recorder(SystemMicrophone(device), self._open, RealPace(), self.ear, math.inf)
        self._recorder.start()

    def _open(self, rate: int) -> MemorySink:
        self.sink.rate = rate
        return self.sink

    def until(self, wanted: Callable[[Heard], bool]) -> Heard:
        heard = self.ear.wait(lambda told: isinstance(told, Heard) and wanted(told))
        assert isinstance(heard, Heard)
        return heard

    def fault(self) -> Fault:
        fault = self.ear.wait(lambda told: isinstance(told, Fault))
        assert isinstance(fault, Fault)
        return fault

    def stop(self) -> Recorded[int]:
        return self._recorder.stop()


def alike(sound: Samples, heard: Samples, rate: int) -> float:
    """The share of the spoken fifths of a second of `sound` that `heard` holds, one after the other, without a gap.

    A player that was late leaves a gap of a millisecond or so, which would hide from the eye a recording that is right: so
    each piece is looked for within 20 ms of where the whole lies.
    """
    size, near = rate // 5, rate // 50
    length = 1 << (sound.size + heard.size).bit_length()
    whole = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(sound, length)), length)
    offset = int(np.argmax(whole[: heard.size]))
    found = []
    for at in range(0, sound.size - size, size):
        piece = sound[at : at + size]
        if piece.std() < 0.01:
            continue
        part = heard[max(0, offset + at - near) : offset + at + size + near]
        if part.size < size + near:
            found.append(False)
            continue
        shift = int(np.argmax(np.correlate(part, piece)))
        found.append(float(np.corrcoef(part[shift : shift + size], piece)[0, 1]) > 0.95)
    return float(np.mean(found))


def test_speech_arrives_whole_and_its_end_is_not_cut_off(server: SoundServer, voice: Sound, voice_file: Path) -> None:
    speech, takes = voice.samples[voice.rate :], list[tuple[float, float, float]]()
    for _ in range(3):  # a busy computer may starve the sound server; a recorder that loses something loses it every time
        take = Take()
        take.until(lambda heard: heard.second > 0.1)
        assert server.play(voice_file).wait(30) == 0
        recorded = take.stop()
        assert (recorded.rate, recorded.faults) == (48_000, ())
        whole = alike(speech, take.sink.samples, voice.rate)
        end = alike(speech[-voice.rate :], take.sink.samples[-2 * voice.rate :], voice.rate)
        takes.append((whole, end, recorded.drift))
        if whole >= 0.9 and end == 1.0 and abs(recorded.drift) < 0.03:
            assert recorded.verdict is not None
            assert recorded.verdict.ratable == "yes"
            return
    pytest.fail(f"no take was whole (share heard, of the last second, drift): {takes}")


def test_the_microphone_is_listed_and_chosen_by_its_name(server: SoundServer, voice: Sound, voice_file: Path) -> None:
    module = server.pactl("load-module", "module-null-sink", "sink_name=other", f"rate={voice.rate}", "channels=1").strip()
    second = server.pactl("load-module", "module-remap-source", "source_name=second", "master=other.monitor").strip()
    try:
        ids = {device.id for device in devices.inputs()}
        assert ids == {MICROPHONE, "second"}
        assert next(device.name for device in devices.inputs() if device.id == MICROPHONE) == "Lab_Mic"
        assert LOUDSPEAKER in {device.id for device in devices.outputs()}
        speaking = server.play(voice_file)
        take = Take("second")
        take.until(lambda heard: heard.second > 1.5)
        take.stop()
        assert not take.sink.samples.any()
        assert "PULSE_SOURCE" not in os.environ
        speaking.terminate()
        speaking.wait()
    finally:
        server.pactl("unload-module", second)
        server.pactl("unload-module", module)


def test_muting_is_told_within_a_second(server: SoundServer, voice_file: Path) -> None:
    take = Take()
    speaking = server.play(voice_file)
    take.until(lambda heard: heard.level_dbfs > -40)
    muted_at = take.until(lambda heard: heard.second > 2.5).second
    server.mute()
    try:
        told = take.until(lambda heard: any(finding.code == "no_signal" for finding in heard.findings))
        assert told.second - muted_at < 1.5
    finally:
        server.mute(False)
        speaking.terminate()
        speaking.wait()
        take.stop()


def test_a_suspended_microphone_stalls_and_goes_on(server: SoundServer) -> None:
    take = Take()
    take.until(lambda heard: heard.second > 0.5)
    server.suspend()
    try:
        assert take.fault().code == "stalled"
    finally:
        server.suspend(False)
    resumed = take.until(lambda heard: heard.second > 2.5)
    recorded = take.stop()
    assert recorded.seconds > resumed.second
    assert [fault.code for fault in recorded.faults] == ["stalled"]
    assert recorded.verdict is not None
    assert "dropouts" in [finding.code for finding in recorded.verdict.findings]


def test_a_server_that_dies_leaves_what_was_recorded(mortal_server: SoundServer) -> None:
    take = Take()
    last = take.until(lambda heard: heard.second > 1.2)
    mortal_server.kill()
    assert take.fault().code == "device-lost"
    recorded = take.stop()
    assert recorded.seconds >= last.second
    assert take.sink.finished
    with pytest.raises(Trouble) as caught:
        SystemMicrophone(MICROPHONE).open()
    assert caught.value.code == "no-sound-device"


def test_devices_are_looked_for_again_only_when_none_is_in_use(server: SoundServer) -> None:
    assert server.process.poll() is None
    microphone = SystemMicrophone(MICROPHONE)
    microphone.open()
    with pytest.raises(Trouble) as caught:
        devices.rescan()
    assert caught.value.code == "sound-busy"
    microphone.close()
    microphone.close()
    devices.rescan()


def test_a_microphone_that_is_not_there_is_trouble(server: SoundServer) -> None:
    assert server.process.poll() is None
    with pytest.raises(Trouble) as caught:
        SystemMicrophone("unplugged").open()
    assert caught.value.code == "no-sound-device"


def test_a_play_is_heard_to_its_last_sample(server: SoundServer, voice: Sound, tmp_path: Path) -> None:
    tape = server.record(tmp_path / "tape.wav")
    take, ear = Take(), Ear()
    take.until(lambda heard: heard.second > 0.3)
    player = Player(SystemLoudspeaker(LOUDSPEAKER), RealPace(), ear)
    ending_loud = Sound(voice.samples[: round(3.4 * voice.rate)], voice.rate)
    player.play(ending_loud)
    player.wait()
    take.stop()
    tape.terminate()
    tape.wait()
    played = ear.all[-1]
    assert isinstance(played, Played)
    assert (played.complete, played.heard_ms, played.fault) == (True, 3400, None)
    assert played.start_ms < 500
    assert len([told for told in ear.all if isinstance(told, Playing)]) > 20
    heard, _ = soundfile.read(tmp_path / "tape.wav", dtype="float32", always_2d=True)
    speech = ending_loud.samples[voice.rate :]
    assert alike(speech, heard[:, 0], voice.rate) >= 0.9
    assert alike(speech[-voice.rate :], heard[:, 0], voice.rate) == 1.0


def test_a_stopped_play_tells_how_much_was_heard(server: SoundServer, voice: Sound) -> None:
    assert server.process.poll() is None
    ear = Ear()
    player = Player(SystemLoudspeaker(), RealPace(), ear)
    player.play(voice)
    place = ear.wait(lambda told: isinstance(told, Playing) and told.position > 1.0)
    player.stop()
    played = ear.all[-1]
    assert isinstance(place, Playing)
    assert isinstance(played, Played)
    assert not played.complete
    assert played.heard_ms == pytest.approx(place.position * 1000, abs=300)


def test_a_play_cut_short_by_the_machine_is_incomplete(mortal_server: SoundServer, voice: Sound) -> None:
    ear = Ear()
    player = Player(SystemLoudspeaker(LOUDSPEAKER), RealPace(), ear)
    player.play(voice)
    ear.wait(lambda told: isinstance(told, Playing) and told.position > 0.5)
    mortal_server.kill()
    player.wait()
    player.stop()
    played = ear.all[-1]
    assert isinstance(played, Played)
    assert not played.complete
    assert played.fault is not None
    assert played.fault.code == "device-lost"
    assert 400 < played.heard_ms < 2_000


def unplug(server: SoundServer) -> Callable[[], object]:
    """Headphones of one's own to pull out; the stream goes to the other loudspeaker."""
    module = server.pactl("load-module", "module-null-sink", "sink_name=phones", "rate=48000", "channels=1").strip()
    return lambda: server.pactl("unload-module", module)


@pytest.mark.parametrize("kind", ["muted", "unplugged"])
def test_a_play_that_nobody_hears_is_no_play(server: SoundServer, voice: Sound, kind: str) -> None:
    device = "phones" if kind == "unplugged" else LOUDSPEAKER
    fails = unplug(server) if kind == "unplugged" else lambda: server.pactl("set-sink-mute", LOUDSPEAKER, "1")
    ear = Ear()
    player = Player(SystemLoudspeaker(device), RealPace(), ear)
    try:
        player.play(voice)
        ear.wait(lambda told: isinstance(told, Playing) and told.position > 0.5)
        fails()
        player.wait()
    finally:
        server.pactl("set-sink-mute", LOUDSPEAKER, "0")
    played = ear.all[-1]
    assert isinstance(played, Played)
    assert not played.complete
    assert played.fault is not None
    assert played.fault.trouble is not None
    assert played.fault.trouble.code == "loudspeaker-unheard"
    assert 400 < played.heard_ms < 4_000


def test_the_computers_devices_are_surveyed_with_their_condition(server: SoundServer) -> None:
    server.volume(20)
    server.mute()
    try:
        found = survey()
    finally:
        server.mute(False)
        server.volume(100)
    (microphone,) = found.microphones
    assert (microphone.id, microphone.muted, microphone.volume) == (MICROPHONE, True, 0.2)
    assert "Lab_Mic  [vmic]  muted, turned down, volume 20%" in found.as_text()
    assert json.loads(found.as_json())["loudspeakers"][0]["id"] == LOUDSPEAKER


def test_a_headset_that_hears_like_a_telephone_is_named(server: SoundServer) -> None:
    sink = server.pactl("load-module", "module-null-sink", "sink_name=call", "rate=8000", "channels=1").strip()
    call = ("load-module", "module-remap-source", "source_name=wireless", "master=call.monitor")
    source = server.pactl(*call).strip()
    listening = SystemMicrophone("wireless")
    try:
        assert next(each for each in survey().microphones if each.id == "wireless").rate == 8_000
        assert "telephone (8000 Hz" in survey().as_text()
        listening.open()
        while (said := listening.condition()) is None:
            listening.read(0.1)
        assert (said.device, said.chosen, said.rate, said.narrow) == ("wireless", True, 8_000, True)
    finally:
        listening.close()
        server.pactl("unload-module", source)
        server.pactl("unload-module", sink)


@pytest.mark.usefixtures("server")
def test_a_fault_for_training_is_made_on_the_real_microphone_and_taken_back() -> None:
    with rehearsal.broken("quiet", "") as source:
        assert (source, survey().microphones[0].volume) == (MICROPHONE, 0.05)
    assert survey().microphones[0].volume == 1.0
    with pytest.raises(Trouble) as caught, rehearsal.broken("hum", ""):
        pass
    assert caught.value.code == "fault-simulated"


def run_alone(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A fresh program: how PortAudio is loaded can be seen only once in a process."""
    root = Path(__file__).parents[2]
    known = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    return subprocess.run(
        [sys.executable, "-c", code], env=known | environ, cwd=root, capture_output=True, text=True, check=True
    )


def test_a_computer_without_sound_server_or_device_is_trouble_with_advice(tmp_path: Path) -> None:
    code = (
        "from stamp_desktop.audio import devices\n"
        "from stamp_desktop.trouble import Trouble\n"
        "try: devices.SystemMicrophone().open()\n"
        "except Trouble as trouble: print(trouble.code, '|', trouble.advice)\n"
    )
    told = run_alone(code, PULSE_SERVER=f"unix:{tmp_path / 'nobody'}", XDG_RUNTIME_DIR=str(tmp_path)).stdout
    if "no-sound-device" not in told:
        pytest.skip("this computer has a sound card")
    assert "Check that it is plugged in" in told


def test_a_missing_portaudio_library_is_trouble_and_not_before_it_is_needed() -> None:
    code = (
        "import ctypes.util, sys\n"
        "ctypes.util.find_library = lambda name: None\n"
        "from stamp_desktop.audio import devices, capture, playback, report, simulated\n"
        "from stamp_desktop.trouble import Trouble\n"
        "assert 'sounddevice' not in sys.modules\n"
        "try: devices.SystemMicrophone().open()\n"
        "except Trouble as trouble: print(trouble.code)\n"
    )
    if sys.platform != "linux":
        pytest.skip("the package brings its own library on this system")
    assert run_alone(code).stdout == "sound-library\n"


def test_without_pactl_the_devices_of_portaudio_are_listed_and_can_be_opened(
    server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.process.poll() is None
    monkeypatch.setenv("PATH", "")
    listed = devices.inputs()
    (default,) = [device for device in listed if device.default]
    microphone = SystemMicrophone(default.id)
    assert microphone.open() == 48_000
    microphone.close()
    assert [device.default for device in devices.outputs()].count(True) == 1
