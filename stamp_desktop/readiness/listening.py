"""Plays a tone and records: first while the tone sounds, then the room by itself. What it means stands in `sound`.

It asks nobody to speak, so that it can run with nobody in the room; who speaks meanwhile is judged as in the test.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from stamp_desktop.audio import levels
from stamp_desktop.audio.capture import Microphone
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.findings import Verdict
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.playback import Loudspeaker, Played, Player, Playing, Sound, resampled
from stamp_desktop.audio.screening import screen
from stamp_desktop.audio.simulated import RATE, babble
from stamp_desktop.audio.take import Take
from stamp_desktop.trouble import Trouble

TONE_HZ, TONE_DBFS, TONE_SECONDS = 880.0, -20.0, 0.8
LOOP_SECONDS, ROOM_SECONDS = 2.0, 4.0
"""PulseAudio may take a second until a tone is heard. Four seconds of a room hold its fan, its hum and most of its talk."""

SILENT_SECONDS: Final = 3.0
"""A microphone that gives nothing for so long is not waited for: a Bluetooth headset needs 2.5 s to open."""

TONE_CLEAR_DB: Final = 12.0
"""The tone counts as heard when its frequency stands this far over what is there without it."""

SPOKEN_SECONDS: Final = 1.5
"""From so much speech on, what was recorded is judged by itself; below, a known voice is laid over it."""

READ_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Captured:
    """What came from the microphone. `trouble`: it could not be opened, or went; `stopped`: it gave nothing."""

    samples: Samples
    rate: int
    lost: float = 0.0
    trouble: Trouble | None = None
    stopped: bool = False
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """`played`: None where no loudspeaker was asked. `loop_db`: how far the tone stands out, None where nobody listened for it.

    `verdict` is on what was said, where somebody spoke (`spoken`); else on a clear voice of -26 dBFS with the room's sound
    under it. `noise_dbfs` is the room's own.
    """

    played: Played | None = None
    loop_db: float | None = None
    room: Captured | None = None
    verdict: Verdict | None = None
    spoken: bool = False
    noise_dbfs: float = levels.FLOOR_DBFS


class _Memory:
    """A recording that is let go of afterwards."""

    def __init__(self) -> None:
        self._pcm = bytearray()

    def write_frame(self, pcm: bytes) -> None:
        self._pcm += pcm

    def finish(self) -> bytes:
        return bytes(self._pcm)


def listen(
    microphone: Microphone | None, loudspeaker: Loudspeaker | None, pace: Pace, room_seconds: float = ROOM_SECONDS
) -> Heard:
    """Play and record once; either may be left out."""
    ends: list[Played] = []

    def told(word: Playing | Played) -> None:
        if isinstance(word, Played):
            ends.append(word)

    player = Player(loudspeaker, pace, told) if loudspeaker else None
    if player:
        player.play(Sound(tone(), RATE))
    loop = record(microphone, pace, LOOP_SECONDS) if microphone and player else None
    if player:
        player.wait()
        player.stop()
    played = ends[0] if ends else None
    if microphone is None:
        return Heard(played)
    room = loop if loop and (loop.trouble or loop.stopped) else record(microphone, pace, room_seconds)
    loop_db = _tone_over(loop, room) if loop and played and played.complete else None
    return judged(Heard(played, loop_db, room))


def record(microphone: Microphone, pace: Pace, seconds: float) -> Captured:
    """So many seconds of sound, or what came before the microphone stopped."""
    nothing = np.zeros(0, dtype=np.float32)
    condition: Condition | None = None
    try:
        rate = microphone.open()
    except Trouble as trouble:
        return Captured(nothing, 0, trouble=trouble)
    try:
        sink = _Memory()
        take = Take(rate, sink, pace, seconds)
        heard_at, stopped, gone = pace.now(), False, None
        while not take.full and not stopped and gone is None:
            try:
                pcm = microphone.read(READ_SECONDS)
            except Trouble as trouble:
                gone = trouble
                continue
            condition = microphone.condition() or condition
            if pcm:
                take.take(pcm)
                heard_at = pace.now()
            stopped = pace.now() - heard_at > SILENT_SECONDS
        take.flush()
        return Captured(levels.from_pcm(sink.finish()), rate, round(take.lost, 3), gone, stopped, condition)
    finally:
        microphone.close()


def judged(heard: Heard) -> Heard:
    """With the verdict of the screening on it."""
    room = heard.room
    if room is None or not room.samples.size:
        return heard
    own = screen(room.samples, room.rate)
    if own.speech_seconds >= SPOKEN_SECONDS or any(finding.code == "no_signal" for finding in own.findings):
        return Heard(heard.played, heard.loop_db, room, own, own.speech_seconds >= SPOKEN_SECONDS, own.noise_dbfs)
    voice = resampled(Sound(babble(room.samples.size / room.rate), RATE), room.rate)
    length = min(voice.size, room.samples.size)
    laid = screen(voice[:length] + room.samples[:length], room.rate)
    return Heard(heard.played, heard.loop_db, room, laid, False, own.noise_dbfs)


def tone() -> Samples:
    """A soft tone with soft ends."""
    at = np.arange(round(TONE_SECONDS * RATE)) / RATE
    ends = np.minimum(1.0, np.minimum(at, TONE_SECONDS - at) / 0.02)
    amplitude = 10 ** (TONE_DBFS / 20) * np.sqrt(2)
    return np.asarray(amplitude * ends * np.sin(2 * np.pi * TONE_HZ * at), dtype=np.float32)


def _tone_over(loop: Captured, room: Captured) -> float | None:
    """By how much the tone's frequency is louder at its loudest, while it was played, than without it."""
    if not loop.samples.size or not room.samples.size:
        return None
    return round(_loudest(loop) - _loudest(room), 1)


def _loudest(take: Captured) -> float:
    size = take.rate // 10
    blocks = take.samples[: take.samples.size // size * size].reshape(-1, size)
    if not blocks.size:
        return levels.FLOOR_DBFS
    at = np.arange(size) / take.rate
    wave = np.exp(-2j * np.pi * TONE_HZ * at) * np.hanning(size)
    return levels.dbfs(float(np.abs(blocks @ wave).max()) / size * 4)
