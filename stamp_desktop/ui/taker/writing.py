"""A writing task: the prompt at the leading side, the text at the trailing side. What is typed is a draft within half a second.

It corrects nothing and proposes nothing; it never changes a letter.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.delivery.intents import Answer, Draft
from stamp_desktop.delivery.views import WritingView
from stamp_desktop.engine.items import TextResponse
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import NoticeBox, Page
from stamp_desktop.ui.parts.buttons import ToolButton
from stamp_desktop.ui.parts.editor import Editor
from stamp_desktop.ui.parts.editor_keys import Keys
from stamp_desktop.ui.parts.editor_late import Late
from stamp_desktop.ui.parts.layout import column, row, scrolled, sized, towards
from stamp_desktop.ui.parts.text import Text, announce
from stamp_desktop.ui.taker.item_prompt import Prompt
from stamp_desktop.ui.taker.item_wait import focus_is_free, let_go


class WritingScreen(FootedScreen):
    """Emits `Draft` within half a second of typing, and `Answer` when the text is handed in."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Submit and go on")))
        self._view: WritingView | None = None
        self._late = Late(self)
        self._prompt = Prompt()
        self._notice = NoticeBox()
        self._editor = Editor(self.tr("Your text"))
        sized(self._editor, least_height=180)
        self._keys = Keys()
        self._desk = Page()
        desk = column(self._notice, gap=12, pad=towards(24, 28, 40, 28), on=self._desk)
        desk.addWidget(self._editor, 1)
        desk.addWidget(self._keys)
        body = QWidget()
        sides = row(gap=0, on=body)
        area = scrolled(self._desk)
        for side in (self._prompt, area):
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        sides.addWidget(self._prompt, 36)
        sides.addWidget(area, 64)
        self.fill(body)
        self._letters = ToolButton(self.tr("Letter keys"), "keyboard", checkable=True)
        self._letters.setObjectName("letter-keys")
        self._letters.setChecked(True)
        self.foot.add_tool(self._letters)
        self._rule = sized(Text(role="second", leading=1.35, measure=480), least_width=220)
        self.foot.add_beside(self._rule)
        QWidget.setTabOrder(self._letters, self.foot.primary)
        self._letters.toggled.connect(self._keys.setVisible)
        self._letters.clicked.connect(self.take_focus)
        self._keys.pressed.connect(self._editor.type_in)
        self._editor.changed.connect(self._changed)
        self._late.due.connect(self._tell_draft)
        self.foot.primary.clicked.connect(self._submit)

    def show_view(self, view: WritingView) -> None:
        """Take over a new task whole; of the same one, leave the text alone, whatever draft the view carries."""
        before = self._view
        new = before is None or (before.prompt, before.practice) != (view.prompt, view.practice)
        if new:
            self._late.flush()
        self._view = view
        if new:
            answer = self.tr("Write as much as you can. Answer in {language}.").format(language=view.language_name)
            self._prompt.show_prompt(
                view.title, view.text_md, view.picture, view.picture_alt, answer, view.language, practice=view.practice
            )
            self._editor.show_text(view.draft, view.language, view.words)
            self._keys.show_keys(view.palette, view.language, self._editor.redo)
            self._keys.setVisible(bool(view.palette) and self._letters.isChecked())
            self._letters.setVisible(bool(view.palette))
            self._say_rule()
            announce(self._prompt, f"{view.title}. {self._prompt.text()}")
        self._notice.show_notice(view.notice)
        self._open(not view.busy)
        if new and before is not None:
            self.take_focus()

    def take_focus(self) -> None:
        self._editor.sheet.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_rule(self) -> None:
        practice = self._view is not None and self._view.practice
        self._rule.set_text(
            self.tr("This is practice: nobody reads it.")
            if practice
            else self.tr("You cannot change the text after you have submitted it.")
        )

    def settled(self) -> bool:
        return self._view is None or self._editor.text() == self._view.draft

    def _changed(self, text: str) -> None:
        self.foot.primary.setEnabled(bool(text.strip()))
        self._late.hold()
        if not self.settled():
            self.unsaved.emit()

    def _tell_draft(self) -> None:
        if self._view is not None:
            self.intent.emit(Draft(self._view.prompt, TextResponse(self._editor.text())))

    def _submit(self) -> None:
        if self._view is None:
            return
        self._late.flush()
        self._open(open_=False)
        self.intent.emit(Answer(self._view.prompt, TextResponse(self._editor.text())))

    def _open(self, open_: bool) -> None:
        """Take text, or none: while it is on its way, and while the program is busy."""
        was_open = self._desk.isEnabled()
        if was_open and not open_:
            let_go(self)
        self._desk.setEnabled(open_)
        self.foot.primary.setEnabled(open_ and bool(self._editor.text().strip()))
        if open_ and not was_open and focus_is_free(self):
            self.take_focus()

    def hideEvent(self, event: QHideEvent) -> None:
        self._late.flush()
        super().hideEvent(event)
