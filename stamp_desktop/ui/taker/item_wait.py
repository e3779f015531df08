"""Where the focus goes: off a screen that waits, and never out of sight."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from shiboken6 import isValid

from stamp_desktop.ui.theme.style import look


def let_go(screen: QWidget) -> None:
    """Take the focus off before parts of a screen are disabled: Qt would hand it on, and the next Enter would press that."""
    focus = QApplication.focusWidget()
    if focus is not None and screen.isAncestorOf(focus):
        focus.clearFocus()


def focus_is_free(screen: QWidget) -> bool:
    """Whether a screen may take the focus: nobody works outside of it."""
    focus = QApplication.focusWidget()
    return focus is None or screen.isAncestorOf(focus)


class Follower(QObject):
    """Scrolls an area so that what has the focus is seen."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._area = area
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or not isValid(self._area):  # what is being deleted loses its focus too
            return
        page = self._area.widget()
        if page is not None and page.isAncestorOf(new):
            self._area.ensureWidgetVisible(new, 0, look().px(16))
