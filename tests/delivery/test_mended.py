"""A disk did something to a session: the test goes on where nothing is missing, and is never begun anew."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.cli import main
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.desk import Desk
from stamp_desktop.delivery.views import ItemView, SignInView
from stamp_desktop.storage import retention
from stamp_desktop.storage.again import mended_word, open_station
from stamp_desktop.storage.reader import Receipt, reading
from stamp_desktop.storage.second import SecondCopy
from tests.delivery.rooms import CODE, LOGIN, Lab, Somebody
from tests.faults.watched import trust

pytestmark = pytest.mark.faults
DAY_MS = 86_400_000


def harm(path: Path) -> None:
    """The last event that holds an answer, changed by one bit."""
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"answered") + 60] ^= 4
    path.write_bytes(whole)


def at_a_question(somebody: Somebody) -> str:
    somebody.get_ready()
    somebody.begin("reading")
    somebody.practise()
    somebody.answer()
    shown = somebody.see(ItemView).item
    somebody.leave()
    return shown


def test_a_damaged_test_goes_on_from_its_second_copy_at_the_same_question(lab: Lab, ana: Somebody, tmp_path: Path) -> None:
    shown = at_a_question(ana)
    folder = lab.folder(ana.session)
    SecondCopy(folder, tmp_path / "stick" / ana.session).catch_up()
    harm(folder.journal)
    lab.house = replace(lab.house, second=tmp_path / "stick")
    again = Somebody(lab)
    again.sign_in()
    assert again.see(ItemView).item == shown
    again.leave()
    assert lab.notes(ana.session) == ["journal_mended"]
    assert [line.state for line in lab.house.station.sessions()] == ["open"]
    assert (folder.path / "damaged-1" / "journal.db").exists()


def test_a_damaged_test_without_a_second_copy_is_kept_and_never_begun_anew(lab: Lab, ana: Somebody) -> None:
    at_a_question(ana)
    folder = lab.folder(ana.session)
    harm(folder.journal)
    damaged = folder.journal.read_bytes()
    for _ in range(2):
        again = Somebody(lab)
        again.say(intents.SignIn(CODE, LOGIN))
        notice = again.see(SignInView).trouble
        assert notice is not None
        assert "damaged" in notice.title + notice.text
        again.leave()
        assert [line.state for line in lab.house.station.sessions()] == ["damaged"]
        assert not folder.journal.exists()
        assert (folder.path / "damaged-1" / "journal.db").read_bytes() == damaged


def test_a_session_is_verified_and_replayed_from_the_command_line(
    lab: Lab, ana: Somebody, capsys: pytest.CaptureFixture[str]
) -> None:
    at_a_question(ana)
    trust(lab.root, lab.small)
    folder, data = lab.folder(ana.session), ["--data", str(lab.root)]
    for what in (ana.session, str(folder.path), str(folder.journal)):
        assert main(["session", "verify", what, *data]) == 0
        assert "as they were written" in capsys.readouterr().out
    assert main(["session", "replay", ana.session, *data]) == 0
    replayed = capsys.readouterr().out
    assert "answered" in replayed
    assert "stands at: item" in replayed
    assert main(["session", "replay", ana.session, "--through", "2", *data]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main(["session", "verify", ana.session, "--head", f"99:{'0' * 64}", *data]) == 1
    assert "but the server has seen event 99: set back, or its tail is cut" in capsys.readouterr().out
    harm(folder.journal)
    assert main(["session", "verify", ana.session, *data]) == 1
    assert ": was changed" in capsys.readouterr().out
    assert main(["session", "verify", "nobody", *data]) == 1
    assert "session-unknown" in capsys.readouterr().err


def test_what_was_received_is_removed_when_its_time_has_passed_and_nothing_else_is(
    lab: Lab, ana: Somebody, tmp_path: Path
) -> None:
    at_a_question(ana)
    session, station, second = ana.session, lab.house.station, tmp_path / "stick"
    SecondCopy(lab.folder(session), second / session).catch_up()
    server = Ed25519PrivateKey.generate()
    pinned = server.public_key().public_bytes_raw()
    received_ms = lab.clock.wall

    def swept(days: int) -> list[str]:
        return retention.sweep(lab.house.folders, station, [pinned], received_ms + days * DAY_MS, second=second)

    assert swept(1000) == []
    with reading(lab.folder(session).journal) as journal:
        signed = b'{"session":"%s"}' % session.encode()
        retention.received(journal, Receipt("K7", signed, server.sign(signed), received_ms), [pinned], lab.house.keys)
        station.keep_session(replace(station.sessions()[0], state="received", receipt="K7"))
        assert swept(1000) == []  # the server has not acknowledged every event
        journal.mark_acked(journal.head().seq)
    assert swept(29) == []
    assert lab.folder(session).journal.exists()
    assert swept(31) == [session]
    assert swept(31) == []
    assert not lab.folder(session).path.exists()
    assert not (second / session).exists()
    assert [line.state for line in station.sessions()] == ["purged"]
    again = Somebody(lab)
    again.say(intents.SignIn(CODE, LOGIN))
    notice = again.see(SignInView).trouble
    assert notice is not None
    assert "finished" in notice.title
    again.leave()


def test_a_damaged_list_of_tests_is_made_again_when_the_program_starts_and_the_test_goes_on(lab: Lab, ana: Somebody) -> None:
    shown, folders = at_a_question(ana), lab.house.folders
    lab.house.station.enrol(lab.house.device)
    lab.house.station.keep_copy(folders.station_copy)
    lab.house.station.close()
    folders.station.write_bytes(b"not a database" + folders.station.read_bytes()[14:])
    station, aside = open_station(folders, lab.house.keys)
    assert aside is not None
    lab.house = replace(lab.house, station=station)
    desk = Desk(lab.house, lambda *_: desk)
    desk.tell(mended_word(aside))
    view = desk.showing().screen
    assert isinstance(view, SignInView)
    assert view.trouble is not None
    assert "list of tests" in view.trouble.title + view.trouble.text
    again = Somebody(lab)
    again.sign_in()
    assert again.see(ItemView).item == shown
    again.leave()
