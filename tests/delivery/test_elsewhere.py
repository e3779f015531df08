"""Signing in where the test was not begun: the same question, under the same name; and what the first computer shows then."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.guarded import Guarded
from stamp_desktop.delivery.views import ConfirmView, ItemView, SignInView
from stamp_desktop.delivery.wording import Sending, saved
from stamp_desktop.engine.codec import decode
from stamp_desktop.engine.events import Moment, SessionOpened
from stamp_desktop.kiosk.words import FromExam, Opened, Renewed
from stamp_desktop.storage import chain
from stamp_desktop.storage.adopt import adopt, new_epoch
from stamp_desktop.storage.reader import About, reading
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import SessionLine
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.moving import Found
from stamp_desktop.sync.protocol import Elsewhere
from stamp_desktop.sync.transport import Offline
from stamp_desktop.sync.words import b64
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage
from tests.delivery.rooms import CODE, LOGIN, NOW, Errands, Lab, Somebody


@dataclass(slots=True)
class FromAnother(Errands):
    """A server that has what another computer has written. `trouble`: it answers with that."""

    first: Lab | None = None
    mine: Lab | None = None
    trouble: Trouble | None = None

    def elsewhere(self, session: str) -> Found | None:
        if self.trouble:
            raise self.trouble
        if self.first is None or not self.first.folder(session).journal.exists():
            return None
        raw = self.first.house.keys.get(key_name(session))
        assert raw is not None
        key = SessionKey(raw)
        with reading(self.first.folder(session).journal) as journal:
            rows, about = tuple(journal.rows()), journal.about
        facts = tuple(
            (decode(row.kind, json.loads(chain.open_body(key, session, row))), Moment(row.wall_ms, row.mono_ms, row.boot))
            for row in rows
        )
        wrapped = b64(about.wrapped_key)
        said = Elsewhere("g1", LOGIN, about.created_ms, wrapped, "", len(rows), rows[-1].hash.hex(), ())
        return Found(session, said, key, rows, facts)

    def take_over(self, found: Found) -> None:
        assert self.mine is not None
        house, folder = self.mine.house, self.mine.folder(found.session)
        house.keys.put(key_name(found.session), found.key.raw)
        about = About(found.session, new_epoch(), b"", found.said.created_ms)
        adopt(folder.journal, about, found.key, found.rows, (), acked_through=len(found.rows))
        house.station.keep_session(SessionLine(found.session, "g1", LOGIN, found.said.created_ms))


@pytest.fixture
def second(tmp_path: Path, small: SmallPackage, lab: Lab) -> Iterator[Lab]:
    """Another computer of the same school."""
    errands = FromAnother(first=lab)
    made = Lab(tmp_path / "second", small, errands=errands)
    errands.mine = made
    yield made
    made.close()


@pytest.fixture
def there(second: Lab) -> Iterator[Somebody]:
    """Somebody who sits down at it."""
    somebody = Somebody(second)
    yield somebody
    somebody.leave()


def test_the_same_question_is_there_and_the_hand_over_is_a_fact(lab: Lab, ana: Somebody, second: Lab, there: Somebody) -> None:
    ana.get_ready()
    ana.begin("reading")
    before = ana.see(ItemView)
    there.say(intents.SignIn(CODE, LOGIN))
    asked = there.see(ConfirmView)
    assert asked.resume == "Reading, practice"
    assert asked.started
    there.say(intents.Confirm(True))
    assert there.see(ItemView) == before
    session = there.session
    there.leave()
    assert second.facts(session)[-1] == SessionOpened("seat-12")
    assert session == lab.session(LOGIN)


def test_a_guardian_is_told_that_the_copy_is_another_before_how_far_it_has_come(ana: Somebody, there: Somebody) -> None:
    ana.get_ready()
    said: list[FromExam] = []
    there.room = Guarded(there.room, said.append, lambda: NOW, timedelta())
    there.say(intents.SignIn(CODE, LOGIN), intents.Confirm(True))
    assert said[0] == Renewed(there.session)
    assert [type(word) for word in said[1:]] == [Opened]


def test_a_no_to_is_this_you_takes_nothing_over(ana: Somebody, second: Lab, there: Somebody) -> None:
    ana.get_ready()
    there.say(intents.SignIn(CODE, LOGIN), intents.Confirm(False))
    assert second.house.station.sessions() == []


def test_the_computer_that_was_left_says_why_it_cannot_go_on(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    session = ana.session
    line = next(each for each in lab.house.station.sessions() if each.id == session)
    ana.say(Sending(True, moved=frozenset({session})))
    assert ana.frame is not None, "what was said before the hand-over back is no reason to go"
    lab.house.station.keep_session(replace(line, state="moved"))
    ana.say(Sending(True, moved=frozenset({session})))
    notice = ana.see(SignInView).trouble
    assert notice is not None
    assert notice.title == "Your test goes on at another computer."
    ana.say(intents.SignIn(CODE, LOGIN))
    assert ana.see(SignInView).trouble == notice, "without the server it cannot be taken back"


def test_without_a_line_nobody_waits_for_the_server(second: Lab, there: Somebody) -> None:
    errands = second.errands
    assert isinstance(errands, FromAnother)
    errands.trouble = Offline("gone")
    there.sign_in()
    assert there.session == second.house.station.sessions()[0].id


def test_a_test_that_the_room_cannot_open_is_not_begun_a_second_time(second: Lab, there: Somebody) -> None:
    errands = second.errands
    assert isinstance(errands, FromAnother)
    errands.trouble = Trouble("key-not-here", "Your test was begun at another computer.", "All is kept.", "Go on there.")
    there.say(intents.SignIn(CODE, LOGIN))
    notice = there.see(SignInView).trouble
    assert notice is not None
    assert notice.title == "Your test was begun at another computer."
    assert second.house.station.sessions() == []


def test_the_screen_says_copied_only_of_what_the_room_has() -> None:
    said = {saved(Sending(True, events, 0, receipt, room=room)).text for events in (0, 1) for receipt, room in (("", True),)}
    assert said == {"Copied to the room", "Saved on this computer"}
    assert saved(Sending(False, 0, 0, room=True)).text.startswith("Saved on this computer")
    assert saved(Sending(True, 0, 1, room=True)).text == "Saved on this computer"
    assert saved(Sending(True, 0, 0, "AB-1", room=True)).text == "Received (AB-1)"
