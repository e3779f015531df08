"""Answers: somebody speaks for some seconds, with the pauses of somebody who thinks. Recorded voices and espeak-ng.

Recorded voices say words and prompts one after the other; it makes no sense, and the screening must not care.
"""

import io
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
import soundfile

from benchmarks.audio import mixing, sources
from benchmarks.audio.mixing import Dice
from benchmarks.audio.sources import RATE, Part, Source
from stamp_desktop.audio import levels
from stamp_desktop.audio.levels import Samples

Kind: TypeAlias = Literal["recorded", "espeak"]

SENTENCES: dict[str, tuple[Part, str]] = {
    "en": (
        "train",
        "I usually get up at seven. Then I walk to school with my friend. We play football after class.",
    ),
    "de": (
        "train",
        "Am Wochenende fahre ich mit meiner Familie an den See. Dort schwimmen wir und essen Eis.",
    ),
    "es": (
        "train",
        "Me llamo Ana y vivo en una casa pequeña. Tengo dos hermanos y un perro. Los domingos comemos con mis abuelos.",
    ),
    "cmn": ("train", "我叫小明。我家有四口人。我每天坐公共汽车去学校。周末我喜欢看书和打篮球。"),
    "hi": ("train", "मेरा नाम राहुल है। मैं दिल्ली में रहता हूँ। मुझे क्रिकेट खेलना बहुत पसंद है।"),
    "pt": ("train", "Eu moro numa cidade perto do mar. Gosto de nadar e de ler livros. A minha mãe trabalha num hospital."),
    "ko": ("train", "저는 주말에 친구들과 공원에서 축구를 합니다. 우리 가족은 네 명입니다. 저는 음악을 좋아합니다."),
    "fr": (
        "tune",
        "J'habite dans un petit village. Le matin je prends le bus pour aller au lycée. J'aime beaucoup la musique.",
    ),
    "tr": ("tune", "Benim adım Ayşe. Her sabah erken kalkıyorum ve okula yürüyorum. Hafta sonu sinemaya gidiyoruz."),
    "sv": ("train", "Jag bor i en liten stad vid havet. På sommaren badar vi varje dag. Min bror spelar gitarr."),
    "ru": ("train", "Меня зовут Иван. Я живу в Москве с родителями. Летом мы ездим на дачу и ходим в лес."),
    "ar": ("train", "أنا أسكن في بيت صغير مع عائلتي. أذهب إلى المدرسة كل يوم. أحب كرة القدم والقراءة."),
    "it": ("tune", "Mi chiamo Marco e abito a Roma. Nel tempo libero gioco a calcio. La domenica andiamo dai nonni."),
    "sw": ("train", "Jina langu ni Amina. Ninaishi mjini na familia yangu. Ninapenda kusoma vitabu na kucheza mpira."),
    "pl": ("train", "Mam na imię Kasia. Mieszkam w Krakowie z rodzicami. Po szkole gram w siatkówkę i uczę się angielskiego."),
    "bg": ("train", "Казвам се Мария. Живея в малък град до морето. През лятото плуваме всеки ден. Обичам да чета."),
    "id": ("train", "Nama saya Budi. Saya tinggal di kota kecil. Setiap pagi saya naik sepeda ke sekolah. Saya suka musik."),
    "vi": ("train", "Tôi tên là Lan. Tôi sống ở Hà Nội với gia đình. Mỗi sáng tôi đi học bằng xe buýt. Tôi thích đọc sách."),
    "el": (
        "held",
        "Με λένε Μαρία και μένω σε μια μικρή πόλη. Το πρωί πηγαίνω στο σχολείο με τα πόδια. Μου αρέσει πολύ η μουσική.",
    ),
    "fi": (
        "held",
        "Minun nimeni on Anna ja asun pienessä kaupungissa. Aamulla menen kouluun bussilla. Kesällä uimme järvessä.",
    ),
    "lt": ("held", "Mano vardas Jonas. Aš gyvenu mažame mieste prie jūros. Vasarą mes plaukiame ir žaidžiame futbolą."),
    "sl": (
        "held",
        "Ime mi je Ana in živim v majhnem mestu. Zjutraj grem v šolo z avtobusom. Rada berem knjige in poslušam glasbo.",
    ),
}
VARIANTS: dict[Part, tuple[str, ...]] = {
    "train": (
        *("", "+m1", "+m3", "+m4", "+m7", "+f1", "+f3", "+f4", "+croak", "+m8", "+Annie", "+Denis", "+linda", "+Michael"),
        *("+Mike", "+Lee", "+steph", "+shelby", "+boris", "+pablo"),
    ),
    "tune": ("+m2", "+m5", "+m6", "+f2", "+f5"),
    "held": ("+Alicia", "+Gene", "+antonio", "+belinda", "+max", "+sandro"),
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody of a part: a recorded voice, or a voice of espeak-ng."""

    name: str
    kind: Kind
    source: Source | None = None
    size: float = 1.0
    """How much faster the recordings are played: a throat of another size is another voice."""


OTHER_SIZES, SMALLEST, LARGEST = 0.35, 0.86, 1.18
"""This share of the people that are trained on get another size, for voices are few. Nobody is tuned to or measured so."""


def someone(part: Part, dice: Dice, *, recorded_only: bool = False) -> Speaker:
    """A speaker of the part; most are people."""
    people = [voice for voice in sources.voices() if voice.part == part]
    if people and (recorded_only or dice.random() < 0.72):
        voice = people[int(dice.integers(len(people)))]
        other = part == "train" and dice.random() < OTHER_SIZES
        return Speaker(voice.name, "recorded", voice, float(dice.uniform(SMALLEST, LARGEST)) if other else 1.0)
    languages = [language for language, (its, _) in SENTENCES.items() if its == part]
    return Speaker(str(dice.choice(languages)) + str(dice.choice(VARIANTS[part])), "espeak")


LEAST_SPOKEN, MOST_ASKED = 0.7, 2.2
"""An answer holds this share of its seconds as speech, but no more than so many need be: with less it is a word or two."""


def answer(who: Speaker, seconds: float, dice: Dice, pause: float = 0.5) -> Samples:
    """About so many seconds of speech, pauses of about `pause` seconds between phrases in it."""
    return _recorded(who, seconds, dice, pause) if who.source else _espeak(who, seconds, dice, pause)


def word(who: Speaker, dice: Dice, longest: float = 0.8) -> Samples:
    """A word, of at most so many seconds."""
    if who.source is None:
        phrase = SENTENCES[who.name.split("+")[0]][1].split()
        spoken = trimmed(_said(str(dice.choice(phrase)), who.name, 150, 50))
        return spoken[: round(longest * RATE)]
    pieces = [_piece(who, dice) for _ in range(8)]
    fitting = [piece for piece in pieces if 0.12 * RATE < piece.size <= longest * RATE]
    return fitting[0] if fitting else min(pieces, key=lambda piece: piece.size)[: round(longest * RATE)]


def whisper(who: Speaker, seconds: float, dice: Dice) -> Samples:
    """The answer of somebody who whispers: by espeak-ng's own whispering voice, or resynthesised with noise."""
    if who.kind == "espeak" and dice.random() < 0.4:
        name = who.name.split("+")[0] + str(dice.choice(["+whisper", "+whisperf"]))
        return answer(Speaker(name, "espeak"), seconds, dice, 0.6)
    return mixing.whispered(answer(who, seconds, dice, 0.6), dice)


def trimmed(sound: Samples, below_db: float = 35.0) -> Samples:
    """Without the silence at its ends."""
    size = RATE // 100
    level = levels.block_levels(sound, size)
    if not level.size:
        return sound
    loud = np.flatnonzero(level > level.max() - below_db)
    start, end = max(0, int(loud[0]) - 2) * size, (int(loud[-1]) + 3) * size
    return sound[start:end]


def _piece(who: Speaker, dice: Dice) -> Samples:
    if who.source is None:
        raise ValueError(who.name)
    for _ in range(6):
        file = who.source.files[int(dice.integers(len(who.source.files)))]
        piece = _played(trimmed(sources.sound(file)), who.size)
        if piece.size > sources.SHORTEST_FILE * RATE and levels.active_level(piece, RATE) > -60:
            fade = np.minimum(1, np.minimum(np.arange(piece.size), np.arange(piece.size)[::-1]) / (0.008 * RATE))
            return (mixing.at_level(piece, -26.0 + dice.normal(0, 1.8)) * fade).astype(np.float32)
    return mixing.blank(0.2)


def _played(sound: Samples, faster: float) -> Samples:
    """Faster and higher, or slower and lower."""
    return sources.at_rate(sound, round(RATE * faster / 240) * 240, RATE)


def _recorded(who: Speaker, seconds: float, dice: Dice, pause: float) -> Samples:
    parts: list[Samples] = []
    length, spoken, least = 0.0, 0.0, min(LEAST_SPOKEN * seconds, MOST_ASKED)
    tempo, excited = dice.uniform(0.03, 0.2), dice.choice([0.0, 0.0, 0.25])
    while length < seconds or spoken < least:
        piece = _piece(who, dice)[: round(max(0.3, seconds - length + 0.3) * RATE)]
        if dice.random() < excited:  # a person's pitch is not always the same
            piece = _played(piece, float(dice.uniform(0.9, 1.12)))
        gap = dice.exponential(pause) + 0.15 if dice.random() < 0.25 else dice.exponential(tempo) + 0.02
        parts += [piece, mixing.blank(min(gap, 3.0))]
        spoken += piece.size / RATE
        length += (piece.size + parts[-1].size) / RATE
    return np.concatenate(parts[:-1])


def _espeak(who: Speaker, seconds: float, dice: Dice, pause: float) -> Samples:
    text = SENTENCES[who.name.split("+")[0]][1]
    phrases = [phrase for phrase in text.replace("。", ". ").replace("।", ". ").split(". ") if phrase.strip()]
    speed, pitch = int(dice.choice([115, 140, 165, 190])), int(dice.choice([25, 45, 60, 80]))
    parts: list[Samples] = []
    length, at = 0.0, int(dice.integers(len(phrases)))
    while length < seconds:
        piece = trimmed(_said(phrases[at % len(phrases)], who.name, speed, pitch))
        piece = piece[: round(max(0.3, seconds - length + 0.3) * RATE)]
        parts += [piece, mixing.blank(min(3.0, dice.exponential(pause) + 0.1))]
        length += (piece.size + parts[-1].size) / RATE
        at += 1
    return mixing.at_level(np.concatenate(parts[:-1]), -26.0)


@lru_cache(maxsize=3_000)
def _said(text: str, voice: str, speed: int, pitch: int) -> Samples:
    if shutil.which("espeak-ng") is None:
        raise FileNotFoundError("espeak-ng")
    asked = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    spoken = subprocess.run(asked, check=True, capture_output=True, timeout=60).stdout
    samples, rate = soundfile.read(io.BytesIO(spoken), dtype="float32")
    return sources.at_rate(samples, rate, RATE)
