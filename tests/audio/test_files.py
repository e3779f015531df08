"""Sound files as people have them: any rate, any channels, any damage. `audio screen` says something clear about each."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stamp_desktop import cli
from stamp_desktop.audio import files, report
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.playback import Sound, resampled
from stamp_desktop.trouble import Trouble

READ, NOT_READ = 0, 1


def screen_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, object]]]:
    names = sorted(str(path) for path in folder.iterdir() if path.is_file())
    status = cli.main(["audio", "screen", "--json", *names])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == names
    return status, {Path(line["file"]).name: line for line in lines}


def short(voice: Sound) -> Samples:
    return voice.samples[: 4 * voice.rate]


def test_every_format_and_rate_is_judged_alike(voice: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = short(voice)
    for kind, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "OPUS"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")):
        soundfile.write(tmp_path / f"{subtype}.{kind.lower()}", sound, voice.rate, format=kind, subtype=subtype)
    soundfile.write(tmp_path / "float.wav", sound, voice.rate, subtype="FLOAT")
    soundfile.write(tmp_path / "192.wav", resampled(Sound(sound, voice.rate), 192_000), 192_000)
    soundfile.write(tmp_path / "8.wav", resampled(Sound(sound, voice.rate), 8_000), 8_000)
    status, lines = screen_all(tmp_path, capsys)
    assert status == READ
    assert {name: (line["findings"], line["ratable"]) for name, line in lines.items()} == dict.fromkeys(lines, ([], "yes"))


def test_of_eight_channels_the_one_that_was_used_is_judged(voice: Sound, tmp_path: Path) -> None:
    sound = np.zeros((4 * voice.rate, 8), dtype=np.float32)
    sound[:, 5] = short(voice)
    soundfile.write(tmp_path / "eight.wav", sound, voice.rate)
    assert report.screened(tmp_path / "eight.wav") == report.judged([short(voice)], voice.rate)


def test_eight_bits_can_be_judged(voice: Sound, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "eight.wav", short(voice), voice.rate, subtype="PCM_U8")
    assert report.screened(tmp_path / "eight.wav").speech_seconds > 1.5


@pytest.mark.parametrize("samples", [0, 1])
def test_next_to_nothing_is_no_signal(samples: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(samples), 16_000)
    verdict = report.screened(tmp_path / "x.wav")
    assert [finding.code for finding in verdict.findings] == ["no_signal"]


def test_damage_gets_a_line_of_its_own_and_the_rest_is_judged(
    voice: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = short(voice)
    soundfile.write(tmp_path / "good.flac", sound, voice.rate)
    (tmp_path / "cut.flac").write_bytes((tmp_path / "good.flac").read_bytes()[:50_000])
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "letter.wav").write_bytes(b"Dear proctor, this is no sound.")
    holed = sound.copy()
    holed[1_000] = np.nan
    soundfile.write(tmp_path / "nan.wav", holed, voice.rate, subtype="FLOAT")
    status, lines = screen_all(tmp_path, capsys)
    assert status == NOT_READ
    assert lines["good.flac"]["findings"] == []
    assert "error" not in lines["good.flac"]
    for name in ("cut.flac", "empty.wav", "letter.wav", "nan.wav"):
        line = lines[name]
        assert (line["findings"], line["ratable"]) == ([], "no")
        assert line["error"]["code"] == "sound-damaged"  # type: ignore[index]  # the line's own form


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as caught, files.opened(tmp_path / "no.wav"):
        pass
    assert caught.value.code == "sound-missing"


def test_people_get_words_and_a_picture(voice: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    soundfile.write(tmp_path / "quiet.wav", short(voice) * 0.01, voice.rate, subtype="PCM_24")
    assert cli.main(["audio", "screen", "--plot", str(tmp_path / "pictures"), str(tmp_path / "quiet.wav")]) == READ
    said = capsys.readouterr().out
    assert "too_quiet" in said
    assert "record again" in said
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
