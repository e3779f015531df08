"""The profile: a few questions about the test taker, before anything is scored."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from stamp_desktop.delivery.intents import SaveProfile
from stamp_desktop.delivery.views import ProfileView, Question
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Card, Page
from stamp_desktop.ui.parts.fields import Entry, Labelled, Select
from stamp_desktop.ui.parts.layout import centred, column, scrolled
from stamp_desktop.ui.parts.shelf import Shelf
from stamp_desktop.ui.parts.text import Heading, Text


class ProfileScreen(FootedScreen):
    """Emits `SaveProfile` with every answer that was given; what must be answered is asked for by name."""

    def __init__(self) -> None:
        super().__init__(Foot(self.tr("Save and go on")))
        self._questions: tuple[Question, ...] = ()
        self._fields: dict[str, Entry | Select] = {}
        self._title = Heading()
        card = Card()
        self._form = Shelf(340, gap=28)
        column(self._form, pad=(40, 36), on=card)
        inner = QWidget()
        lead = Text(self.tr("A few questions before the test. They do not change your result."), role="second")
        column(column(self._title, lead, gap=2), card, gap=24, on=inner)
        page = Page()
        column(None, centred(inner, 880), None, pad=(48, 40), on=page)
        self.fill(scrolled(page))
        self.foot.primary.clicked.connect(self._save)

    def show_view(self, view: ProfileView) -> None:
        self._title.set_text(self.tr("About you, {name}").format(name=view.name))
        if view.questions == self._questions:
            return
        self._questions, self._fields = view.questions, {}
        rows: list[Labelled] = []
        for question in view.questions:
            answer = view.answers.get(question.id, "")
            field: Entry | Select
            if question.options:
                field = Select(question.label, self.tr("Choose"))
                field.addItems(question.options)
                field.setCurrentIndex(field.findText(answer) if answer else -1)
            else:
                field = Entry(question.label)
                field.setText(answer)
            field.setObjectName(f"profile-{question.id}")
            self._fields[question.id] = field
            rows.append(Labelled(question.label, field, self.tr("optional") if question.optional else ""))
        self._form.put(rows)

    def take_focus(self) -> None:
        for field in self._fields.values():
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            return

    def _answer(self, question: Question) -> str:
        field = self._fields[question.id]
        return field.currentText() if isinstance(field, Select) else field.text().strip()

    def _save(self) -> None:
        answers = {question.id: self._answer(question) for question in self._questions}
        for question in self._questions:
            if not question.optional and not answers[question.id]:
                self.foot.show_hint(
                    self.tr("Still to answer: {label}").format(label=question.label), "attention", "circle-alert"
                )
                self._fields[question.id].setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self.foot.show_hint("")
        self.intent.emit(SaveProfile({key: answer for key, answer in answers.items() if answer}))
