"""The way in: test code and login name, then "is this you?". What is typed is sent as typed, but for blanks around it."""

from PySide6.QtCore import Qt

from stamp_desktop.delivery.intents import Confirm, SignIn
from stamp_desktop.delivery.views import ConfirmView, SavedView, SignInView
from stamp_desktop.ui.frame import Screen
from stamp_desktop.ui.parts.basics import TONE_INK, Card, NoticeBox, Page
from stamp_desktop.ui.parts.buttons import PrimaryButton, SecondaryButton
from stamp_desktop.ui.parts.fields import Entry, Labelled
from stamp_desktop.ui.parts.layout import beside, centred, column, row, scrolled
from stamp_desktop.ui.parts.text import Heading, Icon, Text
from stamp_desktop.ui.theme import tokens


class _Door(Screen):
    """A card in the middle of the paper; below it where this computer is and what the network does."""

    def __init__(self) -> None:
        super().__init__()
        self._title = Text(size=tokens.LEAD, weight=600, leading=1.3)
        title = row(Icon("languages", size=28, role="primary"), gap=8)
        title.addWidget(self._title, 1)
        card = Card()
        self.card = column(title, gap=16, pad=(48, 40), on=card)
        self._station = Text(size=tokens.NOTE, role="second", wrap=False)
        self._network_icon = Icon("cloud", size=20, role="second")
        self._network = Text(size=tokens.NOTE, role="second")
        place = row(Icon("monitor", size=20, role="second"), self._station, 8, self._network_icon, gap=8, pad=(32, 24))
        place.addWidget(self._network, 1)
        page = Page()
        column(None, 24, centred(card, 560), None, place, gap=0, on=page)
        self.fill(scrolled(page))

    def show_place(self, station: str, network: SavedView, title: str) -> None:
        self._title.set_text(title)
        self._station.set_text(station)
        self._network_icon.set_icon(network.icon, TONE_INK[network.tone])
        self._network.set_text(network.text)


class SignInScreen(_Door):
    """Test code and login name."""

    def __init__(self) -> None:
        super().__init__()
        self._view: SignInView | None = None
        self._code = Entry(self.tr("Test code"))
        self._code.setObjectName("test-code")
        self._login = Entry(self.tr("Login name"))
        self._login.setObjectName("login")
        self._trouble = NoticeBox()
        self._hint = Text(size=tokens.NOTE, role="second")
        self._sign_in = PrimaryButton(self.tr("Sign in"), "log-in")
        self._sign_in.setObjectName("sign-in")
        self.main = self._sign_in
        self.card.addWidget(Heading(self.tr("Sign in")))
        self.card.addWidget(Labelled(self.tr("Test code"), self._code, self.tr("from your teacher or proctor")))
        self.card.addWidget(Labelled(self.tr("Login name"), self._login))
        self.card.addWidget(self._trouble)
        self.card.addLayout(row(8, gap=0))
        line = row(self._sign_in, None, gap=16)
        line.insertWidget(1, self._hint, 1000)
        self.card.addLayout(line)
        self._sign_in.clicked.connect(self._ask)

    def show_view(self, view: SignInView) -> None:
        before, self._view = self._view, view
        self.show_place(view.station, view.network, "STAMP")
        if before is None or before.test_code != view.test_code:
            self._code.setText(view.test_code)
        if before is None or before.login != view.login:
            self._login.setText(view.login)
        self._trouble.show_notice(view.trouble)
        self._hint.set_text(self.tr("One moment…") if view.busy else view.demo_hint)
        was_busy = before is not None and before.busy
        for part in (self._code, self._login, self._sign_in):
            part.setDisabled(view.busy)
        if was_busy and not view.busy:
            self.take_focus()

    def take_focus(self) -> None:
        first = self._login if self._code.text().strip() else self._code
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        code, login = self._code.text().strip(), self._login.text().strip()
        if code and login:
            self.intent.emit(SignIn(code, login))
        else:
            (self._login if code else self._code).setFocus(Qt.FocusReason.OtherFocusReason)


class ConfirmScreen(_Door):
    """Is this you?"""

    def __init__(self) -> None:
        super().__init__()
        self._place = Text(role="second")
        self._name = Heading(size=tokens.LARGE)
        self._login = Text(role="second")
        person = Card(ground="soft", outline=None, raised=False, radius=tokens.RADIUS_CHOICE)
        column(self._name, self._login, gap=0, pad=(24, 16), on=person)
        self._resume = Text()
        self._resumes = Card(ground="good_soft", outline=None, raised=False, radius=tokens.RADIUS_CHOICE)
        column(beside(Icon("history", role="good"), self._resume, down=2), pad=16, on=self._resumes)
        self._yes = PrimaryButton(self.tr("Yes, go on"), "check")
        self._yes.setObjectName("yes")
        self._no = SecondaryButton(self.tr("No, not me"))
        self._no.setObjectName("no")
        self.main = self._yes
        self.card.addLayout(column(4, Heading(self.tr("Is this you?")), self._place, gap=0))
        self.card.addWidget(person)
        self.card.addWidget(self._resumes)
        self.card.addLayout(row(8, gap=0))
        self.card.addLayout(row(self._yes, self._no, None, gap=12))
        self._yes.clicked.connect(lambda: self.intent.emit(Confirm(yes=True)))
        self._no.clicked.connect(lambda: self.intent.emit(Confirm(yes=False)))

    def show_view(self, view: ConfirmView) -> None:
        self.show_place(view.station, view.network, view.test_title)
        self._place.set_text(view.place)
        self._name.set_text(view.name)
        self._login.set_text(self.tr("Login name {login}").format(login=view.login))
        self._resumes.setVisible(bool(view.resume))
        text = (
            self.tr("You started this test at {started}. You will go on at {resume}. Nothing was lost.")
            if view.started
            else self.tr("You will go on at {resume}. Nothing was lost.")
        )
        self._resume.set_text(text.format(started=view.started, resume=view.resume), strong=view.resume)
