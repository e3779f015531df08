"""Choices to answer with: one of them, or several. A choice can be ruled out, and brought back.

Ruling out is an aid for the eye: it is no part of an answer and is forgotten with the question.
"""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from stamp_desktop.delivery.views import ChoiceLine, ChoiceTask
from stamp_desktop.ui.parts.buttons import IconButton
from stamp_desktop.ui.parts.layout import column, empty
from stamp_desktop.ui.parts.passage_text import rtl, set_in
from stamp_desktop.ui.parts.text import set_lines, side
from stamp_desktop.ui.theme import icons, tokens
from stamp_desktop.ui.theme.style import look

if TYPE_CHECKING:
    _Button = QAbstractButton
else:
    _Button = object

LETTERS: Final = "ABCDEFGHI"
_PAD, _MARK, _START, _LEAST, _LEADING = 20, 28, 64, 62, 1.4


class _Row(_Button):
    """What the two kinds of choices have in common: how they are drawn, and the button that rules them out."""

    ring_radius = tokens.RADIUS_CHOICE
    square = False

    def set_up(self) -> None:
        """What holds for every choice that this row will show; called once."""
        self.setAutoExclusive(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.out = IconButton("minus", "")
        self.out.setParent(self)

    def show_line(self, line: ChoiceLine, letter: str, language: str) -> None:
        """Show a choice, not ruled out."""
        self.line, self.letter, self.language = line, letter, language
        self.ruled_out = False
        self.setText(line.text)
        self.setAccessibleName(line.text)
        self.setObjectName(f"choice-{line.id}")
        self.out.setObjectName(f"rule-out-{line.id}")
        self.name_out()
        self.updateGeometry()

    def name_out(self) -> None:
        """Say what the button of this choice does now."""
        if self.ruled_out:
            self.out.set_face("", "undo-2", self.tr("Bring back: {text}").format(text=self.line.text))
            self.setAccessibleDescription(self.tr("Ruled out"))
        else:
            self.out.set_face("", "minus", self.tr("Rule out: {text}").format(text=self.line.text))
            self.setAccessibleDescription(self.tr("Key {letter}").format(letter=self.letter))

    def _lines(self, width: int) -> tuple[QTextLayout, QRectF]:
        font = look().font(tokens.BASE, 600 if self.isChecked() else 400, self.language)
        font.setStrikeOut(self.ruled_out)
        return set_lines(self.line.text, font, _LEADING, width - look().px(_START + 64), side(self))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        # measured in the bolder weight, so that choosing never moves what stands below
        font = look().font(tokens.BASE, QFont.Weight.DemiBold.value, self.language)
        _, room = set_lines(self.line.text, font, _LEADING, width - look().px(_START + 64), Qt.AlignmentFlag.AlignLeft)
        return max(round(room.height()) + look().px(36), look().px(_LEAST))

    def sizeHint(self) -> QSize:
        width = look().px(480)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(200), look().px(_LEAST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size, inset = self.out.sizeHint(), look().px(8)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = inset if mirrored else self.width() - inset - size.width()
        self.out.setGeometry(x, (self.height() - size.height()) // 2, size.width(), size.height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, px, chosen = look().colour, look().px, self.isChecked()
        lit = self.underMouse() and self.isEnabled() and not self.ruled_out
        line = px(2) if chosen else px(1)
        box = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(c("primary" if chosen else "second" if lit else "line"), line))
        painter.setBrush(c("soft" if chosen else "paper" if self.ruled_out else "card"))
        painter.drawRoundedRect(box, px(tokens.RADIUS_CHOICE), px(tokens.RADIUS_CHOICE))
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = self.width() - px(_PAD + _MARK) if mirrored else px(_PAD)
        self._draw_mark(painter, QRectF(x, (self.height() - px(_MARK)) / 2, px(_MARK), px(_MARK)))
        layout, room = self._lines(self.width())
        painter.setPen(c("second" if self.ruled_out else "ink"))
        start = px(64) if mirrored else px(_START)
        layout.draw(painter, QPointF(start, (self.height() - room.height()) / 2))

    def _draw_mark(self, painter: QPainter, box: QRectF) -> None:
        """The round (one) or square (several): with its letter, or ticked."""
        c, px, chosen = look().colour, look().px, self.isChecked()
        radius = px(8) if self.square else box.width() / 2
        edge = "primary" if chosen else "border" if self.ruled_out else "second"
        painter.setPen(QPen(c("primary") if edge == "primary" else c("border" if edge == "border" else "second"), px(2)))
        painter.setBrush(c("primary" if chosen else "paper" if self.ruled_out else "card"))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius, radius)
        if chosen:
            inner = px(5)
            icons.paint(painter, "check", c("on_primary").name(), box.adjusted(inner, inner, -inner, -inner))
        else:
            painter.setFont(look().font(tokens.SMALL, 600))
            painter.setPen(c("second"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.letter)


class RadioRow(_Row, QRadioButton):
    """A choice of which one is taken."""


class CheckRow(_Row, QCheckBox):
    """A choice of which several may be taken."""

    square = True


class Choices(QWidget):
    """The choices of a question. `changed` carries what is taken; `full` says that no more can be taken.

    Keys: arrows move (and take, where one is asked for), Space takes, 1-9 and A-I take by place.
    """

    changed = Signal(tuple)
    full = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._task = ChoiceTask((), ())
        self._rows: list[RadioRow | CheckRow] = []
        self._taken: list[str] = []
        self._stack: QVBoxLayout = column(gap=12, on=self)

    def show_task(self, task: ChoiceTask, language: str, after: QWidget) -> None:
        """Take over a question's choices and what was taken before; Tab comes here from `after`."""
        self._task, self._taken = task, [choice for choice in task.chosen if choice in {line.id for line in task.choices}]
        language = set_in(" ".join(line.text for line in task.choices), language)
        if rtl(language):
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        else:
            self.unsetLayoutDirection()
        before = after
        self._have_rows(RadioRow if task.most == 1 else CheckRow, min(len(LETTERS), len(task.choices)))
        for row, letter, line in zip(self._rows, LETTERS, task.choices, strict=False):
            row.show_line(line, letter, language)
            QWidget.setTabOrder(before, row)
            QWidget.setTabOrder(row, row.out)
            before = row.out
        self._draw()

    def _have_rows(self, kind: type[RadioRow | CheckRow], count: int) -> None:
        """So many rows of a kind; those that are there are used again, as making one takes some milliseconds."""
        if self._rows and type(self._rows[0]) is not kind:
            empty(self._stack)
            self._rows = []
        for row in self._rows[count:]:
            self._stack.removeWidget(row)
            row.hide()
            row.deleteLater()
        del self._rows[count:]
        while len(self._rows) < count:
            row = kind()
            row.set_up()
            row.clicked.connect(lambda _=False, row=row: self.press(row))
            row.out.clicked.connect(lambda _=False, row=row: self._rule_out(row))
            row.installEventFilter(self)
            self._rows.append(row)
            self._stack.addWidget(row)

    def taken(self) -> tuple[str, ...]:
        """The choices taken, in the order of the question."""
        return tuple(row.line.id for row in self._rows if row.line.id in self._taken)

    def answered(self) -> bool:
        return self._task.least <= len(self._taken) <= self._task.most

    def take_focus(self) -> None:
        """Focus on what is taken, else on the first choice."""
        row = self._stop()
        if row is not None:
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def press_key(self, text: str) -> bool:
        """Take the choice that a key stands for; False where it stands for none."""
        letters = text.upper()
        place = int(letters) - 1 if letters in tuple("123456789") else LETTERS.find(letters) if letters else -1
        if not 0 <= place < len(self._rows):
            return False
        self._rows[place].setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.press(self._rows[place])
        return True

    def press(self, row: RadioRow | CheckRow) -> None:
        """What a click on a choice does: take it, give it back (of several), or bring back what was ruled out."""
        choice, before = row.line.id, list(self._taken)
        if row.ruled_out:
            row.ruled_out = False
            row.name_out()
        elif self._task.most == 1:
            self._taken = [choice]
        elif choice in self._taken:
            self._taken.remove(choice)
        elif len(self._taken) < self._task.most:
            self._taken.append(choice)
        else:
            self.full.emit(self._task.most)
        self._draw()
        if self._taken != before:
            self.changed.emit(self.taken())

    def _rule_out(self, row: RadioRow | CheckRow) -> None:
        row.ruled_out = not row.ruled_out
        row.name_out()
        taken = row.line.id in self._taken
        if taken:
            self._taken.remove(row.line.id)
        self._draw()
        if taken:
            self.changed.emit(self.taken())

    def _stop(self) -> RadioRow | CheckRow | None:
        """The row where Tab stops in a question with one answer."""
        taken = [row for row in self._rows if row.line.id in self._taken]
        free = [row for row in self._rows if not row.ruled_out]
        return next(iter([*taken, *free, *self._rows]), None)

    def _draw(self) -> None:
        stop = self._stop()
        for row in self._rows:
            row.setChecked(row.line.id in self._taken)
            one = self._task.most == 1 and row is not stop
            row.setFocusPolicy(Qt.FocusPolicy.ClickFocus if one else Qt.FocusPolicy.StrongFocus)
            row.update()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Arrow keys move between choices; Enter belongs to the screen."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or watched not in self._rows:
            return False
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Right:
                self._move(watched, 1)
            case Qt.Key.Key_Up | Qt.Key.Key_Left:
                self._move(watched, -1)
            case _:
                return False
        return True

    def _move(self, row: object, by: int) -> None:
        free = [each for each in self._rows if not each.ruled_out or each is row]
        at = next(i for i, each in enumerate(free) if each is row)
        following = free[(at + by) % len(free)]
        if following is row:
            return
        following.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._task.most == 1:
            self.press(following)
