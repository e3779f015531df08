"""One finding of the equipment check: what is wrong, what to do, and the two ways on from it."""

from PySide6.QtCore import Signal

from stamp_desktop.delivery.views import Notice
from stamp_desktop.ui.parts.basics import TONE_GROUND, TONE_INK, Card
from stamp_desktop.ui.parts.buttons import PrimaryButton, SecondaryButton
from stamp_desktop.ui.parts.choices_flow import Flow
from stamp_desktop.ui.parts.layout import beside, column, towards
from stamp_desktop.ui.parts.text import Icon, Text, announce
from stamp_desktop.ui.theme import tokens


class Finding(Card):
    """Hidden while there is none. `again`, `hear` and `mend` (where the program can mend it) when their buttons are pressed."""

    again = Signal()
    hear = Signal()
    mend = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown: Notice | None = None
        self._mends = False
        self._icon, self._title = Icon("info", size=24), Text(size=tokens.LEAD, weight=600, leading=1.3)
        self._text = Text()
        self._todo = Text()
        self._try = Card(outline=None, raised=False, radius=tokens.RADIUS_CONTROL)
        column(self._todo, pad=(16, 12), on=self._try)
        self.button = PrimaryButton(self.tr("Try again"), "rotate-ccw")
        self.button.setObjectName("again")
        self._hear = SecondaryButton(self.tr("Hear yourself"))
        self._hear.setObjectName("hear")
        self._mend = SecondaryButton("", "mic")
        self._mend.setObjectName("mend")
        self._buttons = Flow(self._mend, self.button, self._hear)
        column(
            beside(self._icon, self._title, gap=10, down=1),
            self._text,
            self._try,
            self._buttons,
            gap=14,
            pad=towards(26, 24, 20, 24),
            on=self,
        )
        self.button.clicked.connect(self._go)
        self._hear.clicked.connect(self.hear)
        self._mend.clicked.connect(self.mend)
        self.hide()

    def _go(self) -> None:
        (self.mend if self._mends else self.again).emit()

    def show_finding(self, finding: Notice | None, *, again: str, icon: str, hear: bool) -> None:
        """`again` is the text of the way back ("": none now), `icon` its drawing."""
        self.setVisible(finding is not None)
        self.button.setVisible(bool(again))
        mend = finding.mend if finding else ""
        self._mends = bool(mend and again)  # what mends it tries again too: one way back, not two
        self.button.set_face(*((mend, "mic") if self._mends else (again, icon)))
        self._hear.setVisible(hear)
        self._mend.set_face(mend, "mic")
        self._mend.setVisible(bool(mend) and not again)
        self._buttons.setVisible(bool(again or mend) or hear)
        self._buttons.arrange()
        if finding is None or finding == self._shown:
            self._shown = finding
            return
        self._shown = finding
        role = TONE_INK[finding.tone]
        self.set_stripe(role)
        self._icon.set_icon(finding.icon, role)
        self._title.set_role(role)
        self._title.set_text(finding.title)
        self._text.set_text(finding.text)
        lead = self.tr("Try this:")
        self._todo.set_text(f"{lead} {finding.todo}", strong=lead)
        self._try.setVisible(bool(finding.todo))
        self._try.set_ground(TONE_GROUND[finding.tone])
        announce(self, " ".join(part for part in (finding.title, finding.text, finding.todo) if part))
