"""A recording to hear: one large button, the plays that are left, where it is. There is no seeking and no pause."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from stamp_desktop.delivery.views import PlayerView
from stamp_desktop.ui.parts.basics import NoticeBox, ProgressBar
from stamp_desktop.ui.parts.layout import beside, column, row
from stamp_desktop.ui.parts.text import Heading, Icon, Text
from stamp_desktop.ui.theme import icons, tokens
from stamp_desktop.ui.theme.style import look

_ROUND = 112


def minutes(seconds: float) -> str:
    """Seconds as "1:05"."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


class RoundButton(QPushButton):
    """One large round button with an icon."""

    ring_radius = _ROUND // 2

    def __init__(self, icon: str, name: str) -> None:
        super().__init__()
        self._icon, self._done = icon, False
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_face(self, icon: str, name: str, *, done: bool = False) -> None:
        """`done` draws it as over; one that cannot be pressed now but works is lit."""
        self._icon, self._done = icon, done
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(_ROUND), look().px(_ROUND))

    minimumSizeHint = sizeHint

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the screen's main action, not a second way to play
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = look().colour
        lit = self.isEnabled() and (self.underMouse() or self.isDown())
        box = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c("quiet" if self._done else "soft"))
        painter.drawEllipse(box)
        rim = look().px(8)
        if self.isEnabled():
            painter.setBrush(c("primary_down" if lit else "primary"))
            painter.drawEllipse(box.adjusted(rim, rim, -rim, -rim))
        size = look().px(40)
        # a triangle looks centred when it stands a little to the right
        shift = look().px(3) if self._icon == "play" else 0
        where = QRectF((box.width() - size) / 2 + shift, (box.height() - size) / 2, size, size)
        ink = c("on_primary" if self.isEnabled() else "second" if self._done else "primary")
        icons.paint(painter, self._icon, ink.name(), where)


class Player(QWidget):
    """Shows a `PlayerView`; `asked` when the person wants to hear it."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = Heading(size=tokens.LARGE, centred=True)
        self._plays = Text(role="second", centred=True)
        self.button = RoundButton("play", self.tr("Play the recording"))
        self.button.setObjectName("play")
        self._bar = ProgressBar(self.tr("Position in the recording"))
        self._at = Text(size=tokens.NOTE, role="second", wrap=False)
        self._length = Text(size=tokens.NOTE, role="second", wrap=False)
        self._notice = NoticeBox()
        self._advice = Text(self.tr("Keep your headphones on. Playing cannot be stopped."), size=tokens.NOTE, role="second")
        times = row(self._at, None, self._length, gap=8)
        self._advice_line = QWidget()
        column(beside(Icon("headphones", size=20, role="second"), self._advice, gap=10, down=2), on=self._advice_line)
        column(
            self._notice,
            row(None, self.button, None, gap=0),
            8,
            column(self._title, self._plays, gap=2),
            8,
            column(self._bar, times, gap=8),
            self._advice_line,
            gap=16,
            on=self,
        )
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.button.clicked.connect(self.asked)

    def show_player(self, view: PlayerView) -> None:
        """Show where the recording is; called often while it plays."""
        left, playing = view.plays_left, view.state == "playing"
        over = left is not None and left < 1
        title = {
            "playing": self.tr("Playing"),
            "trouble": self.tr("Ready to play"),
            "ready": self.tr("Ready to play"),
            "heard": self.tr("Ready to play again"),
        }[view.state]
        title = self.tr("You have heard it") if over and not playing else title
        if playing:
            face = "audio-lines", self.tr("The recording is playing")
        elif over:
            face = "check", self.tr("No plays left")
        else:
            face = "play", self.tr("Play the recording")
        self.button.set_face(*face, done=over and not playing)
        self.button.setEnabled(not playing and not over)
        self._title.set_text(title)
        self._plays.set_text(self._plays_text(left))
        self._bar.set_progress(view.position / view.length if view.length > 0 else 0.0)
        self._at.set_text(minutes(view.position))
        self._length.set_text(minutes(view.length))
        self._notice.show_notice(view.notice)
        self._advice_line.setVisible(view.notice is None and not over)

    def plays_said(self) -> str:
        """The line about the plays that are left."""
        return self._plays.text()

    def _plays_text(self, left: int | None) -> str:
        match left:
            case None:
                return self.tr("You can listen as often as you like")
            case 0:
                return self.tr("No plays left")
            case 1:
                return self.tr("1 play left")
            case _:
                return self.tr("{count} plays left").format(count=left)
