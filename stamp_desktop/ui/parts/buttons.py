"""Things to press: drawn here in full, so that nothing of a system's own look shows. Enter and Space both press."""

from typing import Final, Literal, TypeAlias

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from stamp_desktop.ui.theme import icons, tokens
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

_MIRRORED: Final = {"arrow-right": "arrow-left", "arrow-left": "arrow-right"}

Kind: TypeAlias = Literal["primary", "secondary", "link", "quiet"]


class Button(QPushButton):
    """A button. `trailing` puts the icon after the text; `name` is what a screen reader says where there is no text."""

    ring_radius = tokens.RADIUS_CONTROL

    def __init__(
        self,
        text: str = "",
        icon: str = "",
        *,
        kind: Kind = "secondary",
        name: str = "",
        trailing: bool = False,
        height: int = tokens.CONTROL,
        size: int = tokens.BASE,
        role: Role | None = None,
    ) -> None:
        super().__init__(text)
        self._kind, self._icon, self._trailing, self._height, self._size, self._role = (
            kind,
            icon,
            trailing,
            height,
            size,
            role,
        )
        self.setAccessibleName(name or text)
        if name:
            self.setToolTip(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_face(self, text: str, icon: str | None = None, name: str = "") -> None:
        """Take another text, icon (None: the same; an arrow follows the text) and spoken name."""
        if icon is not None:
            self._icon, self._trailing = icon, icon == "arrow-right"
        self.setText(text)
        self.setAccessibleName(name or text)
        self.setToolTip(name if not text else "")
        self.updateGeometry()
        self.update()

    def set_role(self, role: Role | None) -> None:
        """Draw icon and text in another colour (None: the kind's own)."""
        self._role = role
        self.update()

    def _font(self) -> QFont:
        return look().font(self._size, 400 if self._kind == "quiet" else 600)

    def _measures(self) -> tuple[float, float, float, float]:
        """Padding, icon, gap between icon and text, text: widths in pixels."""
        px = look().px
        padding = {"primary": 24, "secondary": 24, "link": 8, "quiet": 10}[self._kind]
        if self._kind == "secondary" and self._height < tokens.CONTROL:
            padding = 16
        icon = px(self._size + 4) if self._icon else 0
        text = QFontMetricsF(self._font()).horizontalAdvance(self.text()) if self.text() else 0.0
        return px(padding), icon, px(8) if icon and text else 0, text

    def sizeHint(self) -> QSize:
        padding, icon, gap, text = self._measures()
        width = 2 * padding + icon + gap + text if text else icon
        return QSize(max(round(width) + 1, look().px(tokens.TARGET)), look().px(self._height))

    def minimumSizeHint(self) -> QSize:
        """What icon and text need without their padding: a key of a palette may be held to less than its hint."""
        _, icon, gap, text = self._measures()
        return QSize(round(icon + gap + text), look().px(tokens.TARGET))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        """Ground, outline and ink for the state that the button is in."""
        c = look().colour
        if not self.isEnabled():
            return (c("line"), None, c("second")) if self._kind == "primary" else (None, None, c(self._role or "second"))
        lit = self.underMouse() or self.isDown()
        if self._kind == "primary":
            return c("primary_down" if lit else "primary"), None, c("on_primary")
        if self._kind == "secondary":
            return c("soft" if lit else "card"), c("primary" if lit else "border"), c(self._role or "ink")
        if self.isChecked():
            return c("soft"), None, c("primary")
        ink: Role = "primary" if self._kind == "link" else "second"
        return (c("quiet") if lit else None), None, c(self._role or ink)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, outline, ink = self._colours()
        line = look().px(1) if outline else 0
        box = QRectF(self.rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2)
        painter.setPen(QPen(outline, line) if outline else Qt.PenStyle.NoPen)
        painter.setBrush(ground or Qt.BrushStyle.NoBrush)
        if ground or outline:
            radius = look().px(self.ring_radius)
            painter.drawRoundedRect(box, radius, radius)
        _, icon, gap, text = self._measures()
        left = (self.width() - icon - gap - text) / 2
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        icon_first = self._trailing == rtl
        if icon:
            x = left if icon_first else left + text + gap
            name = _MIRRORED.get(self._icon, self._icon) if rtl else self._icon
            icons.paint(painter, name, ink.name(), QRectF(x, (self.height() - icon) / 2, icon, icon))
        if text:
            x = left + icon + gap if icon_first else left
            painter.setPen(ink)
            painter.setFont(self._font())
            # a line of text wider than measured by a rounding is still drawn whole
            where = QRectF(x - 2, 0, text + 4, self.height())
            painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine), self.text())


class PrimaryButton(Button):
    """The one main action of a screen; Enter presses it from anywhere on the screen."""

    def __init__(self, text: str, icon: str = "", *, trailing: bool = False) -> None:
        super().__init__(text, icon, kind="primary", trailing=trailing)


class SecondaryButton(Button):
    """Another action beside the main one."""

    def __init__(self, text: str, icon: str = "") -> None:
        super().__init__(text, icon, kind="secondary")


class LinkButton(Button):
    """An action that should not draw the eye."""

    def __init__(self, text: str, icon: str = "") -> None:
        super().__init__(text, icon, kind="link")


class ToolButton(Button):
    """A tool in the foot: icon and word; checkable tools stay lit while they are on."""

    def __init__(self, text: str, icon: str, *, checkable: bool = False) -> None:
        super().__init__(text, icon, kind="quiet", height=tokens.TARGET)
        self.setCheckable(checkable)
        self._words = text

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone (the word stays as tool tip and spoken name), or both."""
        if compact == bool(self.text()):
            self.set_face("" if compact else self._words, name=self._words)


class IconButton(Button):
    """An icon alone, with a spoken name."""

    def __init__(self, icon: str, name: str) -> None:
        super().__init__("", icon, kind="quiet", name=name, height=tokens.TARGET, size=tokens.LEAD)
