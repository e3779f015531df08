"""The lock screen: the reason, when, what happened to the answers, who can go on; below it the proctor's PIN.

It shows nothing of the test and judges no PIN.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from stamp_desktop.delivery.intents import AnswerChallenge, AskChallenge, EnterPin
from stamp_desktop.delivery.views import LockView
from stamp_desktop.ui.frame import Screen
from stamp_desktop.ui.parts.basics import Card, Page
from stamp_desktop.ui.parts.buttons import Button, PrimaryButton
from stamp_desktop.ui.parts.layout import beside, centred, column, row, scrolled
from stamp_desktop.ui.parts.pin_pad import PinPad
from stamp_desktop.ui.parts.text import Icon, Text, announce
from stamp_desktop.ui.theme import tokens


class LockScreen(Screen):
    """Emits `EnterPin`, `AskChallenge`, `AnswerChallenge`. Built once: what is being typed stays when the view changes."""

    def __init__(self) -> None:
        super().__init__()
        self._view: LockView | None = None
        self.set_ground("night")
        page = Page()
        page.set_ground("night")
        self._title = Text(self.tr("Your test is paused"), size=36, weight=600, role="night_ink", leading=1.3)
        self._reason = Text(size=tokens.TITLE, role="night_ink")
        self._clock = Text(size=19, role="night_good")
        self._who = Text(size=19, role="night_ink")
        self._clock_line = QWidget()
        row(beside(Icon("circle-check", role="night_good"), self._clock, gap=10, down=2), gap=0, on=self._clock_line)
        card = Card(ground="night_card", outline=None)
        safe = Text(self.tr("Every answer is saved, and what you had recorded too"), size=19, role="night_good")
        column(
            beside(Icon("circle-check", role="night_good"), safe, gap=10, down=2),
            self._clock_line,
            beside(Icon("user-round-check", role="night_ink"), self._who, gap=10, down=2),
            gap=14,
            pad=(26, 22),
            on=card,
        )
        self._label = Text(size=tokens.NOTE, role="night_second")
        self._pad = PinPad(self.tr("Proctor PIN"))
        self._said = Text(size=tokens.BASE, role="night_attention")
        self.main = self._unlock = PrimaryButton(self.tr("Unlock"))
        self._unlock.setObjectName("unlock")
        self._false = Button(self.tr("False alarm: do not pause for it again"), kind="link", role="night_ink")
        self._false.setObjectName("false-alarm")
        self._lost = Button(self.tr("PIN lost?"), kind="link", role="night_second")
        self._lost.setObjectName("pin-lost")
        top = row(Icon("lock", size=48, role="night_attention"), gap=12)
        top.addWidget(self._title, 1)
        inner = QWidget()
        column(
            top,
            self._reason,
            card,
            column(self._label, self._pad, self._said, gap=10),
            column(row(self._unlock, None, self._lost, gap=12), row(self._false, None, gap=0), gap=8),
            gap=20,
            on=inner,
        )
        self.fill(scrolled(page))
        column(None, centred(inner, 760), None, pad=(48, 32), on=page)
        self._pad.entered.connect(lambda pin: self._enter(pin, dismiss=False))
        self._pad.changed.connect(self._offer)
        self._unlock.clicked.connect(self._pad.enter)
        self._false.clicked.connect(self._dismiss)
        self._lost.clicked.connect(lambda: self.intent.emit(AskChallenge()))

    def show_view(self, view: LockView) -> None:
        if view == self._view:
            return
        before, self._view = self._view, view
        self.setAccessibleName(self._title.text())
        self._reason.set_text(f"{view.reason} {self.tr('That was at {time}.').format(time=view.at)}".strip())
        self._clock_line.setVisible(bool(view.clock) and view.clock[0].isdigit())
        self._clock.set_text(self.tr("Your clock has stopped at {left}").format(left=view.clock))
        self._who.set_text(
            self.tr("It goes on when the cause is gone, or when the proctor enters the PIN. Please stay seated.")
            if view.lifts_itself
            else self.tr("Only the proctor can go on, with the PIN here or from the console. Raise your hand and stay seated.")
            if view.away
            else self.tr("Only the proctor can go on, with the PIN. Raise your hand and stay seated.")
        )
        self._label.set_text(self._asked(view))
        said = self._note(view)
        self._said.set_text(said)
        self._said.setVisible(bool(said))
        self._lost.setVisible(view.challenge is None)
        self._false.setVisible(not view.challenge)
        if before is None or before.reason != view.reason:
            announce(self, f"{self._title.text()}. {self._reason.text()} {self._who.text()}")
        elif said and said != self._note(before):
            announce(self, said)
        self._offer()

    def take_focus(self) -> None:
        self._pad.setFocus(Qt.FocusReason.OtherFocusReason)

    def _asked(self, view: LockView) -> str:
        if view.challenge:
            return self.tr("Read this code to your organization and enter the digits that it answers: {code}").format(
                code=f"{view.challenge[:5]} {view.challenge[5:]}"
            )
        return self.tr("Proctor PIN")

    def _note(self, view: LockView) -> str:
        if view.busy:
            return self.tr("One moment…")
        if view.wait_seconds:
            return self.tr("That was wrong too often. Wait {seconds} seconds.").format(seconds=view.wait_seconds)
        if view.challenge == "":
            return self.tr("This computer has no recovery key: ask the technology staff to run `stamp-desktop kiosk end`.")
        return self.tr("That was not right. Try again.") if view.refused else ""

    def _offer(self) -> None:
        view = self._view
        ready = bool(self._pad.boxes.typed) and view is not None and not view.busy and not view.wait_seconds
        self._unlock.setEnabled(ready)
        self._false.setEnabled(ready)

    def _dismiss(self) -> None:
        typed = self._pad.boxes.typed
        self._pad.boxes.clear()
        self._enter(typed, dismiss=True)

    def _enter(self, pin: str, *, dismiss: bool) -> None:
        view = self._view
        if view is None or view.busy or view.wait_seconds:
            return
        self.intent.emit(AnswerChallenge(pin) if view.challenge else EnterPin(pin, dismiss))
