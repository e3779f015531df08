"""A speaking task: read, prepare, speak, hear it, keep it. What is recorded is safe before the screen says so.

It records nothing itself: it shows what the session says and passes on what is pressed.
"""

from typing import Final

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stamp_desktop.delivery.intents import HearRecording, Intent, KeepRecording, MendMicrophone, Prepare, Record, StopRecording
from stamp_desktop.delivery.views import Notice, SpeakingView
from stamp_desktop.ui.frame import Foot, FootedScreen
from stamp_desktop.ui.parts.basics import Card, NoticeBox, Page
from stamp_desktop.ui.parts.buttons import SecondaryButton
from stamp_desktop.ui.parts.choices_flow import Flow
from stamp_desktop.ui.parts.layout import beside, column, row, scrolled, sized, towards
from stamp_desktop.ui.parts.meter import Meter
from stamp_desktop.ui.parts.player import minutes
from stamp_desktop.ui.parts.text import Heading, Icon, Text, announce
from stamp_desktop.ui.parts.waveform import Waveform
from stamp_desktop.ui.taker.item_prompt import Prompt
from stamp_desktop.ui.taker.item_wait import Follower, focus_is_free, let_go
from stamp_desktop.ui.taker.speaking_ring import Countdown
from stamp_desktop.ui.theme import icons
from stamp_desktop.ui.theme.style import look
from stamp_desktop.ui.theme.tokens import Role

SETTLE_MS: Final = 500
"""A press within this time of a change was meant for what stood there before (the second half of a double click)."""


class _Sign(QWidget):
    """The state at a glance: a red light while recording, else an icon."""

    def __init__(self) -> None:
        super().__init__()
        self._icon, self._role = "mic", "primary"
        sized(self, width=32, height=32)

    def show_sign(self, icon: str, role: Role) -> None:
        """`icon` "" is the recording light."""
        self._icon, self._role = icon, role
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self._icon:
            edge = look().px(2)
            colour = look().theme.colours.of("good" if self._role == "good" else "primary")
            icons.paint(painter, self._icon, colour, box.adjusted(edge, edge, -edge, -edge))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        glow = look().colour("record")
        glow.setAlphaF(0.16)
        painter.setBrush(glow)
        painter.drawEllipse(box)
        inner = look().px(6)
        painter.setBrush(look().colour("record"))
        painter.drawEllipse(box.adjusted(inner, inner, -inner, -inner))


class SpeakingScreen(FootedScreen):
    """Emits `Prepare`, `Record`, `StopRecording`, `MendMicrophone`, `HearRecording` and `KeepRecording`."""

    def __init__(self) -> None:
        super().__init__(Foot(""))
        self._view: SpeakingView | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._settled)
        self._prompt = Prompt()
        self._sign, self._title = _Sign(), Heading()
        self._time = Heading()
        self._time.setWordWrap(False)
        top = row(self._sign, gap=14)
        top.addWidget(self._title, 1)
        top.addWidget(self._time)
        self._before, self._count, self._sound = self._ready_card(), Card(), Card()
        self._ring = Countdown()
        self._count_text = Text(role="second", centred=True)
        column(None, row(None, self._ring, None, gap=0), self._count_text, None, gap=20, pad=(32, 28), on=self._count)
        self._wave, self._meter = Waveform(104), Meter()
        self._hear = SecondaryButton("", "play")
        self._hear.setObjectName("hear")
        self._again = SecondaryButton("", "rotate-ccw")
        self._again.setObjectName("again")
        self._after = QWidget()
        self._actions = Flow(self._hear, self._again)
        column(8, self._actions, gap=0, on=self._after)
        column(self._wave, self._meter, self._after, gap=20, pad=(28, 28), on=self._sound)
        self._finding = NoticeBox()
        self._finding.mend.connect(lambda: self.intent.emit(MendMicrophone()))
        page = Page()
        column(top, self._before, self._count, self._sound, self._finding, None, gap=20, pad=towards(24, 28, 48, 28), on=page)
        self._area = side = scrolled(page)
        Follower(side)
        body = QWidget()
        sides = row(gap=0, on=body)
        for part in (self._prompt, side):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        sides.addWidget(self._prompt, 41)
        sides.addWidget(side, 59)
        self.fill(body)
        self.foot.primary.clicked.connect(self._go)
        self._hear.clicked.connect(lambda: self.intent.emit(HearRecording()))
        self._again.clicked.connect(lambda: self.intent.emit(Record()))

    def _ready_card(self) -> Card:
        """What will happen, before anything runs."""
        card = Card()
        self._steps = [Text(), Text(), Text()]
        signs = ("book-open", "timer", "mic")
        lines = [
            beside(Icon(sign, size=24, role="primary"), text, gap=16, down=2)
            for sign, text in zip(signs, self._steps, strict=True)
        ]
        column(*lines, gap=18, pad=(32, 28), on=card)
        return card

    def show_view(self, view: SpeakingView) -> None:
        """Show where the task stands; called twenty times a second while somebody speaks."""
        before, self._view = self._view, view
        if before is None or (before.prompt, before.practice) != (view.prompt, view.practice):
            self._prompt.show_prompt(view.title, view.text_md, view.picture, view.picture_alt, "", "", practice=view.practice)
            announce(self._prompt, f"{view.title}. {self._prompt.text()}")
        moved = before is None or (before.prompt, before.stage, before.practice) != (view.prompt, view.stage, view.practice)
        if moved:
            self._change_stage(view)
        if view.stage == "preparing":
            self._ring.show_seconds(view.seconds)
        self._time.set_text(minutes(view.seconds) if view.stage in {"recording", "saving", "kept"} else "")
        self._wave.show_peaks(view.peaks, whole=view.stage == "kept")
        self._meter.show_level(view.level, view.quiet_end, view.loud_start)
        self._show_finding(view.finding or (self._salvaged() if view.salvaged and view.stage == "kept" else None))
        if before is None or (before.playing, before.attempts_left) != (view.playing, view.attempts_left) or moved:
            self._show_actions(view)
        self.foot.show_hint(*self._hint(view))
        if moved and before is not None:
            self._settle.start(SETTLE_MS)
        self._open()

    def take_focus(self) -> None:
        if self._view is not None and self._view.stage == "kept":
            first = self._again if self._view.empty and self._view.attempts_left > 0 else self._hear
            (self.foot.primary if first.isHidden() else first).setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().take_focus()

    def _change_stage(self, view: SpeakingView) -> None:
        stage = view.stage
        self._before.setVisible(stage == "ready")
        self._count.setVisible(stage == "preparing")
        self._sound.setVisible(stage in {"recording", "saving", "kept"})
        self._meter.setVisible(stage == "recording")
        self._after.setVisible(stage == "kept")
        self._ring.begin()
        title, icon, role = {
            "ready": (self.tr("Read the task"), "book-open", "primary"),
            "preparing": (self.tr("Think about what you will say"), "timer", "primary"),
            "recording": (self.tr("Recording"), "", "primary"),
            "saving": (self.tr("Saving your recording…"), "save", "primary"),
            "kept": (self.tr("Your recording is safe"), "circle-check", "good"),
        }[stage]
        if view.empty:
            title, icon, role = self.tr("Nothing was recorded"), "mic-off", "primary"
        self._title.set_text(title)
        self._sign.show_sign(icon, "good" if role == "good" else "primary")
        self._steps[0].set_text(self.tr("Read the task and look at the picture. Nothing is recorded yet."))
        self._steps[1].set_text(self.tr("Then you get a short time to prepare. You can also start at once."))
        self._steps[2].set_text(
            self.tr("Then speak for up to {time}. You can hear your recording afterwards.").format(time=minutes(view.limit))
        )
        self._count_text.set_text(
            self.tr("Recording starts by itself. You can then speak for up to {time}.").format(time=minutes(view.limit))
        )
        face = {
            "ready": (self.tr("Start preparing"), "arrow-right"),
            "preparing": (self.tr("Record now"), "mic"),
            "recording": (self.tr("Stop and listen"), "square"),
            "saving": (self.tr("Saving…"), "save"),
            "kept": (self.tr("Keep and go on"), "arrow-right"),
        }[stage]
        self.foot.primary.set_face(*face)
        announce(self._title, title)

    def _show_actions(self, view: SpeakingView) -> None:
        self._hear.set_face(self.tr("Stop") if view.playing else self.tr("Hear it"), "square" if view.playing else "play")
        self._hear.setVisible(not view.empty)
        self._again.setVisible(view.attempts_left > 0)
        if view.practice:
            self._again.set_face(self.tr("Record again"))
        else:
            self._again.set_face(self.tr("Record again ({count} left)").format(count=view.attempts_left))

    def _hint(self, view: SpeakingView) -> tuple[str, Role, str]:
        if view.stage in {"recording", "saving", "kept"} and view.safe_text:
            return view.safe_text, "good", "hard-drive"
        if view.practice:
            return self.tr("This is practice: nobody hears it but you."), "second", ""
        return "", "second", ""

    def _show_finding(self, finding: Notice | None) -> None:
        new = finding is not None and self._finding.isHidden()
        self._finding.show_notice(finding)
        if new:  # once it has its place
            QTimer.singleShot(0, self._finding, lambda: self._area.ensureWidgetVisible(self._finding))

    def _salvaged(self) -> Notice:
        return Notice(
            self.tr("The program was interrupted while you were speaking"),
            self.tr("Your recording was kept up to its last second."),
            self.tr("Listen to it, then keep it or record again."),
            "plain",
            "history",
        )

    def _open(self) -> None:
        view = self._view
        ready = view is not None and not view.busy and view.stage != "saving" and not self._settle.isActive()
        if self.foot.primary.isEnabled() and not ready:
            let_go(self)
        for button in (self.foot.primary, self._hear, self._again):
            button.setEnabled(ready)

    def _settled(self) -> None:
        self._open()
        if focus_is_free(self):
            self.take_focus()

    def _go(self) -> None:
        if self._view is None:
            return
        asked: dict[str, Intent] = {
            "ready": Prepare(),
            "preparing": Record(),
            "recording": StopRecording(),
            "kept": KeepRecording(),
        }
        intent = asked.get(self._view.stage)
        if intent is not None:
            self.intent.emit(intent)
