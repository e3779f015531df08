"""Microphones and a loudspeaker that need no hardware: for demonstrations, rehearsals and tests. Same ports as the real ones.

Their time is the pace given to them: real for people, free for tests. What they give is the same every time.
"""

import math

import numpy as np

from stamp_desktop.audio import levels
from stamp_desktop.audio.condition import Condition
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.playback import Opened
from stamp_desktop.trouble import Trouble

RATE = 48_000
BLOCK_SECONDS = 0.02
ROOM_DBFS = -62.0
"""What a quiet room sounds like in a headset."""


class SpeakingMicrophone:
    """Somebody speaks: `samples` at `rate` Hz, then again from the beginning; a quiet room lies under it all."""

    def __init__(self, samples: Samples, rate: int, pace: Pace) -> None:
        self._samples = samples if samples.size else np.zeros(rate, dtype=np.float32)
        self._rate = rate
        self._pace = pace
        self._at = 0
        self._due = 0.0
        self._dice = np.random.default_rng(0)

    def open(self) -> int:
        """Begin to listen, from the first sample on; the rate in Hz."""
        self._at = 0
        self._due = self._pace.now()
        self._dice = np.random.default_rng(0)
        return self._rate

    def read(self, timeout: float) -> bytes:
        """The block that is due, after waiting for it."""
        size = round(BLOCK_SECONDS * self._rate)
        wait = self._due + size / self._rate - self._pace.now()
        if wait > timeout:
            self._pace.sleep(timeout)
            return b""
        if wait > 0:
            self._pace.sleep(wait)
        self._due += size / self._rate
        block = self._samples.take(range(self._at, self._at + size), mode="wrap")
        self._at += size
        return levels.to_pcm(self.heard(block))

    def heard(self, block: Samples) -> Samples:
        """What becomes of a block in the room."""
        return block + noise(block.size, ROOM_DBFS, self._dice)

    def condition(self) -> Condition | None:
        """There is no system to ask."""
        return None

    def close(self) -> None:
        """Stop listening."""


class SilentMicrophone(SpeakingMicrophone):
    """A dead one: digital zeros."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(np.zeros(RATE, dtype=np.float32), RATE, pace)

    def heard(self, block: Samples) -> Samples:
        """Nothing."""
        return np.zeros_like(block)


class QuietMicrophone(SpeakingMicrophone):
    """One that is turned down by 40 dB: the voice arrives, far too low."""

    def heard(self, block: Samples) -> Samples:
        """The voice and the room, 40 dB lower."""
        return super().heard(block) * np.float32(0.01)


class HummingMicrophone(SpeakingMicrophone):
    """A loose shield: mains hum (60 Hz and its harmonics) under the voice, 15 dB below nominal speech."""

    def heard(self, block: Samples) -> Samples:
        """The voice and the hum."""
        at = np.arange(self._at - block.size, self._at) / self._rate
        hum = sum(np.sin(2 * np.pi * 60 * n * at) / n for n in (1, 2, 3, 5, 7))
        return (super().heard(block) + 0.01 * hum).astype(np.float32)


class ClippingMicrophone(SpeakingMicrophone):
    """One that is turned up too far: the loud parts are cut off."""

    def heard(self, block: Samples) -> Samples:
        """The voice, 24 dB louder, and cut."""
        loud: Samples = np.clip(super().heard(block) * 16.0, -0.98, 0.98).astype(np.float32)
        return loud


class NoisyMicrophone(SpeakingMicrophone):
    """A loud room: a fan as strong as a voice 8 dB below nominal."""

    def heard(self, block: Samples) -> Samples:
        """The voice and the fan."""
        return super().heard(block) + noise(block.size, -34.0, self._dice)


class LostMicrophone(SpeakingMicrophone):
    """One whose plug is pulled after `after` seconds, and put in again `away` seconds later; what is said between is lost."""

    def __init__(self, samples: Samples, rate: int, pace: Pace, after: float, away: float = math.inf) -> None:
        super().__init__(samples, rate, pace)
        self._after, self._away = after, away
        self._gone_at = math.inf
        self._back = False

    def open(self) -> int:
        """Begin to listen, or Trouble while the plug is out."""
        if math.isinf(self._gone_at):
            return super().open()
        if self._pace.now() < self._gone_at + self._away:
            raise _pulled()
        self._at += round((self._pace.now() - self._gone_at) * self._rate)
        self._due, self._back = self._pace.now(), True
        return self._rate

    def read(self, timeout: float) -> bytes:
        """A block, or Trouble("device-lost")."""
        if self._at >= self._after * self._rate and not self._back:
            self._gone_at = self._pace.now()
            raise _pulled()
        return super().read(timeout)


class StalledMicrophone(SpeakingMicrophone):
    """One that says nothing any more from `after` to `until` seconds, without an error; what was said meanwhile is lost."""

    def __init__(self, samples: Samples, rate: int, pace: Pace, after: float, until: float) -> None:
        super().__init__(samples, rate, pace)
        self._after, self._until = after, until
        self._opened = 0.0

    def open(self) -> int:
        """Begin to listen; the rate in Hz."""
        self._opened = self._pace.now()
        return super().open()

    def read(self, timeout: float) -> bytes:
        """A block, or nothing."""
        if self._after <= self._pace.now() - self._opened < self._until:
            self._pace.sleep(timeout)
            self._due = self._pace.now()
            return b""
        return super().read(timeout)


class NullLoudspeaker:
    """Silent, and keeps time: a play takes as long as it would."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._rate = RATE

    def open(self, rate: int) -> Opened:
        """Begin, at any rate."""
        self._rate = rate
        return Opened(rate, 0.0)

    def write(self, samples: Samples, timeout: float) -> int:
        """Take what fits into `timeout` seconds, after that time."""
        taken = min(samples.size, round(timeout * self._rate))
        self._pace.sleep(taken / self._rate)
        return taken

    def condition(self) -> Condition | None:
        """There is no system to ask."""
        return None

    def close(self) -> None:
        """Nothing to silence."""


def _pulled() -> Trouble:
    return Trouble("device-lost", "The microphone is gone.", "What was recorded until then is kept.", "Plug it in again.")


def noise(size: int, level_dbfs: float, dice: np.random.Generator) -> Samples:
    """White noise of that level, shape (size,)."""
    return (dice.standard_normal(size) * 10 ** (level_dbfs / 20)).astype(np.float32)


def babble(seconds: float, rate: int = RATE, seed: int = 0) -> Samples:
    """Speech-like sound without words: syllables of a buzzing voice with moving formants, pauses between phrases, -26 dBov."""
    dice = np.random.default_rng(seed)
    total = round(seconds * rate)
    out = np.zeros(total + rate)
    at = round(0.4 * rate)
    syllable = 0
    while at < total:
        length = round(dice.uniform(0.12, 0.28) * rate)
        t = np.arange(length) / rate
        pitch = dice.uniform(105, 150) * (1 + 0.08 * np.sin(2 * np.pi * 2.1 * t + dice.uniform(0, 6)))
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        formants = ((dice.uniform(300, 800), 1.0), (dice.uniform(900, 2300), 0.5), (2700.0, 0.2))
        voice = np.zeros(length)
        for harmonic in range(1, 28):
            height = sum(gain / (1 + ((harmonic * 125 - centre) / 120) ** 2) for centre, gain in formants)
            voice += (0.02 / harmonic + height) * np.sin(harmonic * phase)
        out[at : at + length] += voice * np.sin(np.pi * np.arange(length) / length) ** 0.7
        syllable += 1
        at += length + round((dice.uniform(0.35, 0.7) if syllable % 9 == 0 else dice.uniform(0.01, 0.08)) * rate)
    sound = out[:total].astype(np.float32)
    spoken = levels.active_level(sound, rate)
    return (sound * 10 ** ((-26.0 - spoken) / 20)).astype(np.float32) if spoken > levels.FLOOR_DBFS else sound
