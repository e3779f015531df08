"""What stands round every screen: the top bar, the foot, and what a screen is. It decides nothing about a sitting."""

from functools import partial
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from stamp_desktop.delivery.intents import CallProctor, SetVolume
from stamp_desktop.delivery.views import ComputerView, FrameView
from stamp_desktop.ui.frame_popups import CallPopup, DisplayPopup, VolumePopup
from stamp_desktop.ui.parts.basics import TONE_INK, Page, ProgressBar
from stamp_desktop.ui.parts.buttons import Button, IconButton, PrimaryButton, ToolButton
from stamp_desktop.ui.parts.layout import column, row, sized
from stamp_desktop.ui.parts.text import Icon, Text, announce
from stamp_desktop.ui.theme import tokens
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Bar(QWidget):
    """A strip of card colour with a line on the side of the page."""

    def __init__(self, height: int, *, line_below: bool) -> None:
        super().__init__()
        self._line_below = line_below
        sized(self, least_height=height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def fit(self) -> None:
        """Leave out what there is no room for, least needed first."""
        raise NotImplementedError

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            QTimer.singleShot(0, self, self.fit)  # once everything in the bar has its new size

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("card"))
        line = look().px(1)
        top = self.height() - line if self._line_below else 0
        painter.fillRect(0, top, self.width(), line, look().colour("line"))


class _Sign(QWidget):
    """Icon and words in the top bar; the words go when there is no room, and stay as the tool tip."""

    def __init__(self, icon: str, after: int = 0) -> None:
        super().__init__()
        self._icon = Icon(icon, size=20, role="second")
        self.words = Text(size=tokens.NOTE, role="second", wrap=False)
        row(self._icon, self.words, *([after] if after else []), gap=8, on=self)

    def show_words(self, wanted: bool) -> None:
        self.words.setVisible(wanted)
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.updateGeometry()

    def show_sign(self, text: str, icon: str, role: Role) -> None:
        self._icon.set_icon(icon, role)
        self.words.set_role(role)
        self.words.set_text(text)
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class TopBar(Bar):
    """Section, step, progress; then what is saved, the clock, volume, display and the way to the proctor.

    What does not fit is left out in a fixed order; the buttons always stay.
    """

    intent = Signal(object)

    def __init__(self) -> None:
        super().__init__(tokens.BAR, line_below=True)
        self._section = Text(size=tokens.NOTE, weight=700, wrap=False)
        self._step = Text(size=tokens.NOTE, role="second", wrap=False)
        self._progress = sized(ProgressBar(self.tr("Progress")), width=220)
        self._seat, self._keyboard, self._saved = _Sign("monitor"), _Sign("keyboard"), _Sign("circle-check")
        self._wireless, self._battery = _Sign("wifi", 8), _Sign("battery", 8)
        self._wireless.setObjectName("wireless")
        self._battery.setObjectName("battery")
        self._clock = Button("", "clock", kind="quiet", height=tokens.TARGET, size=tokens.NOTE)
        self._clock.setObjectName("clock")
        self._volume = IconButton("volume-2", self.tr("Volume"))
        self._display = IconButton("a-large-small", self.tr("Text size and colours"))
        self._volume.setObjectName("volume")
        self._display.setObjectName("display")
        self._call = Button("", "hand", height=tokens.TARGET, size=tokens.NOTE)
        self._call.setObjectName("call")
        self._view: FrameView | None = None
        self._settled = True
        self._time = ""
        self._time_shown, self._called, self._call_known = True, False, False
        self._line = line = row(self._section, 8, self._step, 8, self._progress, None, gap=8, pad=(24, 0), on=self)
        for widget, gap in (
            (self._seat, 16),
            (self._keyboard, 16),
            (self._saved, 6),
            (self._wireless, 0),
            (self._battery, 0),
            (self._clock, 0),
            (self._volume, 0),
            (self._display, 8),
            (self._call, 0),
        ):
            line.addWidget(widget)
            if gap:
                line.addLayout(row(gap, gap=0))
        line.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._volume_popup = VolumePopup(self)
        self._display_popup = DisplayPopup(self)
        self._call_popup = CallPopup(self)
        self._clock.clicked.connect(self._flip_clock)
        self._volume.clicked.connect(lambda: self._volume_popup.open_below(self._volume))
        self._display.clicked.connect(lambda: self._display_popup.open_below(self._display))
        self._call.clicked.connect(lambda: self._call_popup.open_below(self._call))
        self._volume_popup.changed.connect(lambda share: self.intent.emit(SetVolume(share)))
        self._call_popup.agreed.connect(self._call_now)

    def show_frame(self, view: FrameView) -> None:
        """Show the state of the sitting; meters bring the same one many times a second, which costs nothing."""
        if view == self._view:
            return
        self._view = view
        self._section.set_text(view.section)
        self._step.set_text(view.step)
        self._progress.setProperty("wanted", view.progress is not None)
        self._progress.set_progress(view.progress or 0.0)
        self._seat.show_sign(view.seat, "monitor", "second")
        self._keyboard.show_sign(view.keyboard, "keyboard", "second")
        self._say_saved()
        if view.clock_low and not self._clock.property("low"):
            announce(self._clock, self.tr("Time left: {time}").format(time=view.clock))
        self._clock.setProperty("low", view.clock_low)
        self._time = view.clock
        self._called = view.proctor_called or (self._called and not self._call_known)
        self._call_known = view.proctor_called or (self._call_known and self._called)
        self._draw()

    def show_computer(self, view: ComputerView) -> None:
        for sign, gauge in ((self._wireless, view.wireless), (self._battery, view.battery)):
            if gauge is None:
                sign.show_sign("", "circle", "second")
            else:
                sign.show_sign(gauge.text, gauge.icon, "second" if gauge.tone == "plain" else TONE_INK[gauge.tone])
        self.fit()

    def show_settled(self, settled: bool) -> None:
        """Whether what the person did last is saved: until it is, nothing is called saved."""
        if settled != self._settled:
            self._settled = settled
            self._say_saved()

    def _say_saved(self) -> None:
        if self._view is None:
            return
        if self._settled:
            self._saved.show_sign(self._view.saved.text, self._view.saved.icon, TONE_INK[self._view.saved.tone])
        else:
            self._saved.show_sign(self.tr("Saving…"), "save", "second")

    def _draw(self) -> None:
        self._clock.setVisible(bool(self._time))
        self._clock.set_role("attention" if self._clock.property("low") else None)
        name = self.tr("Hide the time, {time}") if self._time_shown else self.tr("Show the time")
        self._clock.set_face(self._time if self._time_shown else "", "clock", name.format(time=self._time))
        self.fit()

    def _draw_call(self, *, words: bool) -> None:
        text = self.tr("The proctor has been called") if self._called else self.tr("Call the proctor")
        self._call.setEnabled(not self._called)
        self._call.set_role("good" if self._called else None)
        self._call.set_face(text if words else "", "circle-check" if self._called else "hand", text)

    def _flip_clock(self) -> None:
        self._time_shown = not self._time_shown
        self._draw()

    def _call_now(self) -> None:
        self._called, self._call_known = True, False
        self._draw()
        announce(self._call, self.tr("The proctor has been called"))
        self.intent.emit(CallProctor())

    def fit(self) -> None:
        for sign in (self._seat, self._keyboard, self._saved, self._wireless, self._battery):
            sign.show_words(bool(sign.words.text()))
            sign.setVisible(bool(sign.words.text()))
        self._progress.setVisible(bool(self._progress.property("wanted")))
        self._step.setVisible(bool(self._step.text()))
        self._draw_call(words=True)
        for leave_out in (
            partial(self._wireless.show_words, False),
            partial(self._seat.setVisible, False),
            partial(self._progress.setVisible, False),
            partial(self._keyboard.show_words, False),
            partial(self._saved.show_words, False),
            partial(self._battery.show_words, False),
            partial(self._draw_call, words=False),
            partial(self._step.setVisible, False),
            partial(self._keyboard.setVisible, False),
            partial(self._wireless.setVisible, False),
            partial(self._battery.setVisible, False),
        ):
            self._line.invalidate()
            if self._line.sizeHint().width() <= self.width():
                break
            leave_out()

        for popup in (self._volume_popup, self._display_popup, self._call_popup):
            if popup.isVisible():
                popup.place()


class Foot(Bar):
    """The foot of a screen: tools at the leading side, a word of advice, and the one primary action at the trailing side."""

    def __init__(self, primary: str, icon: str = "arrow-right") -> None:
        super().__init__(tokens.FOOT, line_below=False)
        self.primary = PrimaryButton(primary, icon, trailing=icon.startswith("arrow"))
        self.primary.setObjectName("primary")
        self._tools: QHBoxLayout = row(gap=16)
        self._beside: QHBoxLayout = row(gap=12)
        self._hint_icon = Icon("info", size=20, role="second")
        self._hint_icon.hide()
        self._hint = Text(role="second", leading=1.35, measure=560)
        self._hint.hide()
        advice = QWidget()
        advice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row(self._hint_icon, gap=8, on=advice).addWidget(self._hint, 1)
        self._line = row(self._tools, gap=16, pad=(32, 12), on=self)
        self._line.addWidget(advice, 1)
        self._line.addLayout(self._beside)
        self._line.addWidget(self.primary)

    def add_tool(self, tool: QWidget) -> None:
        """Add a tool at the leading side."""
        self._tools.addWidget(tool)

    def add_beside(self, action: QWidget) -> None:
        """Add a lesser action just before the primary one."""
        self._beside.addWidget(action)

    def show_hint(self, text: str, role: Role = "second", icon: str = "") -> None:
        """Say a short sentence between tools and action; "" says nothing."""
        self._hint.set_role(role)
        self._hint.set_text(text)
        self._hint_icon.setVisible(bool(icon and text))
        if icon:
            self._hint_icon.set_icon(icon, role)

    def fit(self) -> None:
        """Tools lose their words before anything is cut."""
        tools = self.findChildren(ToolButton)
        for compact in (False, True):
            for tool in tools:
                tool.set_compact(compact)
            self._line.activate()
            if self._line.minimumSize().width() <= self.width():
                break


class Screen(Page):
    """One screen: takes its view whole and emits intents. Enter presses `main` from wherever the focus is.

    A subclass builds its widgets, calls `fill`, and overrides `show_view`, which gets views of one type only, again and
    again: it changes what has changed and leaves focus, scroll and what is being typed where they are.
    """

    intent = Signal(object)
    unsaved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.main: Button | None = None

    def fill(self, body: QWidget) -> None:
        """Lay the body out; called once."""
        column(body, gap=0, on=self)

    def show_view(self, view: Any) -> None:
        """Show a view of the type that this screen is for."""
        raise NotImplementedError

    def settled(self) -> bool:
        """Whether all that the person did here is in the last view, which holds only what is saved."""
        return True

    def take_focus(self) -> None:
        """Put the focus where work begins; a screen that has just come is asked once."""
        (self.main or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.main is not None and not event.isAutoRepeat():
            if self.main.isEnabled() and self.main.isVisible():
                self.main.click()
            return
        super().keyPressEvent(event)


class FootedScreen(Screen):
    """A screen with a foot, whose primary action is `main`."""

    def __init__(self, foot: Foot) -> None:
        super().__init__()
        self.foot = foot
        self.main = foot.primary

    def fill(self, body: QWidget) -> None:
        around = column(gap=0, on=self)
        around.addWidget(body, 1)
        around.addWidget(self.foot)
