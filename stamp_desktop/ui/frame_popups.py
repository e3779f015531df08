"""The three sheets of the top bar: volume, text size and colours, calling the proctor."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSlider, QWidget

from stamp_desktop.ui.parts.buttons import Button, IconButton, PrimaryButton, SecondaryButton
from stamp_desktop.ui.parts.layout import column, row, sized
from stamp_desktop.ui.parts.popup import Popup
from stamp_desktop.ui.parts.text import Heading, Icon, Text
from stamp_desktop.ui.theme import style, tokens
from stamp_desktop.ui.theme.style import ZOOMS, Look, look
from stamp_desktop.ui.theme.tokens import THEMES, Theme


class VolumePopup(Popup):
    """How loud recordings play; `changed` carries 0-1."""

    changed = Signal(float)

    def __init__(self) -> None:
        super().__init__("", 360)
        self.setAccessibleName(self.tr("Volume"))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("volume-slider")
        self._slider.setAccessibleName(self.tr("Volume"))
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._slider.setSingleStep(5)
        self._slider.setValue(70)
        self._value = Text(size=tokens.NOTE, role="second", wrap=False)
        self.content.addLayout(row(Heading(self.tr("Volume"), size=tokens.BASE), None, self._value))
        line = row(Icon("volume-1", role="second"), gap=12)
        line.addWidget(self._slider, 1)
        line.addWidget(Icon("volume-2", role="second"))
        self.content.addLayout(line)
        self._slider.valueChanged.connect(self._moved)
        self._say(70)

    def _say(self, percent: int) -> None:
        self._value.set_text(self.tr("{percent} %").format(percent=percent))

    def _moved(self, percent: int) -> None:
        self._say(percent)
        self.changed.emit(percent / 100)


class _Swatch(QWidget):
    """ "Aa" in the colours of a theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        sized(self, width=44, height=32)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = Look(self._theme, look().zoom)
        line = look().px(1)
        painter.setBrush(shown.colour("card"))
        painter.setPen(QPen(look().colour("border"), line))
        radius = look().px(6)
        painter.drawRoundedRect(self.rect().adjusted(line, line, -line, -line), radius, radius)
        painter.setPen(shown.colour("ink"))
        painter.setFont(shown.font(tokens.NOTE, 600))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Aa")


class DisplayPopup(Popup):
    """Text size and colours, changed at once for the whole program."""

    def __init__(self) -> None:
        super().__init__("", 400)
        self.setAccessibleName(self.tr("Text size and colours"))
        self._smaller = IconButton("zoom-out", self.tr("Smaller text"))
        self._larger = IconButton("zoom-in", self.tr("Larger text"))
        self._zoom = Text(weight=600, wrap=False, centred=True)
        self.content.addLayout(
            row(
                Heading(self.tr("Text size"), size=tokens.BASE),
                None,
                self._smaller,
                sized(self._zoom, width=72),
                self._larger,
                gap=4,
            )
        )
        self.content.addWidget(Heading(self.tr("Colours"), size=tokens.BASE))
        themes = column(gap=4)
        self._themes: list[tuple[Theme, Button]] = []
        for theme in THEMES:
            choice = Button(theme.name, kind="quiet", height=tokens.CONTROL, name=theme.name)
            choice.setCheckable(True)
            choice.setAutoExclusive(True)
            choice.setObjectName(f"theme-{theme.id}")
            choice.clicked.connect(lambda _=False, chosen=theme: self._take(Look(chosen, look().zoom)))
            line = row(_Swatch(theme), gap=12)
            line.addWidget(choice, 1)
            themes.addLayout(line)
            self._themes.append((theme, choice))
        self.content.addLayout(themes)
        self._smaller.clicked.connect(lambda: self._step(-1))
        self._larger.clicked.connect(lambda: self._step(1))
        self._draw()

    def _step(self, by: int) -> None:
        at = min(range(len(ZOOMS)), key=lambda i: abs(ZOOMS[i] - look().zoom)) + by
        if 0 <= at < len(ZOOMS):
            self._take(Look(look().theme, ZOOMS[at]))

    def _take(self, new: Look) -> None:
        style.apply(new)
        self._draw()
        self.place()

    def _draw(self) -> None:
        self._zoom.set_text(self.tr("{percent} %").format(percent=round(look().zoom * 100)))
        for theme, choice in self._themes:
            choice.setChecked(theme is look().theme)


class CallPopup(Popup):
    """Asks once before the proctor is called; `agreed` when it is meant."""

    agreed = Signal()

    def __init__(self) -> None:
        super().__init__("", 400, dim=True)
        self.setAccessibleName(self.tr("Call the proctor"))
        self.content.addWidget(Heading(self.tr("Call the proctor?"), size=tokens.TITLE))
        self.content.addWidget(Text(self.tr("Somebody comes to your seat. What you have done so far is saved."), role="second"))
        call, stay = PrimaryButton(self.tr("Call"), "hand"), SecondaryButton(self.tr("Not now"))
        call.setObjectName("call-now")
        stay.setObjectName("call-not")
        self.content.addLayout(row(call, stay, None, gap=12))
        call.clicked.connect(self._agree)
        stay.clicked.connect(self.close_up)

    def _agree(self) -> None:
        self.close_up()
        self.agreed.emit()
