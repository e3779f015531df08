"""The equipment check: headphones, room, voice, keyboard, one step at a time, one finding at a time.

It measures nothing and judges nothing, and there is always a way on when the session says so.
"""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.delivery.intents import (
    CheckDevice,
    CheckHearSelf,
    CheckListen,
    CheckNext,
    CheckPlay,
    CheckStop,
    Intent,
    MendMicrophone,
)
from stamp_desktop.delivery.views import EquipmentView
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Page
from stamp_desktop.ui.parts.buttons import LinkButton, SecondaryButton
from stamp_desktop.ui.parts.fields import Labelled, Select
from stamp_desktop.ui.parts.layout import column, row, scrolled, towards
from stamp_desktop.ui.parts.text import Heading, Text, announce
from stamp_desktop.ui.taker.equipment_check_list import CheckList
from stamp_desktop.ui.taker.equipment_finding import Finding
from stamp_desktop.ui.taker.equipment_steps import Headphones, Room, Step, Typing, Voice
from stamp_desktop.ui.taker.item_wait import Follower
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role


def _still(view: EquipmentView) -> EquipmentView:
    """A view without what changes many times a second."""
    return replace(view, level=None, peaks=(), seconds_left=None)


class EquipmentScreen(FootedScreen):
    """Emits the `Check...` intents."""

    def __init__(self) -> None:
        super().__init__(Foot(""))
        self._view: EquipmentView | None = None
        self._action: Intent | None = None
        self._title, self._hint = Heading(), Text(role="second")
        self._steps: dict[str, Step] = {
            "headphones": Headphones(),
            "room": Room(),
            "voice": Voice(),
            "keyboard": Typing(),
        }
        self._device = Select(self.tr("Microphone"))
        self._device.setObjectName("device")
        self._devices = Labelled(self.tr("Microphone"), self._device)
        page = Page()
        column(
            column(self._title, self._hint, gap=4),
            *self._steps.values(),
            None,
            row(self._devices, None, gap=0),
            gap=20,
            pad=towards(48, 36, 8, 28),
            on=page,
        )
        self._finding, self._list = Finding(), CheckList()
        side_page = Page()
        column(self._finding, self._list, None, gap=24, pad=towards(24, 40, 48, 28), on=side_page)
        main, side = scrolled(page), scrolled(side_page)
        Follower(main)
        Follower(side)
        body = QWidget()
        self._sides = sides = row(gap=0, on=body)
        for part in (main, side):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        sides.addWidget(main, 66)
        sides.addWidget(side, 34)
        self.fill(body)
        self._hear = SecondaryButton(self.tr("Hear yourself"), "play")
        self._hear.setObjectName("hear-self")
        self._go_on = LinkButton("")
        self._go_on.setObjectName("go-on")
        self.foot.add_beside(self._hear)
        self.foot.add_beside(self._go_on)
        for step in self._steps.values():
            step.asked.connect(self.intent)
        self._device.activated.connect(self._take_device)
        self._hear.clicked.connect(lambda: self.intent.emit(CheckHearSelf()))
        self._finding.hear.connect(lambda: self.intent.emit(CheckHearSelf()))
        self._finding.mend.connect(lambda: self.intent.emit(MendMicrophone()))
        self._finding.again.connect(self._do)
        self._go_on.clicked.connect(lambda: self.intent.emit(CheckNext()))
        self.foot.primary.clicked.connect(self._do)

    def show_view(self, view: EquipmentView) -> None:
        """Show a step; called twenty times a second while something is heard."""
        before, self._view = self._view, view
        new = before is None or before.step != view.step
        if new:
            for name, step in self._steps.items():
                step.setVisible(name == view.step)
            self._steps[view.step].begin(view)
            self._title.set_text(view.title)
            self._hint.set_text(view.hint)
            announce(self._title, f"{view.title}. {view.hint}")
        self._steps[view.step].show_view(view)
        self._list.show_lines(view.lines)
        self._show_devices(view)
        if before is None or _still(before) != _still(view):
            self._show_actions(view)
        if before is not None and (new or (before.activity, before.passed) != (view.activity, view.passed)):
            self.take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The finding gets as much room as the step where both are short of it."""
        super().resizeEvent(event)
        narrow = self.width() < look().px(900)
        self._sides.setStretch(0, 50 if narrow else 66)
        self._sides.setStretch(1, 50 if narrow else 34)

    def take_focus(self) -> None:
        view = self._view
        if view is not None and view.step == "keyboard" and not view.passed:
            self._steps["keyboard"].take_focus()
        elif self.main is not None and self.main.isEnabled():
            self.main.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_devices(self, view: EquipmentView) -> None:
        self._devices.setVisible(bool(view.devices) and view.activity not in {"listening", "recording"})
        wanted = [("", self.tr("Chosen by this computer")), *((name, name) for name in view.devices)]
        shown = [(str(self._device.itemData(i)), self._device.itemText(i)) for i in range(self._device.count())]
        if shown != wanted:
            self._device.clear()
            for name, text in wanted:
                self._device.addItem(text, name)
        self._device.setCurrentIndex(max(0, self._device.findData(view.device)))

    def _do(self) -> None:
        if self._action is not None:
            self.intent.emit(self._action)

    def _take_device(self, index: int) -> None:
        self.intent.emit(CheckDevice(str(self._device.itemData(index))))

    def _show_actions(self, view: EquipmentView) -> None:
        """One primary action: in the finding while there is something to try again, else in the foot."""
        words, icon, self._action = self._next(view)
        # what is found while somebody still speaks only advises
        again = view.finding is not None and not view.passed and self._action is not None and view.activity != "recording"
        self._finding.show_finding(view.finding, again=words if again else "", icon=icon, hear=again and view.can_hear_self)
        self.foot.primary.setVisible(not again and self._action is not None)
        self.foot.primary.set_face(words, icon)
        for button in (self.foot.primary, self._finding.button):
            button.setEnabled(view.passed or view.activity != "playing")
        self.main = self._finding.button if again else self.foot.primary
        self._hear.setVisible(view.can_hear_self and not again)
        self._go_on.setVisible(bool(view.go_on) and not view.passed)
        self._go_on.set_face(view.go_on)
        self.foot.show_hint(*self._word(view))

    def _next(self, view: EquipmentView) -> tuple[str, str, Intent | None]:
        """The primary action: its words, its icon, what it asks for."""
        if view.passed:
            return self.tr("Go on"), "arrow-right", CheckNext()
        if view.step == "headphones":
            again = view.activity == "done" or self._steps["headphones"].tried()
            return self.tr("Play it again") if again else self.tr("Play the word"), "play", CheckPlay()
        if view.step == "keyboard" or view.activity == "listening":
            return "", "", None
        if view.activity == "recording":
            return self.tr("I have said it"), "square", CheckStop()
        if view.activity == "done" or view.finding is not None:
            return self.tr("Try again"), "rotate-ccw", CheckListen()
        first = (self.tr("Start"), "ear") if view.step == "room" else (self.tr("Start recording"), "mic")
        return *first, CheckListen()

    def _word(self, view: EquipmentView) -> tuple[str, Role, str]:
        if view.passed:
            return self.tr("That works."), "good", "circle-check"
        if view.go_on and view.attempt > 1:
            return self.tr("You can also go on: the proctor will be told."), "second", ""
        return "", "second", ""
