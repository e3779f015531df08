"""A text with gaps to fill in: lists and fields that stand in the line of the sentence.

It gives back what stands in each gap, as chosen or typed, and judges nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.delivery.views import ChoiceLine, GapTask
from stamp_desktop.ui.parts.fields import Entry, Select
from stamp_desktop.ui.parts.passage_text import rtl, set_in
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

_GAP: Final = re.compile(r"\{(\w+)\}")
_FIELD: Final = 180
_WIDEST: Final = 420
_LINE: Final = 32
_BETWEEN: Final = 8
_AROUND: Final = 16 + 16 + 44 + 10  # of a list: padding, the room of its arrow, edges


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or the gap of that name."""

    text: str
    gap: bool = False


def _chunks(text: str) -> Iterator[list[_Piece]]:
    """What must stay together on a line: a gap with the punctuation that touches it. An empty list ends a line."""
    for number, line in enumerate(text.strip().splitlines()):
        if number:
            yield []
        for word in line.split():
            pieces = [_Piece(part, gap=i % 2 == 1) for i, part in enumerate(_GAP.split(word)) if part]
            yield pieces


@dataclass(frozen=True, slots=True)
class _Placed:
    piece: _Piece
    left: float
    top: float
    width: float
    height: float


class GapText(QWidget):
    """The text of the task. `changed` carries what stands in the gaps, and whether it was typed (else chosen)."""

    changed = Signal(dict, bool)

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[list[_Piece]] = []
        self._fields: dict[str, Entry | Select] = {}
        self._language = "en"
        self._filling = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_task(self, task: GapTask, language: str, after: QWidget) -> None:
        """Take over a text, its gaps and what stood in them before; Tab comes here from `after`."""
        for field in self._fields.values():
            field.hide()
            field.deleteLater()
        self._language = language = set_in(task.text, language)
        self._chunks = list(_chunks(task.text))
        self._fields = {}
        self._filling = True
        spoken = _GAP.sub("…", task.text)
        order = [piece.text for chunk in self._chunks for piece in chunk if piece.gap and piece.text in task.gaps]
        before = after
        for number, gap in enumerate(order, 1):
            name = self.tr("Gap {number} of {count}: {text}").format(number=number, count=len(order), text=spoken)
            field = self._field(task.gaps[gap], task.filled.get(gap, ""), name)
            field.setObjectName(f"gap-{gap}")
            field.setParent(self)
            field.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl(language) else Qt.LayoutDirection.LeftToRight)
            field.show()
            QWidget.setTabOrder(before, field)
            before = self._fields[gap] = field
        self._filling = False
        self._dress()

    def filled(self) -> Mapping[str, str]:
        """What stands in each gap: a choice's id or the text; gaps that are empty are left out."""
        values = {
            gap: str(field.currentData() or "") if isinstance(field, Select) else field.text().strip()
            for gap, field in self._fields.items()
        }
        return {gap: value for gap, value in values.items() if value}

    def answered(self) -> bool:
        return len(self.filled()) == len(self._fields)

    def take_focus(self) -> None:
        """Focus on the first gap that is empty, else on the first."""
        filled = self.filled()
        for field in [*(field for gap, field in self._fields.items() if gap not in filled), *self._fields.values()]:
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            return

    def _field(self, choices: tuple[ChoiceLine, ...], value: str, name: str) -> Entry | Select:
        if not choices:
            entry = Entry(name)
            entry.setText(value)
            entry.setInputMethodHints(Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhNoAutoUppercase)
            entry.edited.connect(lambda _text: self._changed(typed=True))
            return entry
        select = Select(name, self.tr("Choose"))
        for line in choices:
            select.addItem(line.text, line.id)
        select.setCurrentIndex(select.findData(value) if value else -1)
        select.currentIndexChanged.connect(lambda _index: self._changed(typed=False))
        return select

    def _changed(self, *, typed: bool) -> None:
        if not self._filling:
            self.changed.emit(dict(self.filled()), typed)

    def _dress(self) -> None:
        font = look().font(tokens.LEAD, 400, self._language)
        for field in self._fields.values():
            field.setFont(font)
        self.updateGeometry()
        self._place()
        self.update()

    def _size_of(self, piece: _Piece, metrics: QFontMetricsF) -> tuple[float, float]:
        if not piece.gap or piece.text not in self._fields:
            return metrics.horizontalAdvance(piece.text), look().px(_LINE)
        field, px = self._fields[piece.text], look().px
        if isinstance(field, Entry):
            return px(_FIELD), field.sizeHint().height()
        words = [field.itemText(i) for i in range(field.count())] + [field.placeholderText()]
        widest = max(metrics.horizontalAdvance(word) for word in words)
        return min(widest + px(_AROUND), px(_WIDEST)), field.sizeHint().height()

    def _lay_out(self, width: float) -> tuple[list[_Placed], float]:
        """Where each piece stands, and how high all of it is. Right-to-left text is mirrored when drawn."""
        metrics = QFontMetricsF(look().font(tokens.LEAD, 400, self._language))
        blank, between, top = metrics.horizontalAdvance(" ") * 1.15, look().px(_BETWEEN), 0.0
        lines: list[list[tuple[_Piece, float, float, float]]] = [[]]
        x = 0.0
        for chunk in self._chunks:
            sizes = [self._size_of(piece, metrics) for piece in chunk]
            wide = sum(size[0] for size in sizes)
            if not chunk or (x and x + wide > width):
                lines.append([])
                x = 0.0
            for place, (piece, (w, h)) in enumerate(zip(chunk, sizes, strict=True)):
                x += look().px(4) if place else 0
                lines[-1].append((piece, x, min(w, width), h))
                x += w
            x += blank
        # all lines are as high as one with a gap: a text whose lines jump is hard to read
        tall = max([h for line in lines for *_, h in line], default=look().px(_LINE))
        placed = []
        for line in lines:
            placed += [_Placed(piece, x, top + (tall - h) / 2, w, h) for piece, x, w, h in line]
            top += tall + between
        return placed, top - between

    def _place(self) -> None:
        mirrored = rtl(self._language)
        for spot in self._lay_out(self.width())[0]:
            field = self._fields.get(spot.piece.text) if spot.piece.gap else None
            if field is not None:
                left = self.width() - spot.left - spot.width if mirrored else spot.left
                field.setGeometry(round(left), round(spot.top), round(spot.width), round(spot.height))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._lay_out(width)[1])

    def sizeHint(self) -> QSize:
        width = look().px(480)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(_FIELD + 40), look().px(tokens.CONTROL))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._dress()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = look().font(tokens.LEAD, 400, self._language)
        metrics, mirrored = QFontMetricsF(font), rtl(self._language)
        painter.setFont(font)
        painter.setPen(look().colour("ink"))
        for spot in self._lay_out(self.width())[0]:
            if spot.piece.gap and spot.piece.text in self._fields:
                continue
            left = self.width() - spot.left - spot.width if mirrored else spot.left
            base = spot.top + (spot.height - metrics.height()) / 2 + metrics.ascent()
            painter.drawText(QPointF(left, base), spot.piece.text)
