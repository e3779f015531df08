"""Recorded voices and noises from Debian packages, split by language and by recording. It mixes nothing.

The packages are fetched with `apt-get download` and unpacked into a cache folder; nothing is installed, and nothing of them
is kept in this project.
"""

import os
import re
import subprocess
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import soundfile
from scipy.signal import resample_poly

from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples

Part: TypeAlias = Literal["train", "tune", "held"]
RATE = 24_000
"""Everything is mixed at this rate: what the screening looks at ends at 8 kHz."""

PACKAGES = (
    "klettres-data",
    "ktuberling-data",
    "fillets-ng-data",
    "fillets-ng-data-cs",
    "fillets-ng-data-nl",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-es-wav",
    "asterisk-core-sounds-fr-wav",
    "asterisk-core-sounds-it-wav",
    "asterisk-core-sounds-ru-wav",
    "asterisk-prompt-it-menardi-wav",
    "asterisk-prompt-fr-armelle",
    "asterisk-prompt-es-co",
    "asterisk-moh-opsound-wav",
    "pocketsphinx-testdata",
    "gcin-voice",
    "bucklespring-data",
    "lomiri-sounds",
    "oxygen-sounds",
    "gcompris-qt-data",
    "openttd-opensfx",
    "tuxpaint-stamps-default",
    "hedgewars-data",
    "colobot-common-sounds",
    "sonic-pi-samples",
    "festvox-ru",
    "scratch",
    "lmms-common",
    "heroes-sound-effects",
    "supertux-data",
    "frozen-bubble-data",
)
HELD_LANGUAGES = ("el", "lt", "he", "ml", "sl", "nds", "ga", "fi", "nb")
TUNE_LANGUAGES = ("fr", "da", "wa", "nn", "sr", "tn", "it", "uk")
"""A language belongs to one part with all its voices; those that are in no list are trained on."""

HELD_NOISES = ("scratch", "lmms-common", "heroes-sound-effects", "supertux-data", "frozen-bubble-data")
"""Packages whose noises are only measured with."""

FILES_PER_VOICE, SHORTEST_FILE, LONGEST_NOISE = 90, 0.15, 40.0
OWN_SNR_DB, FILES_HEARD = 20.0, 15
"""A voice that stands less than this over the noise of its own recordings (their median) makes no good clip: it is left out."""

_VOICES = (
    re.compile(r"klettres/(?P<lang>[a-zA-Z_@]+)/(?:alpha|syllab)/"),
    re.compile(r"ktuberling/sounds/(?P<lang>[a-zA-Z_@]+)/"),
    re.compile(r"fillets-ng/sound/.*/(?P<lang>cs|nl)/[^/]*-(?P<who>m|v)-"),
    re.compile(r"asterisk/sounds/(?P<lang>en|es|fr|it|ru)(?P<who>_[A-Za-z_]*)?/"),
    re.compile(r"pocketsphinx/test/data/(?P<lang>librivox)/"),
    re.compile(r"gcin-voice/(?P<lang>ogg)/.*/(?P<who>\d)\.ogg"),
    re.compile(r"tuxpaint/stamps/.*_desc(?:_(?P<lang>[a-zA-Z_]+))?\.(?:ogg|wav)$"),
    re.compile(r"hedgewars/Data/Sounds/voices/(?!Robot)(?P<who>[A-Za-z]+)(?:_(?P<lang>[a-z]+))?/"),
    re.compile(r"festival/voices/russian/msu_(?P<lang>ru)_nsh_clunits/wav/"),
)
_NOISES = re.compile(
    r"asterisk/moh|fillets-ng/music|fillets-ng/sound/(?!.*/(?:cs|nl)/)|lomiri|share/sounds|buckle/wav|gcompris|opensfx"
    r"|tuxpaint/stamps/.*/(?!.*_desc)(?!.*_[a-z]{2}(?:_[A-Z]{2})?\.)|hedgewars/Data/(?:Sounds/(?!voices)|Music)|colobot|sonic-pi"
    r"|scratch/Media/Sounds/(?!Vocals)|lmms/samples|heroes/sfx|supertux2/(?:sounds|music)|frozen-bubble/snd"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A voice or a noise: its name, the part it belongs to, and its files."""

    name: str
    part: Part
    files: tuple[Path, ...]


def cache() -> Path:
    """Where the packages are unpacked: STAMP_CALIBRATION, or a folder in the user's cache."""
    return Path(os.environ.get("STAMP_CALIBRATION", Path.home() / ".cache" / "stamp-calibration"))


def fetch() -> None:
    """Fetch and unpack what is missing, about 1.3 GB."""
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        into = folder / package
        if into.is_dir():
            continue
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True, timeout=600)
        deb = next(folder.glob(f"{package}_*.deb"))
        unpacked = into.with_suffix(".part")
        subprocess.run(["dpkg-deb", "-x", deb, unpacked], check=True, timeout=300)
        for archive in [*unpacked.rglob("*.rcc"), *unpacked.rglob("*.cat")]:
            _unpack(archive)
        unpacked.rename(into)
        deb.unlink()


def _unpack(archive: Path) -> None:
    """The sounds inside a resource archive: Ogg streams and RIFF files stand in it one after the other."""
    data = archive.read_bytes()
    folder = archive.parent / f"{archive.stem}.sounds"
    folder.mkdir(exist_ok=True)
    starts = [found.start() for found in re.finditer(rb"OggS\x00\x02|RIFF....WAVE", data, re.DOTALL)]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(data)
        suffix = "ogg" if data[start : start + 4] == b"OggS" else "wav"
        (folder / f"{number:04d}.{suffix}").write_bytes(data[start:end])


def part_of_language(language: str) -> Part:
    """The part that all voices of a language belong to."""
    short = language.split("_", maxsplit=1)[0].split("@", maxsplit=1)[0]
    return "held" if short in HELD_LANGUAGES else "tune" if short in TUNE_LANGUAGES else "train"


def part_of_noise(path: str) -> Part:
    """The part that a noise recording belongs to: held by its package, the others by their name, three of four for training."""
    if path.startswith(HELD_NOISES):
        return "held"
    return ("train", "train", "tune", "train")[zlib.crc32(Path(path).name.encode()) % 4]


@lru_cache(maxsize=1)
def voices() -> tuple[Source, ...]:
    """All recorded voices, in the order of their names."""
    found: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in _sounds():
        for pattern in _VOICES:
            match = pattern.search(str(path.relative_to(cache())))
            if match and "silence" not in path.parts and "@" not in (match["lang"] or ""):  # sr@latin is sr again
                package, language = path.relative_to(cache()).parts[0], match["lang"] or "en"
                who = match.groupdict().get("who") or ""
                found[f"{package}-{language}-{who}", language].append(path)
                break
    made = []
    for (name, language), files in sorted(found.items()):
        order = np.random.default_rng(zlib.crc32(name.encode())).permutation(len(files))[:FILES_PER_VOICE]
        chosen = tuple(sorted(files)[i] for i in sorted(order))
        if len(files) >= 5 and _own_snr(chosen[:FILES_HEARD]) >= OWN_SNR_DB:
            made.append(Source(name, part_of_language(language), chosen))
    return tuple(made)


def _own_snr(files: Sequence[Path]) -> float:
    """The median over the files of the active level over the stillest twentieth, dB."""
    over = []
    for file in files:
        heard = sound(file)
        blocks = levels.block_levels(heard, RATE // 50)
        live = blocks[blocks > levels.FLOOR_DBFS + 20]
        if live.size >= 8:
            over.append(float(levels.active_level(heard, RATE)) - float(np.percentile(live, 5)))
    return float(np.median(over)) if over else 0.0


@lru_cache(maxsize=1)
def noises() -> tuple[Source, ...]:
    """All recorded noises and pieces of music; the keys of the keyboard are one."""
    keys = [path for path in _sounds() if "buckle" in path.parts]
    rest = [path for path in _sounds() if "buckle" not in path.parts and _NOISES.search(str(path.relative_to(cache())))]
    names = {path: str(path.relative_to(cache())) for path in rest}
    found = [Source(names[path], part_of_noise(names[path]), (path,)) for path in rest if _long(path)]
    return (*found, Source("keyboard", "train", tuple(sorted(keys)))) if keys else tuple(found)


def _long(path: Path) -> bool:
    try:
        return bool(soundfile.info(path).duration >= 1.5)
    except soundfile.LibsndfileError:
        return False


@lru_cache(maxsize=1)
def _sounds() -> tuple[Path, ...]:
    kinds = {".ogg", ".wav", ".gsm", ".opus", ".flac"}
    return tuple(sorted(path for path in cache().rglob("*") if path.suffix in kinds and path.is_file()))


@lru_cache(maxsize=3_000)
def sound(path: Path) -> Samples:
    """A file at `RATE`, one channel, at most `LONGEST_NOISE` seconds; empty where it cannot be read."""
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            samples = file.read(int(LONGEST_NOISE * rate), dtype="float32", always_2d=True)[:, 0]
    except (soundfile.LibsndfileError, RuntimeError):
        return np.zeros(0, dtype=np.float32)
    return at_rate(samples, rate, RATE)


def at_rate(samples: Samples, rate: int, wanted: int) -> Samples:
    """Resampled (polyphase)."""
    if rate == wanted or not samples.size:
        return samples
    share = np.gcd(rate, wanted)
    up, down = wanted // share, rate // share
    if max(up, down) > 2_000:
        down = round(rate / (wanted / 100))
        up = 100
    return np.asarray(resample_poly(samples, up, down), dtype=np.float32)
