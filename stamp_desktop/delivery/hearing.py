"""The recording of a listening question: plays that are counted, and given back when the machine cut them short."""

from collections.abc import Callable

from stamp_desktop.audio.playback import Played, decode, seconds
from stamp_desktop.delivery.ear import Booth, Voice, fault_notice
from stamp_desktop.delivery.runner import Sound
from stamp_desktop.delivery.views import Notice, PlayerView
from stamp_desktop.engine.events import PlayBegan, PlayEnded
from stamp_desktop.engine.state import SectionState

GIVEN_BACK = Notice(
    "The recording was cut short",
    "That was the computer's fault: this play does not count.",
    "Play it again. If it happens again, call the proctor.",
    "attention",
    "volume-x",
)


class Hearing:
    """One recording to hear. `record` writes a fact; practice passes None for it and has no limit."""

    def __init__(
        self, booth: Booth, set_id: str, data: bytes, limit: int, record: Callable[[PlayBegan | PlayEnded], None] | None
    ):
        self.set_id = set_id
        self._booth = booth
        self._data = data
        self._length = seconds(data)
        self._limit = limit
        self._record = record
        self._voice: Voice | None = None
        self._play = 0
        self._used = 0
        self._notice: Notice | None = None

    def play(self, section: SectionState) -> None:
        """Begin a play if one is left."""
        if self._voice or (self._record and self._limit and section.plays_used >= self._limit):
            return
        self._notice = None
        self._play = section.plays_used + 1
        sound = decode(self._data)
        if self._record:
            self._record(PlayBegan(self.set_id, self._play))
        self._voice = self._booth.play(sound)

    def hear(self, sound: Sound) -> None:
        """Take in a word of the player."""
        if self._voice and sound.token == self._voice.token:
            self._voice.hear(sound.word)
            if self._voice.ended:
                self._end(self._voice.ended, complete=self._voice.ended.complete)

    def end(self) -> None:
        """Stop because the test taker goes on: such a play counts."""
        if self._voice:
            voice = self._voice
            voice.stop()
            self._end(Played(round(voice.position * 1000), complete=True, start_ms=0), complete=True)

    def cut_short(self) -> None:
        """Stop because the test is paused: such a play does not count."""
        if self._voice:
            voice = self._voice
            voice.stop()
            self._end(Played(round(voice.position * 1000), complete=False, start_ms=0), complete=False)

    def leave(self) -> None:
        """Stop because the program or the section ends; the engine gives an open play back."""
        if self._voice:
            self._voice.stop()
            self._voice = None

    def view(self, section: SectionState) -> PlayerView:
        left = self._limit - section.plays_used if self._record and self._limit else None
        if self._voice:
            return PlayerView("playing", left, self._voice.position, self._length)
        if self._notice:
            return PlayerView("trouble", left, 0.0, self._length, self._notice)
        return PlayerView("heard" if section.plays_used or self._used else "ready", left, 0.0, self._length)

    def _end(self, played: Played, *, complete: bool) -> None:
        if self._record:  # first: when it cannot be written the end is still to come
            self._record(PlayEnded(self.set_id, self._play, played.heard_ms, complete))
        self._voice = None
        self._used += 1
        if not complete:
            self._notice = fault_notice(played.fault) if played.fault else GIVEN_BACK
