"""The desk: signs a test taker in, asks "is this you?", and opens the sitting, new or resumed.

It knows what this computer was told (groups, roster, packages); it decides nothing about the test.
"""

import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.content.keys import PackageKeys
from stamp_desktop.content.reader import Package, open_package
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Message, Room
from stamp_desktop.delivery.signin import Admission, admit, spoken_start
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.views import ConfirmView, Notice, Showing, SignInView
from stamp_desktop.delivery.wording import MovedAway, Sending, network, place_in_test, trouble_notice
from stamp_desktop.engine.events import Noted, SessionBegan, SessionOpened
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.replay import replay
from stamp_desktop.engine.state import State
from stamp_desktop.kiosk.words import Damaged
from stamp_desktop.storage import vault
from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.mend import mend
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.reserve import Reserve
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import Device, SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.moving import Found
from stamp_desktop.sync.protocol import Group, RosterEntry
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

ROOM_FOR_SPEECH = 60_000_000
"""Bytes: three responses of two minutes with two attempts each, at 48 kHz and 16 bits, are 69 MB at most, 25 MB as a rule."""

NO_LINE = frozenset({"offline", "line-broken"})
ASK_AGAIN = frozenset({"test-code-unknown", "login-unknown", "not-prepared"})
"""Trouble that the server may have the answer to, as it has to a package that is damaged here."""


class Preparation(Protocol):
    """Fetches what the server has for this computer, also a test that was begun at another one.

    Trouble when there is no line or the server refuses.
    """

    def refresh(self) -> None: ...

    def elsewhere(self, session: str) -> Found | None: ...

    def take_over(self, found: Found) -> None: ...


@dataclass(frozen=True, slots=True)
class House:
    """What every room of the exam program stands on. `dice` gives a seed; `offset` is local time against UTC.

    `hurry_courier`: somebody waits for the receipt.
    `reserve` is room on the disk for the last answers; `second` is where sessions have their second copy.
    """

    folders: Folders
    station: Station
    keys: KeyStore
    clock: Clock
    device: Device
    publishers: Collection[Ed25519PublicKey]
    preparation: Preparation
    wake_courier: Callable[[], None]
    dice: Callable[[], int]
    offset: timedelta
    demo_hint: str = ""
    hurry_courier: Callable[[], None] = lambda: None
    reserve: Reserve | None = None
    second: Path | None = None


class Desk:
    """Sign-in and "is this you?". `exam` makes the room that a confirmed test taker goes into."""

    def __init__(
        self, house: House, exam: Callable[[Sitting, Admission, Sending], Room], sending: Sending | None = None
    ) -> None:
        self._house = house
        self._exam = exam
        self._sending = sending or Sending()
        self._typed = intents.SignIn("", "")
        self._notice: Notice | None = None
        self._admission: Admission | None = None
        self._package: Package | None = None
        self._found: Sitting | None = None
        self._elsewhere: Found | None = None
        self._damaged: Damaged | None = None
        self._renewed = ""

    def renewed(self) -> str:
        """The session of which this desk has put another copy here, "" before it did."""
        return self._renewed

    def damaged(self) -> Damaged | None:
        """The last session that was not as this program wrote it; it may have been made whole since."""
        return self._damaged

    def tell(self, trouble: Trouble) -> None:
        """Show this until somebody signs in."""
        self._notice = trouble_notice(trouble)

    def take(self, message: Message) -> Room:
        match message:
            case Sending():
                self._sending = message
            case MovedAway():
                self._notice = trouble_notice(_moved())
            case intents.SignIn():
                self._typed = message
                self._sign_in(message)
            case intents.Confirm(yes=False):
                self.leave()
                self._typed = intents.SignIn(self._typed.test_code, "")
            case intents.Confirm(yes=True) if self._admission:
                return self._go_on(self._admission)
            case _:
                pass
        return self

    def showing(self) -> Showing:
        line, seat = network(self._sending), self._house.device.name
        if self._admission is None:
            typed = self._typed
            return Showing(SignInView(typed.test_code, typed.login, line, seat, self._notice, demo_hint=self._house.demo_hint))
        group = self._admission.group
        started = resume = ""
        if self._package and (begun := self._begun(self._package)):
            created_ms, state = begun
            started = spoken_start(created_ms, self._house.clock.wall_ms(), self._house.offset)
            resume = place_in_test(state, self._package)
        title = f"{self._package.manifest.language_name} · {group.assessment}" if self._package else group.assessment
        place = f"{group.school} · {group.name}"
        return Showing(
            ConfirmView(title, place, self._admission.name, self._admission.login, line, seat, started=started, resume=resume)
        )

    def wake_in(self) -> float | None:
        return None

    def leave(self) -> None:
        if self._found:
            self._found.journal.close()
        self._admission = self._found = self._elsewhere = self._notice = None

    def _sign_in(self, typed: intents.SignIn) -> None:
        self.leave()
        try:
            try:
                self._open(typed)
            except Trouble as trouble:
                if trouble.code not in ASK_AGAIN and not trouble.code.startswith("package-"):
                    raise
                with suppress(Trouble):  # without a line, what this computer knows is the answer
                    self._house.preparation.refresh()
                self._open(typed)
        except Trouble as trouble:
            self._notice = trouble_notice(trouble)
            self._admission = None

    def _open(self, typed: intents.SignIn) -> None:
        house = self._house
        groups = [Group(**facts) for facts in house.station.groups()]
        roster = [RosterEntry(**facts) for group in groups for facts in house.station.roster(group.id)]
        admission = admit(groups, roster, typed.test_code, typed.login, house.clock.wall_ms(), house.offset)
        self._package = self._unlock(admission.group)
        folder = house.folders.session(admission.session)
        states = {line.state for line in house.station.sessions() if line.id == admission.session}
        moved, damaged = "moved" in states, "damaged" in states
        if moved or not (folder.journal.exists() or damaged or self._receipt(admission.session)):
            self._elsewhere = self._look(admission.session, moved=moved)
        if self._elsewhere:
            house.folders.room_for(ROOM_FOR_SPEECH)
        elif moved:
            raise _moved()
        elif folder.journal.exists():
            self._found = self._resume(admission, self._package)
        else:
            if receipt := self._receipt(admission.session):
                raise _finished(receipt)
            if damaged:
                self._found = self._mended(admission, self._package)
            else:
                house.folders.room_for(ROOM_FOR_SPEECH)
                if house.reserve:
                    house.reserve.make()
        self._admission = admission

    def _look(self, session: str, *, moved: bool) -> Found | None:
        """What another computer has begun. Without a line nobody can know, and the test begins here."""
        if self._sending.reachable is False and not moved:
            return None
        try:
            return self._house.preparation.elsewhere(session)
        except Trouble as trouble:
            if trouble.code in NO_LINE:
                return None
            raise

    def _begun(self, package: Package) -> tuple[int, State] | None:
        """When the test was begun and where it stands, here or at another computer."""
        if self._found:
            return self._found.journal.about.created_ms, self._found.state
        if self._elsewhere:
            return self._elsewhere.said.created_ms, replay(form_of(package), self._elsewhere.facts).state
        return None

    def _take_over(self, admission: Admission, found: Found) -> None:
        self._house.preparation.take_over(found)
        self._renewed = found.session
        self._elsewhere = None
        if self._package:
            self._found = self._resume(admission, self._package)

    def _unlock(self, group: Group) -> Package:
        line = next(
            (
                each
                for each in self._house.station.packages()
                if (each.id, each.version) == (group.package_id, group.package_version)
            ),
            None,
        )
        keys = package_keys(self._house.keys, group.package_id, group.package_version)
        if line is None or not line.verified or keys is None:
            raise Trouble(
                "not-prepared",
                "This computer has not received the test yet.",
                "The test has not begun.",
                "Ask the proctor to connect this computer to the network, then try again.",
            )
        package = open_package(self._house.folders.packages / line.path, self._house.publishers, keys)
        if package.hash != group.package_hash:
            raise Trouble(
                "package-other",
                "The test on this computer is not the one that your group takes.",
                "The test has not begun.",
                "Ask the proctor to prepare this computer again.",
            )
        if package.manifest.language != group.language or package.manifest.assessment != group.assessment:
            raise Trouble(
                "package-language",
                f"The test on this computer is {package.manifest.title}, but your group takes another language or test.",
                "The test has not begun.",
                "Ask the proctor: the group was set up with the wrong test.",
            )
        return package

    def _resume(self, admission: Admission, package: Package, *, mended: bool = False) -> Sitting | None:
        key = self._house.keys.get(key_name(admission.session))
        if key is None:
            if receipt := self._receipt(admission.session):
                raise _finished(receipt)
            raise _key_gone()
        opener = SessionKey(key)
        try:
            journal = Journal.open(self._house.folders.session(admission.session).journal, opener, self._house.reserve)
        except Trouble as trouble:
            if trouble.code != "data-damaged" or mended:
                raise
            log.exception("A session is damaged")
            self._damaged = Damaged(admission.session, trouble.advice.what)
            return self._mended(admission, package)
        try:
            if journal.head().seq:
                return Sitting.resume(form_of(package), package, journal, opener, self._house.clock)
        except BaseException:
            journal.close()
            raise
        journal.close()  # the program died between making the journal and writing the first fact: begin in it
        return None

    def _mended(self, admission: Admission, package: Package) -> Sitting | None:
        """A damaged session, made whole and opened; Trouble `data-damaged` when something is known to be missing."""
        house, session = self._house, admission.session
        key = house.keys.get(key_name(session))
        line = next((each for each in house.station.sessions() if each.id == session), None)
        if line is None or not line.group_id:
            line = SessionLine(session, admission.group.id, admission.login, house.clock.wall_ms())
        house.station.keep_session(replace(line, state="damaged"))  # no new session begins in its place
        if key is None:
            raise _key_gone()
        aside = mend(house.folders.session(session), SessionKey(key), house.second / session if house.second else None)
        house.station.keep_session(replace(line, state="open"))
        self._renewed = session
        found = self._resume(admission, package, mended=True)
        if found:
            found.record(Noted("journal_mended", {"aside": aside.name}))
        return found

    def _receipt(self, session: str) -> str:
        """The receipt number of a session, "" before it has one. Its journal may be gone after the receipt."""
        number = next((each.receipt for each in self._house.station.sessions() if each.id == session), "")
        path = self._house.folders.session(session).journal
        if not number and path.exists():
            with reading(path) as journal:
                receipt = journal.receipt()
            number = receipt.number if receipt else ""
        return number

    def _go_on(self, admission: Admission) -> Room:
        """Begin or resume. On trouble what is open stays with the desk, so that it can be tried again."""
        if self._elsewhere:
            try:
                self._take_over(admission, self._elsewhere)
            except Trouble as trouble:
                if trouble.code != "session-went-on":
                    raise
                self._sign_in(self._typed)  # look again, and ask again
                return self
        if self._found is None:
            self._found = self._begin(admission)
        elif self._found.state.phase != "finished":
            self._found.record(SessionOpened(self._house.device.id))
        self._note(admission, self._found.journal.about.created_ms)
        self._house.wake_courier()
        room = self._exam(self._found, admission, self._sending)
        self._found = None
        return room

    def _note(self, admission: Admission, created_ms: int) -> None:
        """Note the session for the courier; the program may have died between its first fact and this note."""
        if all(line.id != admission.session or not line.group_id for line in self._house.station.sessions()):
            self._house.station.keep_session(SessionLine(admission.session, admission.group.id, admission.login, created_ms))

    def _begin(self, admission: Admission) -> Sitting:
        house, package = self._house, self._package
        if package is None:
            raise LookupError("no package was opened")
        session = admission.session
        folder = house.folders.make_session(session)
        journal, key = self._new_journal(folder.journal, session)
        began = SessionBegan(
            package_id=package.manifest.id,
            package_hash=package.hash,
            group=admission.group.id,
            login=admission.login,
            device=house.device.id,
            seed=house.dice(),
        )
        try:
            return Sitting.begin(form_of(package), package, journal, key, house.clock, began)
        except BaseException:
            journal.close()
            raise

    def _new_journal(self, path: Path, session: str) -> tuple[Journal, SessionKey]:
        house = self._house
        kept = house.keys.get(key_name(session))
        if path.exists() and kept:
            return Journal.open(path, SessionKey(kept), house.reserve), SessionKey(kept)
        key = SessionKey.new()
        house.keys.put(key_name(session), key.raw)  # first: a journal whose key is lost could never be opened
        wrapped = vault.wrap(key, session, house.device.server_hpke_key)
        return Journal.create(path, session, key, wrapped, house.clock.wall_ms(), house.reserve), key


def _key_gone() -> Trouble:
    return Trouble(
        "key-gone",
        "The key of your saved test is not on this computer any more.",
        "Your answers are kept here, but this computer cannot open them.",
        "Call the proctor: nothing on this computer should be changed.",
    )


def _finished(receipt: str) -> Trouble:
    return Trouble(
        "test-finished", "You have finished this test.", f"The server has all of it. The receipt number is {receipt}."
    )


def _moved() -> Trouble:
    return Trouble(
        "test-moved",
        "Your test goes on at another computer.",
        "It was moved there with all your answers. This computer keeps its older copy.",
        "Go on at the other computer, or ask the proctor.",
    )


def form_of(package: Package) -> Form:
    """The package's test, ready for the engine."""
    return Form(package.blueprint, package.bank, package.manifest.id, package.hash)


def package_keys(store: KeyStore, package_id: str, version: str) -> PackageKeys | None:
    """The keys of a package as the server gave them; None before that."""
    raw = store.get(f"package/{package_id}/{version}")
    return None if raw is None else PackageKeys(raw[:32], raw[32:])
