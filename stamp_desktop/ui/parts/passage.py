"""The passage to read: marks by mouse and keyboard, a line reader, a measure that is easy on the eye.

Nothing can be copied out of it, and marks are kept for as long as the passage stays.
"""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QRect, Qt, QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
)
from PySide6.QtWidgets import QFrame, QTextEdit

from stamp_desktop.ui.parts.passage_picture import natural_size, rendered
from stamp_desktop.ui.parts.passage_text import dress, plain_markdown, read_markdown, rtl
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

MEASURE: Final = 620
"""Widest line in pixels at zoom 1: about 66 letters of 20 px."""

_PICTURE: Final = QUrl("picture")
_PLACE: Final = "\u00a0"
_LEADING: Final = 1.6


class Passage(QTextEdit):
    """Shows a text with its genre and title. `marked` says that marks changed, with how many there are."""

    marked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._source: tuple[str, str, str, bytes | None] = ("", "", "", None)
        self._language = "en"
        self._marking = self._lines = False
        self._line: QTextCursor | None = None
        self._marks: list[QTextCursor] = []
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)

    def show_text(self, genre: str, title: str, text_md: str, language: str, picture: bytes | None, description: str) -> None:
        """Show a passage from its start, without marks; the one that is shown already stays as it is."""
        source = (genre, title, text_md, picture)
        if source == self._source and language == self._language:
            return
        self._source, self._language = source, language
        self._marks, self._line = [], None
        heads = [plain_markdown(head) for head in (genre, title) if head]
        if picture is not None:
            heads.append(_PLACE)
        read_markdown(self.document(), "\n\n".join([*heads, text_md.strip()]))
        if picture is not None:
            self._place_picture(self.document().findBlockByNumber(len(heads) - 1), description)
        self.setAccessibleName(title or genre)
        self._dress()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)
        self._show_marks()

    def set_marking(self, on: bool) -> None:
        """Mark whatever is selected from now on; a selection that stands is marked at once."""
        self._marking = on
        if on:
            self._mark_selection()

    def set_line_reader(self, on: bool) -> None:
        """Show one line and dim the others; it follows the mouse and the arrow keys."""
        self._lines = on
        self._line = QTextCursor(self.textCursor()) if on else None
        self.viewport().update()

    def marks(self) -> list[str]:
        """The marked words, from the start of the text."""
        return [mark.selectedText() for mark in sorted(self._marks, key=QTextCursor.selectionStart)]

    def clear_marks(self) -> None:
        self._marks = []
        self._show_marks()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Nothing leaves the passage: what is copied is empty."""
        return QMimeData()

    def _dress(self) -> None:
        """Set the text in the look in force."""
        document = self.document()
        dress(
            document,
            size=tokens.LEAD,
            weight=400,
            role="ink",
            language=self._language,
            leading=_LEADING,
            gap=16,
        )
        px, block = look().px, document.begin()
        genre, title, _, _ = self._source
        sizes = [(tokens.NOTE, 400, "second", 4)] if genre else []
        sizes += [(tokens.TITLE, 600, "ink", 14)] if title else []
        for size, weight, role, below in sizes:
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            letters, form = QTextCharFormat(), block.blockFormat()
            letters.setFont(look().font(size, weight, self._language))
            letters.setForeground(QBrush(look().colour("second" if role == "second" else "ink")))
            cursor.setCharFormat(letters)
            form.setLineHeight(px(size * 1.4), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            form.setBottomMargin(px(below))
            cursor.setBlockFormat(form)
            block = block.next()
        self._frame_text()
        self._draw_picture()

    def _frame_text(self) -> None:
        """Margins round the text, so that a line is never longer than the measure."""
        px, root = look().px, self.document().rootFrame()
        width = self.viewport().width()
        side = px(48) if width >= px(480) else px(24)
        rest = max(side, width - side - px(MEASURE))
        form = root.frameFormat()
        form.setLeftMargin(rest if rtl(self._language) else side)
        form.setRightMargin(side if rtl(self._language) else rest)
        form.setTopMargin(px(36))
        form.setBottomMargin(px(40))
        if form != root.frameFormat():
            root.setFrameFormat(form)

    def _place_picture(self, block: QTextBlock, description: str) -> None:
        """Put the picture where its place was kept."""
        shape = QTextImageFormat()
        shape.setName(_PICTURE.toString())
        shape.setProperty(QTextFormat.Property.ImageAltText, description)
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertImage(shape)

    def _draw_picture(self) -> None:
        """Draw the picture for the room that there is."""
        picture = self._source[3]
        if picture is None:
            return
        heads = sum(1 for head in self._source[:2] if head)
        position = self.document().findBlockByNumber(heads).position()
        form = self.document().rootFrame().frameFormat()
        room = self.viewport().width() - form.leftMargin() - form.rightMargin()
        size = natural_size(picture)
        if size.isEmpty() or room <= 0:
            return
        width = min(room, look().px(520))
        height = width * size.height() / size.width()
        image = rendered(picture, round(width), round(height), self.devicePixelRatioF(), look().px(tokens.RADIUS_CHOICE))
        self.document().addResource(QTextDocument.ResourceType.ImageResource.value, _PICTURE, image)
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
        shape = cursor.charFormat().toImageFormat()
        shape.setWidth(round(width))
        shape.setHeight(round(height))
        cursor.setCharFormat(shape)

    def _mark_selection(self) -> None:
        """Mark what is selected, one with the marks that it touches; a selection inside of a mark takes that away."""
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        if start == end:
            return
        met = [mark for mark in self._marks if mark.selectionStart() <= end and start <= mark.selectionEnd()]
        inside = any(mark.selectionStart() <= start and end <= mark.selectionEnd() for mark in met)
        self._marks = [mark for mark in self._marks if mark not in met]
        if not inside:
            whole = QTextCursor(self.document())
            whole.setPosition(min([start, *(mark.selectionStart() for mark in met)]))
            whole.setPosition(max([end, *(mark.selectionEnd() for mark in met)]), QTextCursor.MoveMode.KeepAnchor)
            self._marks.append(whole)
        cursor.setPosition(cursor.position())
        self.setTextCursor(cursor)
        self._show_marks()

    def _unmark_at(self, position: int) -> None:
        kept = [mark for mark in self._marks if not mark.selectionStart() <= position < mark.selectionEnd()]
        if len(kept) != len(self._marks):
            self._marks = kept
            self._show_marks()

    def _show_marks(self) -> None:
        shown = []
        for mark in self._marks:
            extra = QTextEdit.ExtraSelection()
            extra.cursor = mark
            extra.format = QTextCharFormat()
            extra.format.setBackground(look().colour("mark"))
            shown.append(extra)
        self.setExtraSelections(shown)
        self.marked.emit(len(self._marks))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if not self._marking:
            return
        if self.textCursor().hasSelection():
            self._mark_selection()
        else:
            self._unmark_at(self.cursorForPosition(event.position().toPoint()).position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._lines and not event.buttons():
            self._line = self.cursorForPosition(event.position().toPoint())
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
            return
        super().keyPressEvent(event)
        if self._lines:
            self._line = QTextCursor(self.textCursor())
            self.viewport().update()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A selection by keys is whole when Shift is let go."""
        super().keyReleaseEvent(event)
        if self._marking and event.key() == Qt.Key.Key_Shift:
            self._mark_selection()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._frame_text()
            self._draw_picture()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._dress()
            self._show_marks()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._line is None:
            return
        painter = QPainter(self.viewport())
        line, whole, spare = self.cursorRect(self._line), self.viewport().rect(), look().px(4)
        veil = look().colour("card")
        veil.setAlpha(205)
        top, bottom = line.top() - spare, line.bottom() + spare
        painter.fillRect(QRect(0, 0, whole.width(), max(0, top)), veil)
        painter.fillRect(QRect(0, bottom, whole.width(), max(0, whole.height() - bottom)), veil)
        rule = look().px(2)
        painter.fillRect(QRect(0, top - rule, whole.width(), rule), look().colour("primary"))
        painter.fillRect(QRect(0, bottom, whole.width(), rule), look().colour("primary"))
