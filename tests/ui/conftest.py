"""Screens are tested in real windows on Qt's offscreen platform, by clicks and keys. Any warning of Qt fails a test."""

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6")

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from stamp_desktop.delivery.views import Showing
from stamp_desktop.ui.theme import style
from stamp_desktop.ui.theme.style import Look
from stamp_desktop.ui.window import ExamWindow
from tests.ui.sitting import Sitting

_PLATFORM_SAYS = "This plugin does not support"


@pytest.fixture(autouse=True)
def _no_qt_warnings() -> Iterator[None]:
    heard: list[str] = []

    def hear(kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not text.startswith(_PLATFORM_SAYS):
            heard.append(text)

    before = qInstallMessageHandler(hear)
    yield
    qInstallMessageHandler(before)
    assert not heard


@pytest.fixture(autouse=True)
def _plain_look(qapp: QApplication) -> Iterator[None]:
    style.apply(Look())
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def open_window(qapp: QApplication) -> Iterator[Callable[[Showing], Sitting]]:
    """Opens windows of 1366x768 that show something, and deletes them at the end, in Qt's own order."""
    opened: list[Sitting] = []

    def open_it(showing: Showing) -> Sitting:
        window = ExamWindow()
        opened.append(Sitting(window))
        window.resize(1366, 768)
        window.show()
        window.activateWindow()
        opened[-1].show(showing)
        return opened[-1]

    yield open_it
    for sitting in opened:
        sitting.window.deleteLater()
        sitting.settle()
    assert not [widget for widget in qapp.topLevelWidgets() if isinstance(widget, ExamWindow)]
