"""Every screen in every state, as the gallery draws it: nothing cut off, everything named, large enough, within reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit, QScrollArea, QWidget

from stamp_desktop.ui import gallery
from stamp_desktop.ui.gallery import MORE, SETTINGS, Setting, Window
from stamp_desktop.ui.parts.buttons import Button
from stamp_desktop.ui.theme import style
from stamp_desktop.ui.theme.style import look

SAMPLES = dict(gallery.samples())
TIGHT = [setting for setting in (*SETTINGS, *MORE) if setting.suffix in {"", "-150", "-1024", "-200", "-rtl"}]

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(params=SAMPLES)
def window(request: pytest.FixtureRequest) -> Iterator[Window]:
    window = gallery.shown(SAMPLES[request.param], SETTINGS[0])
    window.activateWindow()
    yield window
    window.deleteLater()
    gallery.settle()


def visible(window: QWidget) -> list[QWidget]:
    return [widget for widget in window.findChildren(QWidget) if widget.isVisible()]


def change(window: Window, qapp: QApplication, setting: Setting) -> None:
    """Change size, look and direction of a window that is open, as a person may at any time."""
    style.apply(setting.look)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft if setting.rtl else Qt.LayoutDirection.LeftToRight)
    window.resize(setting.width, setting.height)
    gallery.settle()


def cut_off(window: Window) -> list[str]:
    """Texts without the height of all their lines, buttons without their width, anything beyond the window's sides."""
    cut = []
    for widget in visible(window):
        if isinstance(widget, QLabel) and widget.text():
            wraps = widget.hasHeightForWidth()
            needed = widget.heightForWidth(widget.width()) if wraps else widget.sizeHint().height()
            if widget.height() < needed or not (wraps or widget.width() >= widget.sizeHint().width()):
                cut.append(f"text {widget.text()}")
        if isinstance(widget, Button) and widget.width() < widget.minimumSizeHint().width():
            cut.append(f"button {widget.accessibleName()}")
        left = widget.mapTo(window, QPoint(0, 0)).x()
        if left < 0 or left + widget.width() > window.width():
            cut.append(f"{type(widget).__name__} {widget.accessibleName()} beyond the side")
    return cut


def too_small(window: Window) -> list[str]:
    """Buttons of less than 44 pixels at zoom 1 in either direction."""
    least = look().px(44)
    buttons = [widget for widget in visible(window) if isinstance(widget, QAbstractButton)]
    return [f"small {one.accessibleName()}" for one in buttons if min(one.width(), one.height()) < least]


def test_nothing_is_cut_off_at_any_size_zoom_or_direction(window: Window, qapp: QApplication) -> None:
    found: dict[str, list[str]] = {}
    for setting in TIGHT:
        change(window, qapp, setting)
        if faults := [*cut_off(window), *too_small(window)]:
            found[setting.suffix] = faults
    assert found == {}


def test_whatever_takes_the_focus_has_a_name_and_is_reached_by_tab(window: Window) -> None:
    takes = [widget for widget in visible(window) if widget.focusPolicy() != Qt.FocusPolicy.NoFocus]
    assert not [repr(w) for w in takes if not (w.accessibleName() or (isinstance(w, QAbstractButton) and w.text()))]
    wanted = {widget for widget in takes if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()}
    reached = set()
    for _ in range(len(wanted) + 2):
        now = window.focusWidget()
        reached.add(now)
        typing = isinstance(now, QPlainTextEdit) and not now.tabChangesFocus()
        held = Qt.KeyboardModifier.ControlModifier if typing else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(now, Qt.Key.Key_Tab, held)
    assert not [repr(widget) for widget in wanted - reached if not isinstance(widget, QScrollArea)]


def test_the_gallery_writes_a_picture_for_every_setting(tmp_path: Path) -> None:
    made = gallery.draw(tmp_path, only="state-paused")
    assert [file.name for file in made] == ["state-paused.png", "state-paused-150.png", "state-paused-1024.png"]
    assert all(file.stat().st_size > 5000 for file in made)
