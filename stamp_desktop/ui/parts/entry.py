"""One line of text that lets nothing in or out but keys: what is copied stays in it, PRIMARY and clipboard are left alone.

Not a QLineEdit: that publishes every selection to PRIMARY and pastes on a middle click, and offers no hook for either.
"""

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look

_MOST = 200


class Entry(QPlainTextEdit):
    """`edited` carries the text whenever somebody has typed. Tab goes on to the next field, Enter to the screen's action."""

    edited = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._clip = ""
        self._filling = False
        self.setAccessibleName(name)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.viewport().setAutoFillBackground(False)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self._tidy)

    def text(self) -> str:
        """As typed. (Qt's plain text would make no-break spaces common ones.)"""
        return self.document().toRawText().replace("\u2029", " ").replace("\u2028", " ")

    def setText(self, text: str) -> None:
        """Take over a text, the caret at its end."""
        if text != self.text():
            self._filling = True
            self.setPlainText(text)
            self._filling = False
            self.moveCursor(QTextCursor.MoveOperation.End)

    def clear(self) -> None:
        self.setText("")

    def setAlignment(self, side: Qt.AlignmentFlag) -> None:
        """Which side the text stands at, whatever the direction of the interface."""
        option = self.document().defaultTextOption()
        option.setAlignment(side)
        self.document().setDefaultTextOption(option)

    def _tidy(self) -> None:
        """One line, no longer than it may be, however it came (an input method may bring more)."""
        text = self.text()
        if self.document().blockCount() > 1 or len(text) > _MOST:
            at = self.textCursor().position()
            self.blockSignals(True)
            self.setPlainText(text[:_MOST])
            self.blockSignals(False)
            cursor = self.textCursor()
            cursor.setPosition(min(at, _MOST, len(text)))
            self.setTextCursor(cursor)
        if not self._filling:
            self.edited.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cut, copy and paste with a clip of the field's own."""
        cursor = self.textCursor()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the screen's main button is pressed by it
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            event.ignore()
        elif event.matches(QKeySequence.StandardKey.Paste):
            cursor.insertText(self._clip)
        elif event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.Cut):
            if cursor.hasSelection():
                self._clip = cursor.selectedText()
                if event.matches(QKeySequence.StandardKey.Cut):
                    cursor.removeSelectedText()
        else:
            super().keyPressEvent(event)
        self.ensureCursorVisible()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.MiddleButton:
            super().mouseReleaseEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        return QMimeData()

    def canInsertFromMimeData(self, _source: QMimeData) -> bool:
        return False

    def insertFromMimeData(self, _source: QMimeData) -> None:
        """Nothing comes in from elsewhere."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(look().px(240), max(look().px(tokens.CONTROL), self.minimumHeight()))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(80), max(look().px(tokens.CONTROL), self.minimumHeight()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The line stands in the middle of the field."""
        room = self.height() - QFontMetrics(self.font()).lineSpacing()
        self.setViewportMargins(0, max(0, room // 2 - look().px(3)), 0, 0)
        super().resizeEvent(event)
