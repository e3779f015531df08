"""What Qt itself can do about the keyboard on an ordinary desktop (grade B): hold it, and take it again after each popup.

It cannot keep another window from the top, nor the window from being hidden; that takes a window manager of one's own.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWindow


class Hold(QObject):
    """While it lives the keyboard goes to `window`, but for the popups of the program itself."""

    def __init__(self, window: QWindow) -> None:
        super().__init__()
        self._window = window
        application = QGuiApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self._take()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt lets go of the keyboard for good when the first popup opens: take it again on its show and its hide."""
        kind = event.type()
        if isinstance(watched, QWindow) and kind in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.FocusIn):
            popup = watched.type() == Qt.WindowType.Popup
            if popup or watched is self._window:
                QTimer.singleShot(0, self, self._take)
        return False

    def _take(self) -> None:
        if self._window.isVisible() and not any(
            each.type() == Qt.WindowType.Popup and each.isVisible() for each in QGuiApplication.topLevelWindows()
        ):
            self._window.setKeyboardGrabEnabled(True)
