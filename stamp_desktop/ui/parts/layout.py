"""Rows and columns whose gaps, margins and fixed sizes follow the zoom. Lengths are logical pixels at zoom 1."""

from typing import TypeAlias, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from stamp_desktop.ui.theme.style import left_to_right, scale_layout, scale_size

Padding: TypeAlias = int | tuple[int, int] | tuple[int, int, int, int]
_Widget = TypeVar("_Widget", bound=QWidget)
_Layout = TypeVar("_Layout", bound=QLayout)


def _measured(layout: _Layout, gap: int, pad: Padding) -> _Layout:
    match pad:
        case int():
            margins = (pad, pad, pad, pad)
        case (across, down):
            margins = (across, down, across, down)
        case _:
            margins = pad
    layout.setProperty("base", [gap, *margins])
    scale_layout(layout)
    return layout


def _filled(layout: QBoxLayout, things: tuple[QWidget | QLayout | int | None, ...]) -> None:
    for thing in things:
        match thing:
            case QWidget():
                layout.addWidget(thing)
            case QLayout():
                layout.addLayout(thing)
            case int():
                layout.addWidget(space(thing))
            case None:
                layout.addStretch(1)


def column(*things: QWidget | QLayout | int | None, gap: int = 16, pad: Padding = 0, on: QWidget | None = None) -> QVBoxLayout:
    """Things below each other: a widget, a layout, a number (extra space) or None (stretch). `on` takes it as its layout."""
    made = QVBoxLayout() if on is None else QVBoxLayout(on)
    _filled(_measured(made, gap, pad), things)
    return made


def row(*things: QWidget | QLayout | int | None, gap: int = 16, pad: Padding = 0, on: QWidget | None = None) -> QHBoxLayout:
    """Things beside each other, from the leading side; see `column`."""
    made = QHBoxLayout() if on is None else QHBoxLayout(on)
    _filled(_measured(made, gap, pad), things)
    return made


def grid(gap: int = 16, pad: Padding = 0, on: QWidget | None = None) -> QGridLayout:
    """An empty grid."""
    return _measured(QGridLayout() if on is None else QGridLayout(on), gap, pad)


def sized(
    widget: _Widget,
    *,
    width: int | None = None,
    height: int | None = None,
    least_width: int | None = None,
    least_height: int | None = None,
    most_width: int | None = None,
) -> _Widget:
    """Hold a widget to sizes that follow the zoom; the widget itself is returned."""
    wanted = {
        "setFixedWidth": width,
        "setFixedHeight": height,
        "setMinimumWidth": least_width,
        "setMinimumHeight": least_height,
        "setMaximumWidth": most_width,
    }
    widget.setProperty("held", {setter: length for setter, length in wanted.items() if length is not None})
    scale_size(widget)
    return widget


def space(length: int) -> QWidget:
    """Empty space of a length, in either direction."""
    return sized(QWidget(), width=length, height=length)


def scrolled(page: QWidget) -> QScrollArea:
    """The page in an area that scrolls down when it is too tall, never across."""
    area = QScrollArea()
    page.setObjectName("page")
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    return area


def centred(widget: QWidget, width: int) -> QHBoxLayout:
    """The widget in the middle, as wide as there is room for, at most `width`."""
    made = row(gap=0)
    made.addStretch(1)
    made.addWidget(sized(widget, most_width=width), 1000)
    made.addStretch(1)
    return made


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and let go of the widgets in it."""
    while (taken := layout.takeAt(0)) is not None:
        widget, inner = taken.widget(), taken.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        if inner is not None:
            empty(inner)


def towards(leading: int, top: int, trailing: int, bottom: int) -> tuple[int, int, int, int]:
    """Margins by reading direction, as `pad` takes them (Qt does not mirror margins)."""
    return (leading, top, trailing, bottom) if left_to_right() else (trailing, top, leading, bottom)


def beside(icon: QWidget, words: QWidget | QLayout, *, gap: int = 12, down: int = 0) -> QHBoxLayout:
    """An icon at the first line of words; `down` lowers it to the middle of that line."""
    made = row(column(down, icon, None, gap=0) if down else column(icon, None, gap=0), gap=gap)
    if isinstance(words, QWidget):
        made.addWidget(words, 1)
    else:
        made.addLayout(words, 1)
    return made
