"""What becomes of the focus while a screen waits for an answer to be taken."""

from PySide6.QtWidgets import QApplication, QWidget


def let_go(screen: QWidget) -> None:
    """Take the focus off before parts of a screen are disabled: Qt would hand it on, and the next Enter would press that."""
    focus = QApplication.focusWidget()
    if focus is not None and screen.isAncestorOf(focus):
        focus.clearFocus()


def focus_is_free(screen: QWidget) -> bool:
    """Whether a screen may take the focus: nobody works outside of it."""
    focus = QApplication.focusWidget()
    return focus is None or screen.isAncestorOf(focus)
