"""A full-screen state: the reason, what it means for the answers, what to do. Nothing of the test shows behind it."""

from typing import Final

from PySide6.QtWidgets import QWidget

from stamp_desktop.delivery.intents import GoOn
from stamp_desktop.delivery.views import StateView, Tone
from stamp_desktop.ui.frame import Screen
from stamp_desktop.ui.parts.basics import TONE_INK, Card, Page
from stamp_desktop.ui.parts.buttons import PrimaryButton
from stamp_desktop.ui.parts.layout import beside, centred, column, row, scrolled, sized
from stamp_desktop.ui.parts.text import Icon, Text, announce
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.tokens import Role

_NIGHT: Final[dict[Tone, Role]] = {
    "good": "night_good",
    "plain": "night_ink",
    "attention": "night_attention",
    "bad": "night_bad",
}


class StateScreen(Screen):
    """Emits `GoOn` where the test taker can do something; else it only explains."""

    def __init__(self) -> None:
        super().__init__()
        self._view: StateView | None = None
        self._page = Page()
        self._place = column(None, None, None, pad=(48, 40), on=self._page)
        self._inner: QWidget | None = None
        self.fill(scrolled(self._page))

    def show_view(self, view: StateView) -> None:
        if view == self._view:
            return
        self._view = view
        night = view.dark
        self.set_ground("night" if night else "paper")
        self._page.set_ground("night" if night else "paper")
        if self._inner is not None:
            self._inner.deleteLater()
        self._inner = inner = QWidget()
        self.setAccessibleName(view.title)
        ink: Role = "night_ink" if night else "ink"
        top = row(Icon(view.icon, size=48, role="night_attention" if night else "primary"), gap=12)
        top.addWidget(Text(view.title, size=36, weight=600, role=ink, leading=1.3), 1)
        body = column(top, Text(view.reason, size=tokens.TITLE, role=ink), gap=24, on=inner)
        if view.lines:
            card = Card(ground="night_card" if night else "card", outline=None if night else "line", raised=not night)
            lines = column(gap=14, pad=(26, 22), on=card)
            for icon, sentence, tone in view.lines:
                role = _NIGHT[tone] if night else TONE_INK[tone]
                lines.addLayout(beside(Icon(icon, role=role), Text(sentence, size=19, role=role), gap=10, down=2))
            body.addWidget(card)
        self.main = None
        if view.action:
            self.main = PrimaryButton(view.action, "arrow-right", trailing=True)
            self.main.setObjectName("action")
            self.main.clicked.connect(lambda: self.intent.emit(GoOn()))
            body.addWidget(sized(QWidget(), height=4))
            body.addWidget(self.main)
        self._place.insertLayout(1, centred(inner, 760))
        announce(self, f"{view.title}. {view.reason}")
        if self.isVisible():
            self.take_focus()
