"""Where a text is written: in the right direction and type, with undo and a count of words.

No spell-check, no prediction, no menu. Cut, copy and paste work inside the answer; nothing comes in or goes out.
"""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from stamp_desktop.ui.parts.basics import Card
from stamp_desktop.ui.parts.buttons import IconButton
from stamp_desktop.ui.parts.layout import column, row
from stamp_desktop.ui.parts.passage_text import rtl
from stamp_desktop.ui.parts.text import Text
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look, scale_layout

_BY_LETTER: Final = frozenset({"ja", "km", "lo", "my", "th", "zh"})
_TALL: Final = frozenset({"ar", "fa", "ur"})  # scripts with small bodies and marks above and below


def tongue(language: str) -> str:
    """The language of a tag, without script and place."""
    return language.lower().split("-", maxsplit=1)[0]


def length_of(text: str, language: str) -> int:
    """Words of a text, or letters where a language is written without spaces."""
    words = text.split()
    return len("".join(words)) if tongue(language) in _BY_LETTER else len(words)


class Sheet(QTextEdit):
    """The text itself, plain. A QTextEdit, as QPlainTextEdit knows no line height."""

    def __init__(self) -> None:
        super().__init__()
        self._language = "en"
        self._cut = ""
        self.setAcceptRichText(False)
        self.setAutoFormatting(QTextEdit.AutoFormattingFlag.AutoNone)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.viewport().setAutoFillBackground(False)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhMultiLine | Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhNoAutoUppercase
        )

    def show_text(self, text: str, language: str) -> None:
        """Take over a text, the caret at its end; undo begins here."""
        self._language = language
        self.setPlainText(text)
        self._dress()
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.ensureCursorVisible()

    def _dress(self) -> None:
        """Set all paragraphs in the look in force. What could be undone before is settled by it."""
        size = tokens.LARGE if tongue(self._language) in _TALL else tokens.LEAD
        leading = 1.8 if tongue(self._language) in _TALL else 1.6
        document = self.document()
        document.setUndoRedoEnabled(False)
        document.setDefaultFont(look().font(size, 400, self._language))
        self.setFont(document.defaultFont())
        document.setDocumentMargin(0)
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl(self._language) else Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        form = QTextBlockFormat()
        form.setLineHeight(look().px(size * leading), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        form.setLayoutDirection(option.textDirection())
        whole = QTextCursor(document)
        whole.select(QTextCursor.SelectionType.Document)
        whole.setBlockFormat(form)
        self.setCursorWidth(look().px(2))
        document.setUndoRedoEnabled(True)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._dress()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cut, copy and paste with a clip of the answer's own; the computer's clipboard is left alone."""
        cursor = self.textCursor()
        if event.matches(QKeySequence.StandardKey.Paste):
            cursor.insertText(self._cut)
            self.ensureCursorVisible()
        elif event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.Cut):
            if cursor.hasSelection():
                self._cut = cursor.selection().toPlainText()
                if event.matches(QKeySequence.StandardKey.Cut):
                    cursor.removeSelectedText()
        elif event.matches(QKeySequence.StandardKey.InsertParagraphSeparator) or event.matches(
            QKeySequence.StandardKey.InsertLineSeparator
        ):
            cursor.insertBlock()  # Qt's own Enter on an empty line would only take the line's height away
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        return QMimeData()

    def canInsertFromMimeData(self, _source: QMimeData) -> bool:
        return False

    def insertFromMimeData(self, _source: QMimeData) -> None:
        """Nothing comes in from elsewhere."""


class Editor(QWidget):
    """The sheet on its card, the count below it, undo and redo. `changed` carries the text."""

    changed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._language, self._about = "en", 0
        self._filling = False
        self.sheet = Sheet()
        self.sheet.setAccessibleName(name)
        self.sheet.setObjectName("text")
        card = _Desk(self.sheet)
        self._count = Text(size=tokens.NOTE, role="second", wrap=False)
        self.undo = IconButton("undo-2", self.tr("Undo"))
        self.undo.setObjectName("undo")
        self.redo = IconButton("redo-2", self.tr("Redo"))
        self.redo.setObjectName("redo")
        below = row(self._count, None, self.undo, self.redo, gap=0, pad=(4, 0, 4, 0))
        layout = column(gap=4, on=self)
        layout.addWidget(card, 1)
        layout.addLayout(below)
        scale_layout(layout)
        for button, step in ((self.undo, self.sheet.undo), (self.redo, self.sheet.redo)):
            button.clicked.connect(step)
            button.clicked.connect(lambda: self.sheet.setFocus(Qt.FocusReason.OtherFocusReason))
        self.sheet.undoAvailable.connect(lambda on: _offer(self.undo, on=on))
        self.sheet.redoAvailable.connect(lambda on: _offer(self.redo, on=on))
        _offer(self.undo, on=False)
        _offer(self.redo, on=False)
        self.sheet.textChanged.connect(self._changed)

    def show_text(self, text: str, language: str, about: int) -> None:
        """Take over a text; `about` is how many words are expected at most (0: nothing said)."""
        self._language, self._about = language, about
        self._filling = True
        self.sheet.show_text(text, language)
        self._filling = False
        self._draw_count()

    def text(self) -> str:
        """The text as typed, "\\n" between lines. (Qt's plain text would make no-break spaces common ones.)"""
        return self.sheet.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")

    def count_said(self) -> str:
        """The line below the text."""
        return self._count.text()

    def type_in(self, letters: str) -> None:
        """Put letters where the caret is, as if typed."""
        self.sheet.textCursor().insertText(letters)
        self.sheet.ensureCursorVisible()
        self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self) -> None:
        if not self._filling:
            self._draw_count()
            self.changed.emit(self.text())

    def _draw_count(self) -> None:
        count, letters = length_of(self.text(), self._language), tongue(self._language) in _BY_LETTER
        if self._about:
            said = self.tr("{count} of about {about} letters") if letters else self.tr("{count} of about {about} words")
        elif count == 1:
            said = self.tr("1 letter") if letters else self.tr("1 word")
        else:
            said = self.tr("{count} letters") if letters else self.tr("{count} words")
        self._count.set_text(said.format(count=count, about=self._about))


def _offer(button: IconButton, *, on: bool) -> None:
    """Make a button work, or look as if it had nothing to do."""
    button.setEnabled(on)
    button.set_role(None if on else "border")


class _Desk(Card):
    """The card round the sheet; its edge shows the focus."""

    def __init__(self, sheet: QTextEdit) -> None:
        super().__init__()
        self._sheet = sheet
        column(sheet, pad=(28, 22, 28, 20), on=self)
        self.setFocusProxy(sheet)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        sheet.installEventFilter(self)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self._sheet and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._sheet.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            line, radius = look().px(2), look().px(tokens.RADIUS_CARD)
            painter.setPen(QPen(look().colour("primary"), line))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2), radius, radius)
