"""The window of a sitting: top bar and one screen. It picks the screen by the type of the view and passes intents on.

It knows no rule of a test and keeps nothing but what it shows.
"""

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from stamp_desktop.delivery import views
from stamp_desktop.delivery.intents import Leave
from stamp_desktop.ui.frame import Screen, TopBar
from stamp_desktop.ui.parts.layout import column
from stamp_desktop.ui.parts.popup import Popup
from stamp_desktop.ui.parts.ring import FocusRing
from stamp_desktop.ui.taker.all_done import AllDoneScreen
from stamp_desktop.ui.taker.dashboard import DashboardScreen
from stamp_desktop.ui.taker.equipment import EquipmentScreen
from stamp_desktop.ui.taker.intro import IntroScreen
from stamp_desktop.ui.taker.item import ItemScreen
from stamp_desktop.ui.taker.lock import LockScreen
from stamp_desktop.ui.taker.profile import ProfileScreen
from stamp_desktop.ui.taker.rules import RulesScreen
from stamp_desktop.ui.taker.section_done import SectionDoneScreen
from stamp_desktop.ui.taker.signin import ConfirmScreen, SignInScreen
from stamp_desktop.ui.taker.speaking import SpeakingScreen
from stamp_desktop.ui.taker.state import StateScreen
from stamp_desktop.ui.taker.writing import WritingScreen

SCREENS: Final[Mapping[type, Callable[[], Screen]]] = {
    views.SignInView: SignInScreen,
    views.ConfirmView: ConfirmScreen,
    views.RulesView: RulesScreen,
    views.ProfileView: ProfileScreen,
    views.EquipmentView: EquipmentScreen,
    views.DashboardView: DashboardScreen,
    views.SectionIntroView: IntroScreen,
    views.ItemView: ItemScreen,
    views.WritingView: WritingScreen,
    views.SpeakingView: SpeakingScreen,
    views.SectionDoneView: SectionDoneScreen,
    views.AllDoneView: AllDoneScreen,
    views.StateView: StateScreen,
    views.LockView: LockScreen,
}


class ExamWindow(QWidget):
    """Shows one `Showing` after the other; `intent` carries what the person asks for.

    A screen stays for as long as views of its type come, so that focus and scroll stay too. The window closes only when
    `may_close` is set; then it asks to `Leave`.
    """

    intent = Signal(object)

    def __init__(self, *, may_close: bool = False) -> None:
        super().__init__()
        self.may_close = may_close
        self.setWindowTitle("STAMP Desktop")
        self.setMinimumSize(640, 480)
        self._bar = TopBar()
        self._bar.intent.connect(self.intent)
        self._bar.hide()
        self._stack = QStackedWidget()
        self._shown: type | None = None
        self._screen: Screen | None = None
        layout = column(self._bar, gap=0, on=self)
        layout.addWidget(self._stack, 1)
        self._ring = FocusRing(self)

    def present(self, showing: views.Showing) -> None:
        """Show a screen and its top bar; the focus moves only when the screen is another one."""
        self._bar.setVisible(showing.frame is not None)
        if showing.frame is not None:
            self._bar.show_frame(showing.frame)
        kind = type(showing.screen)
        if kind is self._shown:
            self.screen_shown().show_view(showing.screen)
            self._bar.show_settled(self.screen_shown().settled())
            return
        screen = SCREENS[kind]()
        screen.intent.connect(self.intent)
        screen.unsaved.connect(lambda: self._bar.show_settled(False))
        if kind is views.LockView:
            self.close_popups()
        screen.show_view(showing.screen)
        self._bar.show_settled(True)
        before, self._screen, self._shown = self._screen, screen, kind
        self._stack.addWidget(screen)
        self._stack.setCurrentWidget(screen)
        if before is not None:
            self._stack.removeWidget(before)
            before.deleteLater()
        screen.take_focus()

    def show_computer(self, view: views.ComputerView) -> None:
        """Battery and Wi-Fi, in the bar of every screen that has one."""
        self._bar.show_computer(view)

    def screen_shown(self) -> Screen:
        """The screen in front of the person. LookupError before the first."""
        if self._screen is None:
            raise LookupError("nothing is shown yet")
        return self._screen

    def close_popups(self) -> None:
        """Close what is open over the screen: sheets, and lists, which are windows of their own."""
        for popup in self.findChildren(Popup):
            popup.close_up()
        while (opened := QApplication.activePopupWidget()) is not None:
            opened.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.setAccepted(self.may_close)
        if self.may_close:
            self.intent.emit(Leave())
