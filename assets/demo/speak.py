"""Speaks the listening scripts of a test's source folder and writes them as Ogg/Opus.

    python assets/demo/speak.py assets/demo/english [--only ID]

Reads `voices.toml`, `listening/*.toml` and `practice/listening.toml`, lets eSpeak NG speak each line, joins the lines
with their pauses and brings every recording to the same level. The same script and voices give the same bytes; a
recording whose script and voices have not changed is left alone. It does not judge how a voice sounds, and it never
removes a file.

Needs `espeak-ng` on the path, numpy and soundfile.
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf

Samples = npt.NDArray[np.float64]

RULES = 1  # raise when the making of a recording changes, so that all of them are made again
RATE = 24_000  # Hz
FRAME = RATE // 50  # 20 ms, the length over which speech level is commonly read
MARGIN = 0.3  # seconds of silence before the first and after the last line
FADE = 0.01  # seconds; takes away the click where speech meets digital silence
LEVEL = -23.0  # dBFS, RMS of the active parts
PEAK = -4.0  # dBFS; Opus may overshoot by a fraction of a decibel, and -3 must hold after decoding
ACTIVE = -35.0  # dB below the loudest frame: quieter frames are pauses between words
COMPRESSION = 0.9  # of libsndfile's Opus range, about 30 kbit/s in mono
OGG_POLYNOMIAL = 0x04C11DB7  # RFC 3533, section 6, field 7


@dataclass(frozen=True, slots=True)
class Voice:
    """How eSpeak NG speaks for one person: its voice and variant, pitch 0-99, words a minute, gain in dB."""

    espeak: str
    pitch: int
    speed: int
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a script, with the seconds of silence after it."""

    voice: Voice
    say: str
    pause: float


@dataclass(frozen=True, slots=True)
class Recording:
    """A file to be made: its path below the source folder, its lines, and a factor on the speed of its voices."""

    path: str
    lines: tuple[Line, ...]
    speed: float = 1.0

    def digest(self) -> str:
        """SHA-256 of all that the sound is made from."""
        return hashlib.sha256(json.dumps([RULES, asdict(self)], sort_keys=True).encode()).hexdigest()


def read_recordings(source: Path) -> list[Recording]:
    """All recordings that the source folder asks for; KeyError when a script names an unknown voice."""
    table = tomllib.loads((source / "voices.toml").read_text(encoding="utf-8"))
    voices = {name: Voice(**settings) for name, settings in table["voices"].items()}
    respell: dict[str, str] = table.get("respell", {})
    recordings = []
    for file in [*sorted((source / "listening").glob("*.toml")), source / "practice" / "listening.toml"]:
        item_set = tomllib.loads(file.read_text(encoding="utf-8"))
        lines = tuple(
            Line(voices[line["voice"]], respelled(line["say"], respell), line.get("pause", 0.0)) for line in item_set["script"]
        )
        recordings.append(Recording(item_set["audio"], lines, item_set.get("speed", 1.0)))
    words = table["words"]
    recordings += [
        Recording(f"media/word-{word}.opus", (Line(voices[words["voice"]], word, 0.0),), words["speed"])
        for word in words["say"]
    ]
    return recordings


def respelled(text: str, respell: dict[str, str]) -> str:
    """The text with the names that eSpeak NG reads wrongly written as they sound."""
    for name, sound in respell.items():
        text = text.replace(name, sound)
    return text


def decibels(ratio: float) -> float:
    return 20 * float(np.log10(max(ratio, 1e-10)))


def active_level(samples: Samples) -> float:
    """RMS in dBFS over the 20 ms frames that hold speech."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = (frames**2).mean(axis=1)
    return decibels(float(np.sqrt(power[power >= power.max() * 10 ** (ACTIVE / 10)].mean())))


def resampled(samples: Samples, rate: int) -> Samples:
    """The samples at 24 kHz, by way of the spectrum; padded to a whole number of periods of both rates."""
    period = rate // int(np.gcd(rate, RATE))
    samples = np.concatenate([samples, np.zeros(-len(samples) % period)])
    length = len(samples) * RATE // rate
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length) * (length / len(samples))


def spoken(line: Line, speed: float) -> Samples:
    """One line at the common level, without silence at its ends, faded in and out."""
    voice = line.voice
    wave = subprocess.run(
        [
            "espeak-ng",
            "-v",
            voice.espeak,
            "-p",
            str(voice.pitch),
            "-s",
            str(round(voice.speed * speed)),
            "--stdout",
            line.say,
        ],
        check=True,
        capture_output=True,
    ).stdout
    samples, rate = sf.read(io.BytesIO(wave))
    samples = resampled(samples, rate)
    heard = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (ACTIVE / 20) / 10)
    fade = round(FADE * RATE)
    samples = samples[max(heard[0] - fade, 0) : heard[-1] + fade]
    ramp = np.linspace(0.0, 1.0, fade)
    samples[:fade] *= ramp
    samples[-fade:] *= ramp[::-1]
    return samples * 10 ** ((LEVEL + voice.gain - active_level(samples)) / 20)


def joined(recording: Recording) -> Samples:
    """The whole recording: silence, the lines with their pauses, silence; at the level, below the peak."""
    parts = [np.zeros(round(MARGIN * RATE))]
    for line in recording.lines:
        parts += [spoken(line, recording.speed), np.zeros(round(line.pause * RATE))]
    samples = np.concatenate([*parts, np.zeros(round(MARGIN * RATE))])
    samples *= 10 ** ((LEVEL - active_level(samples)) / 20)
    return samples * min(1.0, 10 ** (PEAK / 20) / float(np.abs(samples).max()))


def checksum_table() -> list[int]:
    table = []
    for byte in range(256):
        register = byte << 24
        for _ in range(8):
            register = (register << 1 ^ OGG_POLYNOMIAL if register & 0x80000000 else register << 1) & 0xFFFFFFFF
        table.append(register)
    return table


CHECKSUMS = checksum_table()


def settled(ogg: bytes, serial: bytes) -> bytes:
    """The stream under a given serial number.

    libsndfile draws the number by chance, and the same script must give the same bytes.
    """
    pages = bytearray(ogg)
    start = 0
    while start < len(pages):
        segments = pages[start + 26]
        end = start + 27 + segments + sum(pages[start + 27 : start + 27 + segments])
        pages[start + 14 : start + 18] = serial
        pages[start + 22 : start + 26] = bytes(4)
        register = 0
        for byte in pages[start:end]:
            register = (register << 8 & 0xFFFFFFFF) ^ CHECKSUMS[register >> 24 ^ byte]
        pages[start + 22 : start + 26] = register.to_bytes(4, "little")
        start = end
    return bytes(pages)


def encoded(recording: Recording) -> bytes:
    """The recording as Ogg/Opus."""
    ogg = io.BytesIO()
    sf.write(ogg, joined(recording), RATE, format="OGG", subtype="OPUS", compression_level=COMPRESSION)
    return settled(ogg.getvalue(), hashlib.sha256(recording.path.encode()).digest()[:4])


def main() -> int:
    parser = argparse.ArgumentParser(description="Speak the listening scripts of a test's source folder.")
    parser.add_argument("source", type=Path, help="the source folder, with voices.toml")
    parser.add_argument("--only", metavar="ID", help="make this recording, even if it is up to date")
    arguments = parser.parse_args()
    source: Path = arguments.source

    notes = source / "media" / "digests.json"
    notes.parent.mkdir(exist_ok=True)
    digests: dict[str, str] = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {}
    recordings = read_recordings(source)
    if arguments.only:
        due = [recording for recording in recordings if Path(recording.path).stem == arguments.only]
        if not due:
            print(f"No recording is called {arguments.only}.", file=sys.stderr)
            return 1
    else:
        due = [one for one in recordings if digests.get(one.path) != one.digest() or not (source / one.path).exists()]

    with ThreadPoolExecutor() as pool:
        for recording, ogg in zip(due, pool.map(encoded, due), strict=True):
            (source / recording.path).write_bytes(ogg)
            digests[recording.path] = recording.digest()
            print(f"{recording.path}  {len(ogg) / 1000:.0f} kB")
    wanted = {recording.path for recording in recordings}
    kept = {path: digest for path, digest in sorted(digests.items()) if path in wanted}
    notes.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"{len(due)} of {len(recordings)} recordings made.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
