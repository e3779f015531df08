"""Surfaces and small signs: page, card, notice, progress, chip. Screens put them together; they decide nothing."""

from typing import Final, Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMoveEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QSizePolicy, QWidget

from stamp_desktop.delivery.views import Notice, Tone
from stamp_desktop.ui.parts.buttons import SecondaryButton
from stamp_desktop.ui.parts.layout import beside, column, row, towards
from stamp_desktop.ui.parts.text import Icon, Text, announce
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

TONE_INK: Final[dict[Tone, Role]] = {"good": "good", "plain": "second", "attention": "attention", "bad": "bad"}
TONE_GROUND: Final[dict[Tone, Role]] = {
    "good": "good_soft",
    "plain": "soft",
    "attention": "attention_soft",
    "bad": "bad_soft",
}

_SHADOW_REACH: Final = 22
_SHADOW_DROP: Final = 6


def paint_shadow(painter: QPainter, box: QRectF) -> None:
    """The soft shadow under a card; it fades faster near the card than far from it."""
    strength = look().theme.shadow
    if not strength:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    reach, drop, radius = (look().px(n) for n in (_SHADOW_REACH, _SHADOW_DROP, tokens.RADIUS_CARD))
    shade = QColor(22, 32, 46)
    shade.setAlphaF(0.0038 * strength)
    painter.setBrush(shade)
    layers = 14
    for layer in range(layers):
        grow = reach * (layer / layers) ** 1.7
        painter.drawRoundedRect(box.adjusted(-grow, drop - grow, grow, drop + grow), radius + grow, radius + grow)


def _inside(card: QRectF, changed: QRectF) -> bool:
    """Whether it lies in a card and touches none of its round corners, behind which shadow and paper show."""
    corner = look().px(tokens.RADIUS_CARD)
    across, down = card.adjusted(corner, 0, -corner, 0), card.adjusted(0, corner, 0, -corner)
    return across.contains(changed) or down.contains(changed)


class Page(QWidget):
    """The paper that cards lie on: it draws the soft shadow under each, so that a card is no larger than it looks."""

    def __init__(self, ground: Role = "paper") -> None:
        super().__init__()
        self._ground: Role = ground

    def set_ground(self, ground: Role) -> None:
        self._ground = ground
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), look().colour(self._ground))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for card in self.findChildren(Card):
            if not card.isVisibleTo(self) or not card.raised:
                continue
            box = QRectF(card.rect()).translated(card.mapTo(self, card.rect().topLeft()))
            if _inside(box, QRectF(event.rect())):
                continue  # what changed lies inside the card: its shadow is not touched
            paint_shadow(painter, box)


class Card(QFrame):
    """A white sheet with round corners, on a `Page`. `stripe` draws a tone down the leading edge."""

    def __init__(
        self,
        *,
        ground: Role = "card",
        outline: Role | None = "line",
        raised: bool = True,
        radius: int = tokens.RADIUS_CARD,
        stripe: Role | None = None,
    ) -> None:
        super().__init__()
        self.raised = raised
        self._ground: Role = ground
        self._outline, self._radius, self._stripe = outline, radius, stripe

    def set_ground(self, ground: Role, outline: Role | None = None) -> None:
        self._ground, self._outline = ground, outline
        self.update()

    def set_stripe(self, stripe: Role | None) -> None:
        self._stripe = stripe
        self.update()

    def _redraw_shadow(self) -> None:
        above = self.parentWidget()
        while above is not None and not isinstance(above, Page):
            above = above.parentWidget()
        if above is not None and self.raised:
            above.update()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._redraw_shadow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw_shadow()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, radius = look().px(1) if self._outline else 0, look().px(self._radius)
        box = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setBrush(look().colour(self._ground))
        painter.setPen(QPen(look().colour(self._outline), line) if self._outline else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, radius, radius)
        if self._stripe:
            width = look().px(6)
            rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            painter.setClipRect(QRectF(self.width() - width if rtl else 0, 0, width, self.height()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look().colour(self._stripe))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)


class NoticeBox(Card):
    """What is wrong, what it means, what to do: on the soft ground of its tone. Hidden while there is nothing to say.

    `mend` when the button is pressed by which the program can mend it; there is one only where the notice offers it.
    """

    mend = Signal()

    def __init__(self, notice: Notice | None = None) -> None:
        super().__init__(outline=None, raised=False, radius=tokens.RADIUS_CHOICE)
        self._notice: Notice | None = None
        self._icon = Icon("info", role="ink")
        self._title, self._text, self._todo = Text(weight=600), Text(), Text()
        self._mend = SecondaryButton("", "mic")
        self._mend.setObjectName("mend")
        self._mend.clicked.connect(self.mend)
        self._act = QWidget()
        row(self._mend, None, gap=0, pad=towards(0, 10, 0, 2), on=self._act)
        words = column(self._title, self._text, self._todo, self._act, gap=0)
        column(beside(self._icon, words, gap=16, down=2), pad=(20, 16), on=self)
        self.show_notice(notice)

    def show_notice(self, notice: Notice | None) -> None:
        """Show a notice, or nothing; a new one is announced."""
        self.setVisible(notice is not None)
        if notice is None or notice == self._notice:
            self._notice = notice
            return
        self._notice = notice
        self.set_ground(TONE_GROUND[notice.tone])
        self._icon.set_icon(notice.icon, "primary" if notice.tone == "plain" else TONE_INK[notice.tone])
        self._title.set_text(notice.title)
        self._text.set_text(notice.text)
        self._todo.set_text(notice.todo)
        self._mend.set_face(notice.mend, "mic")
        self._act.setVisible(bool(notice.mend))
        announce(self, " ".join(part for part in (notice.title, notice.text, notice.todo) if part))


class ProgressBar(QProgressBar):
    """A thin bar, 0-1, with a spoken name."""

    def __init__(self, name: str, *, thick: int = 8) -> None:
        super().__init__()
        self._thick = thick
        self.setRange(0, 1000)
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_progress(self, share: float) -> None:
        self.setValue(round(1000 * min(max(share, 0.0), 1.0)))

    def sizeHint(self) -> QSize:
        return QSize(look().px(220), look().px(self._thick))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(44), look().px(self._thick))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box, radius = QRectF(self.rect()), self.height() / 2
        painter.setBrush(look().colour("line"))
        painter.drawRoundedRect(box, radius, radius)
        done = box.width() * self.value() / 1000
        if done > 0:
            done = max(done, box.height())
            rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            painter.setBrush(look().colour("primary"))
            painter.drawRoundedRect(QRectF(box.width() - done if rtl else 0, 0, done, box.height()), radius, radius)


class Chip(QWidget):
    """A word or two on a round ground: a state, never something to press."""

    def __init__(self, text: str, tone: Tone | Literal["off"] = "plain", icon: str = "") -> None:
        super().__init__()
        self._tone: Tone | Literal["off"] = tone
        ink: Role = "second" if tone == "off" else "primary" if tone == "plain" else TONE_INK[tone]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        line = row(gap=6, pad=(12, 4), on=self)
        if icon:
            line.addWidget(Icon(icon, size=16, role=ink))
        line.addWidget(Text(text, size=tokens.SMALL, weight=600, role=ink, wrap=False))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().colour("quiet" if self._tone == "off" else TONE_GROUND[self._tone]))
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
