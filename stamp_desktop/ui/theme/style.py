"""The look in force: Fusion with a palette and a small generated style sheet, scaled by the zoom.

One look holds for the process, as Qt's own application style does; widgets read it when they are drawn or measured. A widget
hears of a change by `QEvent.Type.StyleChange`; layouts made with `parts.layout` are scaled by `apply` itself.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLayout, QWidget

from stamp_desktop.ui.theme import fonts, tokens
from stamp_desktop.ui.theme.tokens import LIGHT, Colours, Role, Theme

ZOOMS: Final = (1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class Look:
    """A theme and a zoom (1.0 = 100 %) that scales type and space alike."""

    theme: Theme = LIGHT
    zoom: float = 1.0

    def px(self, length: float) -> int:
        """Logical pixels at this zoom."""
        return round(length * self.zoom)

    def colour(self, role: Role) -> QColor:
        return QColor(self.theme.colours.of(role))

    def font(self, size: int = tokens.BASE, weight: int = 400, language: str = "en") -> QFont:
        """`size` is one of the type tokens, at zoom 1."""
        return fonts.font(self.px(size), weight, language)


_look = Look()


def look() -> Look:
    """The look in force."""
    return _look


def apply(new: Look) -> None:
    """Put a look in force for every window of the application, those that are open too."""
    global _look  # noqa: PLW0603 - the one place; it stands beside Qt's own process-wide style
    _look = new
    app = QCoreApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("a look needs a QApplication")
    if not app.styleSheet():  # the first look: later ones keep the style and change what it draws with
        app.setStyle("Fusion")
    app.setPalette(_palette(new.theme.colours))
    app.setFont(new.font())
    app.setStyleSheet(style_sheet(new))
    for window in app.topLevelWidgets():
        rescale(window)


def rescale(root: QWidget) -> None:
    """Scale the layouts and fixed sizes under a widget to the look in force (they carry their measures at zoom 1)."""
    for layout in root.findChildren(QLayout):
        scale_layout(layout)
    for widget in (root, *root.findChildren(QWidget)):
        scale_size(widget)


def scale_layout(layout: QLayout) -> None:
    """Set gap and margins from the property "base": [gap, left, top, right, bottom] at zoom 1."""
    base = layout.property("base")
    if base is not None:
        gap, left, top, right, bottom = (_look.px(length) for length in base)
        layout.setSpacing(gap)
        layout.setContentsMargins(left, top, right, bottom)


def scale_size(widget: QWidget) -> None:
    """Set sizes from the property "held": {setter: length at zoom 1}."""
    for setter, length in (widget.property("held") or {}).items():
        getattr(widget, setter)(_look.px(length))


def _palette(c: Colours) -> QPalette:
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: c.paper,
        roles.WindowText: c.ink,
        roles.Base: c.card,
        roles.AlternateBase: c.paper,
        roles.Text: c.ink,
        roles.PlaceholderText: c.second,
        roles.Button: c.card,
        roles.ButtonText: c.ink,
        roles.BrightText: c.ink,
        roles.Light: c.card,
        roles.Midlight: c.line,
        roles.Mid: c.border,
        roles.Dark: c.border,
        roles.Highlight: c.primary,
        roles.HighlightedText: c.on_primary,
        roles.Link: c.primary,
        roles.LinkVisited: c.primary,
        roles.ToolTipBase: c.night,
        roles.ToolTipText: c.night_ink,
        roles.Accent: c.primary,
    }.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.second))
    return made


def style_sheet(new: Look) -> str:
    """The generated sheet: only what the palette cannot say. Type stays with QFont, so that a widget can set its own."""
    c, px = new.theme.colours, new.px
    field = px(tokens.CONTROL) - 2 * px(2) - 2
    return f"""
    /* {new.theme.id} {new.zoom} */
    QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: transparent; border: none; }}
    QToolTip {{ background: {c.night}; color: {c.night_ink}; border: none; padding: {px(8)}px {px(12)}px; }}
    QComboBox {{
        background: {c.card}; color: {c.ink}; border: {px(1)}px solid {c.border}; border-radius: {px(10)}px;
        padding: {px(2)}px {px(16)}px; margin: {px(1)}px; min-height: {field}px;
        selection-background-color: {c.primary}; selection-color: {c.on_primary};
    }}
    QComboBox:hover {{ border-color: {c.second}; }}
    QComboBox:focus, QComboBox:on {{ border: {px(2)}px solid {c.primary}; margin: 0; }}
    QComboBox:disabled {{ background: {c.quiet}; color: {c.second}; }}
    QComboBox::drop-down {{ border: none; width: {px(44)}px; }}
    QComboBox::down-arrow {{ image: none; }}
    QComboBox QAbstractItemView {{
        background: {c.card}; color: {c.ink}; border: {px(1)}px solid {c.border}; padding: {px(6)}px; outline: none;
        selection-background-color: {c.soft}; selection-color: {c.ink};
    }}
    QComboBox QAbstractItemView::item {{
        min-height: {px(tokens.TARGET)}px; padding: 0 {px(12)}px; border-radius: {px(8)}px;
    }}
    QComboBox QAbstractItemView::item:selected {{ background: {c.soft}; color: {c.ink}; }}
    QPlainTextEdit, QTextEdit {{
        background: transparent; color: {c.ink}; border: none;
        selection-background-color: {c.primary}; selection-color: {c.on_primary};
    }}
    Entry {{
        background: {c.card}; border: {px(1)}px solid {c.border}; border-radius: {px(10)}px;
        padding: {px(2)}px {px(16)}px; margin: {px(1)}px; min-height: {field}px;
    }}
    Entry:hover {{ border-color: {c.second}; }}
    Entry:focus {{ border: {px(2)}px solid {c.primary}; margin: 0; }}
    Entry:disabled {{ background: {c.quiet}; color: {c.second}; }}
    QScrollBar:vertical {{ background: transparent; width: {px(16)}px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: {px(16)}px; margin: 0; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: {px(4)}px; margin: {px(4)}px; }}
    QScrollBar::handle:vertical {{ min-height: {px(44)}px; }}
    QScrollBar::handle:horizontal {{ min-width: {px(44)}px; }}
    QScrollBar::handle:hover {{ background: {c.second}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSlider {{ min-height: {px(tokens.TARGET)}px; }}
    QSlider::groove:horizontal {{ height: {px(8)}px; border-radius: {px(4)}px; background: {c.line}; }}
    QSlider::sub-page:horizontal {{ border-radius: {px(4)}px; background: {c.primary}; }}
    QSlider::handle:horizontal {{
        width: {px(24)}px; height: {px(24)}px; margin: -{px(8)}px 0; border-radius: {px(12)}px; background: {c.primary};
    }}
    """


def left_to_right() -> bool:
    """Whether the interface reads from left to right."""
    return QApplication.layoutDirection() != Qt.LayoutDirection.RightToLeft
