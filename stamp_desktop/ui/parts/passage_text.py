"""Texts of the test package: a small part of Markdown, set in the program's own type.

Paragraphs, strong, emphasis, lists, headings and tables are set. Links, pictures and HTML stay letters: nothing can be
followed, nothing is loaded.
"""

import re
from typing import Final

from PySide6.QtCore import QEvent, QLocale, QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QBrush,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextFrameFormat,
    QTextLength,
    QTextList,
    QTextOption,
    QTextTable,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

_FEATURES: Final = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML  # tables need GitHub's
)
_BEYOND_LATIN: Final = 0x370
_STEPS: Final = {1: 4, 2: 2, 3: 0}  # how much larger than the text a heading is, by its level


def rtl(language: str) -> bool:
    """Whether a language (BCP 47) is written from right to left."""
    return QLocale(language).textDirection() == Qt.LayoutDirection.RightToLeft


def set_in(text: str, language: str) -> str:
    """The language to set a text in: Latin letters always in the interface's own type, "" then."""
    return language if any(ord(letter) >= _BEYOND_LATIN and letter.isalpha() for letter in text) else ""


def read_markdown(document: QTextDocument, text: str) -> None:
    """Fill a document. What would open a link, a picture or a tag is escaped; an address alone becomes plain letters again."""
    document.setMarkdown(re.sub(r"(?<!\\)([\[<])", r"\\\1", text), _FEATURES)
    block = document.begin()
    while block.isValid():
        for piece in _pieces(block):
            form = piece.charFormat()
            if form.isAnchor() or form.isImageFormat():
                cursor = QTextCursor(document)
                cursor.setPosition(piece.position())
                cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
                cursor.insertText("" if form.isImageFormat() else piece.text(), QTextCharFormat())
        block = block.next()


def _pieces(block: QTextBlock) -> list[QTextFragment]:
    """The stretches of a paragraph that look alike."""
    found, at = [], block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


def plain_markdown(text: str) -> str:
    """Markdown that shows a text just as it is."""
    return re.sub(r"([\\`*_{}()#+\-.!|~&>])", r"\\\1", text)


def dress(document: QTextDocument, *, size: int, weight: int, role: Role, language: str, leading: float, gap: int) -> None:
    """Set a document in the look in force; may be called again, and never changes its letters.

    `leading` is the distance of lines in sizes, `gap` the space below a paragraph in pixels at zoom 1.
    """
    px, ink = look().px, look().colour(role)
    document.setDefaultFont(look().font(size, weight, language))
    option = QTextOption()
    option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl(language) else Qt.LayoutDirection.LeftToRight)
    grids = [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]
    # a table must know its longest word, or it breaks hours and prices to make its columns even
    anywhere = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    option.setWrapMode(QTextOption.WrapMode.WordWrap if grids else anywhere)
    document.setDefaultTextOption(option)
    document.setIndentWidth(px(28))
    cursor = QTextCursor(document)
    cursor.beginEditBlock()  # laid out once, at the end: a table takes a tenth of the time
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        lines = px((size + _STEPS.get(level, 0)) * leading)
        cursor.setPosition(block.position())
        in_table = cursor.currentTable() is not None
        form = QTextBlockFormat()
        picture = any(each.charFormat().isImageFormat() for each in _pieces(block))
        if not picture:
            form.setLineHeight(lines, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        listed = isinstance(block.textList(), QTextList)
        last = block == document.lastBlock()
        form.setTopMargin(px(gap) / 2 if level and block.position() else 0)
        form.setBottomMargin(0 if in_table or last else px(gap) / (3 if listed else 2 if level else 1))
        form.setLayoutDirection(option.textDirection())
        cursor.mergeBlockFormat(form)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        letters = QTextCharFormat()
        letters.setForeground(QBrush(ink))
        letters.setProperty(QTextFormat.Property.FontSizeAdjustment, 0)
        if level:
            letters.setProperty(QTextFormat.Property.FontPixelSize, px(size + _STEPS.get(level, 0)))
            letters.setFontWeight(600)
        cursor.mergeCharFormat(letters)
        block = block.next()
    for table in grids:
        _dress_table(table, px(gap))
    cursor.endEditBlock()


def _dress_table(table: QTextTable, gap: int) -> None:
    """Rows under thin lines, the head in the second ink over a stronger line: no boxes."""
    px = look().px
    form = table.format()
    form.setBorder(0)
    form.setBorderCollapse(True)
    form.setCellSpacing(0)
    form.setCellPadding(0)
    form.setTopMargin(px(8))
    form.setBottomMargin(gap // 2)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    table.setFormat(form)
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            head = row == 0  # Markdown knows no table without one
            shape = cell.format().toTableCellFormat()
            shape.setTopPadding(px(4))  # a fixed line height puts its extra room above the letters
            shape.setBottomPadding(px(10))
            shape.setLeftPadding(px(12) if column else 0)
            shape.setRightPadding(px(12))
            shape.setBottomBorder(px(2) if head else px(1))
            shape.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            shape.setBottomBorderBrush(QBrush(look().colour("border" if head else "line")))
            cell.setFormat(shape)
            if head:
                letters = QTextCharFormat()
                letters.setForeground(QBrush(look().colour("second")))
                letters.setFontWeight(600)
                cursor = cell.firstCursorPosition()
                cursor.setPosition(cell.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(letters)


class Marked(QWidget):
    """A question or a task: Markdown as a label, to be read and never selected."""

    def __init__(
        self, *, size: int = tokens.BASE, weight: int = 400, role: Role = "ink", leading: float = 1.5, gap: int = 12
    ) -> None:
        super().__init__()
        self._size, self._weight, self._role = size, weight, role
        self._leading, self._gap = leading, gap
        self._source, self._language = "", ""
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self._document.setUndoRedoEnabled(False)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_markdown(self, text: str, language: str = "") -> None:
        """Take another text of a test in a language; an empty one hides the label."""
        language = set_in(text, language)
        if (text, language) != (self._source, self._language):
            self._source, self._language = text, language
            read_markdown(self._document, text)
            self._dress()
            self.setAccessibleName(self._document.toPlainText())
        self.setVisible(bool(text))

    def text(self) -> str:
        """What a person reads."""
        return self._document.toPlainText()

    def _dress(self) -> None:
        dress(
            self._document,
            size=self._size,
            weight=self._weight,
            role=self._role,
            language=self._language,
            leading=self._leading,
            gap=self._gap,
        )
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        self._document.setTextWidth(width)
        return round(self._document.size().height())

    def sizeHint(self) -> QSize:
        width = look().px(480)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(120), look().px(24))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._dress()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._document.setTextWidth(self.width())
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Text, look().colour(self._role))
        context.palette = palette
        self._document.documentLayout().draw(painter, context)
