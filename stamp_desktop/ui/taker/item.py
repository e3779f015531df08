"""A question: its passage or recording at the leading side, the answer at the trailing side. Each side scrolls by itself.

It sends every change as a draft and the answer on Next; then it waits for the next view. It knows no right answer.
"""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.delivery.intents import Answer, Draft, Play
from stamp_desktop.delivery.views import ChoiceTask, GapTask, ItemView
from stamp_desktop.engine.items import ChoiceResponse, GapResponse
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Chip, NoticeBox, Page
from stamp_desktop.ui.parts.buttons import ToolButton
from stamp_desktop.ui.parts.choices import Choices
from stamp_desktop.ui.parts.editor_late import Late
from stamp_desktop.ui.parts.gaps import GapText
from stamp_desktop.ui.parts.layout import centred, column, row, scrolled, sized
from stamp_desktop.ui.parts.passage import Passage
from stamp_desktop.ui.parts.passage_text import Marked
from stamp_desktop.ui.parts.player import Player
from stamp_desktop.ui.parts.text import Text, announce
from stamp_desktop.ui.taker.item_wait import Follower, focus_is_free, let_go
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look, scale_layout

_PATIENCE_MS: Final = 150
_WIDE: Final = (16, 48, 36, 48, 40)
_NARROW: Final = (16, 24, 28, 24, 32)


class _Material(Page):
    """The leading side: the text to read, or the recording to hear."""

    def __init__(self) -> None:
        super().__init__("card")
        self.passage = Passage()
        self.passage.setObjectName("passage")
        self.player = Player()
        sheet = Page("card")
        column(None, centred(self.player, 440), None, None, pad=(40, 32), on=sheet)
        self._listening = scrolled(sheet)
        column(self.passage, self._listening, gap=0, on=self)

    def show_material(self, view: ItemView) -> None:
        """Show what the question is about; the side goes when it is about nothing."""
        reading = bool(view.text_md)
        self.setVisible(reading or view.player is not None)
        self.passage.setVisible(reading)
        self._listening.setVisible(view.player is not None and not reading)
        self.passage.show_text(view.genre, view.title, view.text_md, view.language, view.picture, view.picture_alt)


class ItemScreen(FootedScreen):
    """Emits `Draft` on every change, `Answer` on Next, and `Play`."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Next")))
        self._view: ItemView | None = None
        self._late = Late(self)
        self._material = _Material()
        self._chip = Chip(self.tr("Practice, not scored"), icon="flag")
        self._stem = Marked(size=tokens.TITLE, weight=600, leading=1.4)
        self._remark = Text(role="second")
        self._notice = NoticeBox()
        self._choices, self._gaps = Choices(), GapText()
        inner = QWidget()
        column(
            row(self._chip, None, gap=0),
            column(self._stem, self._remark, gap=4),
            self._notice,
            self._choices,
            self._gaps,
            None,
            gap=20,
            on=inner,
        )
        self._question = Page()
        self._around = column(centred(inner, 720), pad=(48, 36, 48, 40), on=self._question)
        self._scroll = scrolled(self._question)
        Follower(self._scroll)
        self._line = sized(Page("line"), width=1)
        body = QWidget()
        sides = row(gap=0, on=body)
        for side in (self._material, self._scroll):
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        sides.addWidget(self._material, 1)
        sides.addWidget(self._line)
        sides.addWidget(self._scroll, 1)
        self.fill(body)
        self._rule = sized(Text(role="second", leading=1.35, measure=480), least_width=220)
        self.foot.add_beside(self._rule)
        self._mark = ToolButton(self.tr("Highlight"), "highlighter", checkable=True)
        self._mark.setObjectName("highlight")
        self._reader = ToolButton(self.tr("Line reader"), "text", checkable=True)
        self._reader.setObjectName("line-reader")
        self._clear = ToolButton(self.tr("Clear marks"), "x")
        self._clear.setObjectName("clear-marks")
        passage = self._material.passage
        for tool in (self._mark, self._reader, self._clear):
            self.foot.add_tool(tool)
        QWidget.setTabOrder(self._clear, self.foot.primary)
        self._mark.toggled.connect(passage.set_marking)
        self._mark.toggled.connect(self._say_rule)
        self._reader.toggled.connect(passage.set_line_reader)
        self._clear.clicked.connect(passage.clear_marks)
        self._clear.hide()
        passage.marked.connect(lambda count: self._clear.setVisible(count > 0))
        self._choices.changed.connect(lambda _taken: self._changed(typed=False))
        self._choices.full.connect(self._say_full)
        self._gaps.changed.connect(lambda _filled, typed: self._changed(typed=typed))
        self._late.due.connect(self._tell_draft)
        self._material.player.asked.connect(self._play)
        self.foot.primary.clicked.connect(self._answer)

    def show_view(self, view: ItemView) -> None:
        """Take over a new question whole; of the same one, show only what has changed around the answer."""
        before = self._view
        new = before is None or (before.item, before.set_id, before.practice) != (view.item, view.set_id, view.practice)
        if new:
            self._late.flush()
        self._view = view
        if new:
            self._take_over(view)
        if view.player is not None:
            self._material.player.show_player(view.player)
        self._notice.show_notice(view.notice)
        self._open(not view.busy)
        if new and before is not None:
            self.take_focus()
        self._draw_again()

    def take_focus(self) -> None:
        (self._choices if self._choices.isVisibleTo(self) else self._gaps).take_focus()

    def _take_over(self, view: ItemView) -> None:
        self._material.show_material(view)
        self._line.setVisible(self._material.isVisibleTo(self))
        self._chip.setVisible(view.practice)
        self._stem.set_markdown(view.stem_md, view.language)
        choosing = isinstance(view.task, ChoiceTask)
        self._choices.setVisible(choosing)
        self._gaps.setVisible(not choosing)
        match view.task:
            case ChoiceTask() as task:
                self._choices.show_task(task, view.language, self._material.player.button)
                self._remark.set_text(self._how_many(task))
            case GapTask() as task:
                self._gaps.show_task(task, view.language, self._material.player.button)
                self._remark.set_text("")
        self._scroll.verticalScrollBar().setValue(0)
        for tool in (self._mark, self._reader):
            tool.setVisible(bool(view.text_md))
        self.foot.primary.set_face(self.tr("Finish this section") if view.last else self.tr("Next"))
        self._say_rule()
        announce(self._stem, self._stem.text())

    def _how_many(self, task: ChoiceTask) -> str:
        if task.most == 1:
            return ""
        text = self.tr("Choose {most} answers.") if task.least == task.most else self.tr("Choose up to {most} answers.")
        return text.format(most=task.most)

    def _response(self, task: ChoiceTask | GapTask) -> ChoiceResponse | GapResponse:
        return ChoiceResponse(self._choices.taken()) if isinstance(task, ChoiceTask) else GapResponse(self._gaps.filled())

    def _answered(self) -> bool:
        choosing = self._view is not None and isinstance(self._view.task, ChoiceTask)
        return self._choices.answered() if choosing else self._gaps.answered()

    def settled(self) -> bool:
        match self._view.task if self._view else None:
            case ChoiceTask(chosen=chosen):
                return set(self._choices.taken()) == set(chosen)
            case GapTask(filled=filled):
                return _not_empty(self._gaps.filled()) == _not_empty(filled)
            case _:
                return True

    def _changed(self, *, typed: bool) -> None:
        self._say_rule()
        self.foot.primary.setEnabled(self._answered())
        if not self.settled():
            self.unsaved.emit()
        if typed:
            self._late.hold()
            return
        self._late.cancel()
        self._tell_draft()

    def _tell_draft(self) -> None:
        if self._view is not None:
            self.intent.emit(Draft(self._view.item, self._response(self._view.task)))

    def _play(self) -> None:
        self._late.flush()
        self.intent.emit(Play())

    def _answer(self) -> None:
        if self._view is None:
            return
        self._late.flush()
        self.setUpdatesEnabled(False)  # the next question is here in a moment: drawing this one as waiting would delay it
        QTimer.singleShot(_PATIENCE_MS, self._draw_again)
        self._open(open_=False)
        self.intent.emit(Answer(self._view.item, self._response(self._view.task)))

    def _draw_again(self) -> None:
        if not self.updatesEnabled():
            self.setUpdatesEnabled(True)

    def _open(self, open_: bool) -> None:
        """Take answers, or none: while one is on its way, and while the program is busy."""
        was_open = self._question.isEnabled()
        if was_open and not open_:
            let_go(self)
        self._question.setEnabled(open_)
        self.foot.primary.setEnabled(open_ and self._answered())
        if open_ and not was_open and focus_is_free(self):
            self.take_focus()

    def _say_rule(self) -> None:
        """The standing sentence in the foot."""
        if self._mark.isChecked() and not self._mark.isHidden():
            text = self.tr("Mark with the mouse, or with Shift and the arrows.")
        elif self._view is not None and self._view.practice:
            text = self.tr("This is practice: it does not count.")
        else:
            text = self.tr("You cannot come back to this question.")
        self._rule.set_role("second")
        self._rule.set_text(text)

    def _say_full(self, most: int) -> None:
        text = self.tr("You have chosen {most} already. Take one of them back first.").format(most=most)
        self._rule.set_role("attention")
        self._rule.set_text(text)
        announce(self._rule, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1-9 and letters choose from wherever the focus is."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and self._choices.isVisibleTo(self) and self._question.isEnabled() and self._choices.press_key(event.text()):
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._late.flush()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        half = self.width() // 2 if self._material.isVisibleTo(self) else self.width()
        base = list(_WIDE if half >= look().px(560) else _NARROW)
        if self._around.property("base") != base:
            self._around.setProperty("base", base)
            scale_layout(self._around)


def _not_empty(filled: Mapping[str, str]) -> dict[str, str]:
    return {gap: text for gap, text in filled.items() if text}
