"""The three sheets of the top bar: volume, text size and colours, calling the proctor."""

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from stamp_desktop.ui.parts.buttons import Button, IconButton, PrimaryButton, SecondaryButton
from stamp_desktop.ui.parts.layout import column, row, sized
from stamp_desktop.ui.parts.popup import Popup
from stamp_desktop.ui.parts.text import Heading, Icon, Text, side
from stamp_desktop.ui.theme import icons, style, tokens
from stamp_desktop.ui.theme.style import ZOOMS, Look, look
from stamp_desktop.ui.theme.tokens import THEMES, Theme


class VolumePopup(Popup):
    """How loud recordings play; `changed` carries 0-1."""

    changed = Signal(float)

    def __init__(self, bar: QWidget) -> None:
        super().__init__(bar, 360)
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


class _ThemeChoice(Button):
    """A theme to take: "Aa" in its colours, its name, a tick when it is in force."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(QCoreApplication.translate("Theme", theme.name), kind="quiet")
        self._theme = theme
        self.setObjectName(f"theme-{theme.id}")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, px, shown = look().colour, look().px, Look(self._theme, look().zoom)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c("soft" if self.isChecked() else "quiet"))
            painter.drawRoundedRect(self.rect(), px(10), px(10))
        swatch = QRectF(px(8), px(7), px(48), self.height() - px(14))
        words = QRectF(px(72), 0, self.width() - px(72 + 40), self.height())
        tick = QRectF(self.width() - px(32), (self.height() - px(20)) / 2, px(20), px(20))
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            for box in (swatch, words, tick):
                box.moveLeft(self.width() - box.right())
        painter.setPen(QPen(c("border"), px(1)))
        painter.setBrush(shown.colour("card"))
        painter.drawRoundedRect(swatch, px(8), px(8))
        painter.setPen(shown.colour("ink"))
        painter.setFont(look().font(tokens.NOTE, 600))
        painter.drawText(swatch, Qt.AlignmentFlag.AlignCenter, "Aa")
        painter.setPen(c("primary" if self.isChecked() else "ink"))
        painter.setFont(look().font(tokens.BASE, 600 if self.isChecked() else 400))
        painter.drawText(words, int(side(self) | Qt.AlignmentFlag.AlignVCenter), self.text())
        if self.isChecked():
            icons.paint(painter, "check", c("primary").name(), tick)


class DisplayPopup(Popup):
    """Text size and colours, changed at once for the whole program."""

    def __init__(self, bar: QWidget) -> None:
        super().__init__(bar, 360)
        self.setAccessibleName(self.tr("Text size and colours"))
        self._smaller = IconButton("zoom-out", self.tr("Smaller text"))
        self._larger = IconButton("zoom-in", self.tr("Larger text"))
        self._smaller.setObjectName("smaller")
        self._larger.setObjectName("larger")
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
            choice = _ThemeChoice(theme)
            choice.clicked.connect(lambda _=False, chosen=theme: self._take(Look(chosen, look().zoom)))
            themes.addWidget(choice)
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

    def __init__(self, bar: QWidget) -> None:
        super().__init__(bar, 400, dim=True)
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
