"""Screens are tested in real windows on Qt's offscreen platform, by clicks and keys. Any warning of Qt fails a test."""

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6")

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

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
def open_window(qtbot: QtBot) -> Callable[[Showing], Sitting]:
    """Opens a window of 1366x768 that shows something."""

    def open_it(showing: Showing) -> Sitting:
        window = ExamWindow()
        qtbot.addWidget(window)
        window.resize(1366, 768)
        window.show()
        window.activateWindow()
        sitting = Sitting(window)
        sitting.show(showing)
        return sitting

    return open_it
