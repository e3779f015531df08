"""What stands in the middle of the equipment check, step by step. Each shows its part of the view; `asked` carries intents."""

import unicodedata
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.delivery.intents import CheckTyped, CheckWord
from stamp_desktop.delivery.views import EquipmentView
from stamp_desktop.ui.parts.basics import Card
from stamp_desktop.ui.parts.buttons import Button
from stamp_desktop.ui.parts.fields import Entry, Labelled
from stamp_desktop.ui.parts.layout import column, grid, row
from stamp_desktop.ui.parts.medallion import Medallion
from stamp_desktop.ui.parts.meter import Meter
from stamp_desktop.ui.parts.text import Heading, Text
from stamp_desktop.ui.parts.waveform import Waveform
from stamp_desktop.ui.taker.speaking_ring import Countdown
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look


class Step(QWidget):
    """One step: `begin` when it comes, `show_view` for every view of it."""

    asked = Signal(object)

    def begin(self, view: EquipmentView) -> None:
        """Forget the attempt before."""

    def show_view(self, view: EquipmentView) -> None:
        raise NotImplementedError

    def take_focus(self) -> None:
        """Put the focus where this step is done, if that is in the step."""

    def tried(self) -> bool:
        """Whether something was played or recorded in this step."""
        return False


class _Word(Button):
    """A word to pick: as wide as its place; `mark` says what came of it."""

    ring_radius = tokens.RADIUS_CHOICE

    def __init__(self, word: str) -> None:
        super().__init__(word, kind="secondary", height=64)
        self.mark: Literal["", "right", "wrong"] = ""
        self.setObjectName(f"word-{word}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_mark(self, mark: Literal["", "right", "wrong"]) -> None:
        if mark != self.mark:
            self.mark = mark
            self.set_face(self.text(), {"": "", "right": "circle-check", "wrong": "triangle-alert"}[mark])

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        c = look().colour
        match self.mark:
            case "right":
                return c("good_soft"), c("good"), c("good")
            case "wrong":
                return c("attention_soft"), c("attention"), c("attention")
        ground, outline, ink = super()._colours()
        return (ground, outline, ink) if self.isEnabled() else (c("card"), c("line"), c("second"))


class Headphones(Step):
    """Hear a word, pick it. The words can be picked once it was played."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = False
        self._words: list[_Word] = []
        self._sign = Medallion("headphones", size=72)
        self._state, self._advice = Heading(size=tokens.TITLE), Text(role="second")
        card = Card()
        words = column(self._state, self._advice, gap=2)
        line = row(self._sign, gap=24, pad=(32, 28), on=card)
        line.addLayout(words, 1)
        self._grid = grid(gap=12)
        column(card, self._grid, gap=24, on=self)

    def begin(self, view: EquipmentView) -> None:
        self._heard = False
        for old in self._words:
            old.hide()
            old.deleteLater()
        self._words = [_Word(word) for word in view.words]
        for place, word in enumerate(self._words):
            word.clicked.connect(lambda _=False, word=word: self.asked.emit(CheckWord(word.text())))
            self._grid.addWidget(word, place // 2, place % 2)
            if place:
                QWidget.setTabOrder(self._words[place - 1], word)

    def tried(self) -> bool:
        return self._heard

    def show_view(self, view: EquipmentView) -> None:
        playing = view.activity == "playing"
        self._heard = self._heard or playing or view.activity == "done"
        self._sign.set_icon("audio-lines" if playing else "headphones")
        if playing:
            self._state.set_text(self.tr("Playing…"))
        elif view.passed:
            self._state.set_text(self.tr("That was the word"))
        else:
            self._state.set_text(self.tr("Which word did you hear?") if self._heard else self.tr("Press “Play the word”"))
        self._advice.set_text(self.tr("Too soft or too loud? The loudspeaker sign at the top sets the volume."))
        for word in self._words:
            word.setEnabled(self._heard and not playing and not view.passed)
            chosen = word.text() == view.chosen_word
            word.show_mark(("right" if view.passed else "wrong") if chosen and (view.passed or view.finding) else "")


class Room(Step):
    """Be quiet while the ring runs out."""

    def __init__(self) -> None:
        super().__init__()
        self._ring, self._sign = Countdown(), Medallion("ear", size=112)
        self._text = Text(role="second", centred=True)
        self._wave = Waveform(56)
        card = Card()
        column(
            4,
            row(None, self._ring, self._sign, None, gap=0),
            self._text,
            self._wave,
            gap=20,
            pad=(32, 28),
            on=card,
        )
        column(card, on=self)

    def begin(self, _view: EquipmentView) -> None:
        self._ring.begin()

    def show_view(self, view: EquipmentView) -> None:
        listening = view.activity == "listening"
        self._ring.setVisible(listening)
        self._sign.setVisible(not listening)
        self._sign.set_icon("circle-check" if view.passed else "ear")
        if listening:
            self._ring.show_seconds(view.seconds_left or 0.0)
            self._text.set_text(self.tr("We are listening to the room. Do not speak."))
        elif view.passed:
            self._text.set_text(self.tr("The room is quiet enough."))
        elif view.activity == "done":
            self._text.set_text(self.tr("Look at what we found, then try again."))
        else:
            self._text.set_text(self.tr("Press Start, then stay silent until the ring has run out."))
        self._wave.setVisible(listening)
        self._wave.show_peaks(view.peaks)


class Voice(Step):
    """Say a sentence, see how loud it is, hear it."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = Text(size=tokens.LARGE, weight=600, leading=1.5, measure=760)
        self._wave, self._meter = Waveform(92), Meter()
        card = Card()
        column(self._sentence, pad=(32, 28), on=card)
        column(card, 4, self._wave, self._meter, gap=16, on=self)

    def show_view(self, view: EquipmentView) -> None:
        self._sentence.set_text(f"“{view.sentence}”")
        self._wave.show_peaks(view.peaks, whole=view.activity != "recording")
        self._meter.show_level(view.level, view.quiet_end, view.loud_start)


class Typing(Step):
    """Type a line in the script of the test."""

    def __init__(self) -> None:
        super().__init__()
        self._sample = Text(size=tokens.LARGE, weight=600, leading=1.5, measure=760)
        self._entry = Entry(self.tr("Type the line here"))
        self._entry.setObjectName("typed")
        self._entry.setInputMethodHints(Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhNoAutoUppercase)
        self._card = Card()
        column(self._sample, pad=(32, 28), on=self._card)
        column(self._card, 4, Labelled(self.tr("Type the line here"), self._entry), gap=16, on=self)
        self._entry.edited.connect(lambda text: self.asked.emit(CheckTyped(text)))

    def begin(self, view: EquipmentView) -> None:
        self._entry.clear()
        strong = next((kind for kind in map(unicodedata.bidirectional, view.typed_sample) if kind in {"L", "R", "AL"}), "L")
        towards = Qt.LayoutDirection.LeftToRight if strong == "L" else Qt.LayoutDirection.RightToLeft
        for part in (self._card, self._entry):
            part.setLayoutDirection(towards)
        at = Qt.AlignmentFlag.AlignLeft if strong == "L" else Qt.AlignmentFlag.AlignRight
        self._entry.setAlignment(at | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)

    def show_view(self, view: EquipmentView) -> None:
        self._sample.set_text(view.typed_sample)

    def take_focus(self) -> None:
        self._entry.setFocus(Qt.FocusReason.OtherFocusReason)
