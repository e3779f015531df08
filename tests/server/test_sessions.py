"""Events at the server: once, in order, unaltered; what differs is kept as a fork."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from stamp_desktop.engine.session import Form
from stamp_desktop.server import admin
from stamp_desktop.server.admin import SessionRow
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.storage import chain
from stamp_desktop.storage.chain import Row
from stamp_desktop.sync import upload
from stamp_desktop.sync.protocol import MOST_EVENTS, Acked, Events, SessionBegin, SessionState, wire_event
from stamp_desktop.sync.transport import Line, Refused
from stamp_desktop.sync.words import b64, encode
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, Seated, in_house


def send(line: Line, seated: Seated, rows: Sequence[Row], epoch: str = "") -> Acked:
    events = Events(
        epoch or seated.book.about.epoch,
        rows[0].seq,
        rows[0].prev_hash.hex(),
        tuple(map(wire_event, rows)),
        rows[-1].hash.hex(),
    )
    return line.call("POST", f"/v1/sessions/{seated.session}/events", encode(Events, events)).read(Acked)


def begun(line: Line, seated: Seated) -> Line:
    computer = seated.computer
    upload.begin(line, computer.device(), computer.line_of(seated.session), seated.book)
    return line


def state(line: Line, seated: Seated) -> SessionState:
    return line.call("GET", f"/v1/sessions/{seated.session}").read(SessionState)


def at_server(server: ServerProcess, seated: Seated) -> SessionRow:
    rows: list[SessionRow] = in_house(server.data, admin.sessions)
    return next(row for row in rows if row.id == seated.session)


def other_rows(seated: Seated, after: int, count: int) -> list[Row]:
    """What a copy of this computer, made after event `after`, went on with."""
    head = seated.book.rows()[after - 1].hash if after else chain.GENESIS
    rows = []
    for seq in range(after + 1, after + count + 1):
        plain = Row(seq, f"{seq:032x}", "noted", None, 1, seq, "other", b"{}", head, b"")
        rows.append(chain.sealed_row(seated.key, seated.session, plain))
        head = rows[-1].hash
    return rows


def test_events_are_stored_once(seated: Seated) -> None:
    seated.start_of_test()
    rows = seated.book.rows()
    with begun(seated.computer.line(), seated) as line:
        first = send(line, seated, rows[:3])
        assert (first.acked_through, first.head, first.fork) == (3, rows[2].hash.hex(), False)
        assert send(line, seated, rows[:3]) == first
        assert send(line, seated, rows[1:]) == Acked(4, rows[3].hash.hex(), fork=False, moved=False)
        said = state(line, seated)
    assert (said.acked_through, said.head, said.state, said.forked) == (4, rows[3].hash.hex(), "open", False)


def test_a_gap_is_refused_with_what_is_expected(seated: Seated) -> None:
    seated.start_of_test()
    rows = seated.book.rows()
    with begun(seated.computer.line(), seated) as line:
        for missing, expected in ((rows[2:], 1), (rows[3:], 2)):
            with pytest.raises(Refused) as refused:
                send(line, seated, missing)
            assert (refused.value.status, refused.value.code, refused.value.number("expected")) == (
                409,
                "events-missing",
                expected,
            )
            send(line, seated, rows[:1])


@pytest.mark.parametrize("change", ["body", "kind", "wall_ms", "hash", "prev_hash"])
def test_an_altered_event_is_refused_and_nothing_is_stored(seated: Seated, change: str) -> None:
    seated.start_of_test()
    rows = seated.book.rows()
    altered = {
        "body": bytes([rows[1].body[0] ^ 1]) + rows[1].body[1:],
        "kind": "ticked",
        "wall_ms": 1,
        "hash": bytes(32),
        "prev_hash": bytes(32),
    }
    rows[1] = replace(rows[1], **{change: altered[change]})  # type: ignore[arg-type]
    with begun(seated.computer.line(), seated) as line:
        with pytest.raises(Refused) as refused:
            send(line, seated, rows)
        assert (refused.value.status, refused.value.code) == (422, "events-altered")
        assert state(line, seated).acked_through == 0


def test_a_repeated_row_in_a_message_is_refused(seated: Seated) -> None:
    rows = seated.book.rows()
    with begun(seated.computer.line(), seated) as line, pytest.raises(Refused) as refused:
        send(line, seated, [rows[0], rows[0]])
    assert refused.value.code == "events-altered"


def test_too_many_events_at_once_are_refused(seated: Seated) -> None:
    with begun(seated.computer.line(), seated) as line, pytest.raises(Refused) as refused:
        send(line, seated, other_rows(seated, 0, MOST_EVENTS + 1))
    assert refused.value.status == 413


def test_a_copied_computer_shows_as_a_fork_and_both_are_kept(server: ServerProcess, seated: Seated) -> None:
    seated.start_of_test()
    rows, copied = seated.book.rows(), other_rows(seated, 2, 3)
    with begun(seated.computer.line(), seated) as line:
        assert not send(line, seated, rows).fork
        assert send(line, seated, copied) == Acked(5, copied[-1].hash.hex(), fork=True, moved=False)
        assert send(line, seated, copied).fork, "again: no second fork"
        assert not send(line, seated, rows[2:]).fork, "the first line goes on as before"
        more = other_rows(seated, 4, 2)
        assert not send(line, seated, more).fork
        said = state(line, seated)
    assert (said.acked_through, said.head, said.forked) == (6, more[-1].hash.hex(), True)
    assert at_server(server, seated).alarms == ("fork",)


def test_a_fork_that_lost_its_way_is_told_to_begin_at_the_first_event(seated: Seated) -> None:
    seated.start_of_test()
    copied = other_rows(seated, 1, 3)
    with begun(seated.computer.line(), seated) as line:
        send(line, seated, seated.book.rows())
        with pytest.raises(Refused) as refused:
            send(line, seated, copied[2:])
        assert refused.value.number("expected") == 1
        assert send(line, seated, [seated.book.rows()[0], *copied]).fork


def test_the_same_login_on_two_computers_is_two_lines(
    server: ServerProcess, seated: Seated, new_computer: Callable[[str], LabComputer], facts: DemoFacts, form: Form
) -> None:
    other = new_computer("other").seat(seated.session, facts.closed, form, login=seated.now.session.login)
    with begun(seated.computer.line(), seated) as line, begun(other.computer.line(), other) as other_line:
        assert not send(line, seated, seated.book.rows()).fork
        assert send(other_line, other, other.book.rows()).fork
    assert at_server(server, seated).forked


def test_a_copy_that_was_made_known_first_and_sends_last_goes_on_with_the_line(
    server: ServerProcess, seated: Seated, new_computer: Callable[[str], LabComputer]
) -> None:
    seated.start_of_test()
    rows, more = seated.book.rows(), other_rows(seated, 4, 1)
    device, epoch = new_computer("other"), "e" * 32
    own, about = seated.computer.line_of(seated.session), seated.book.about
    facts = SessionBegin(own.group_id, own.login, device.device().id, epoch, b64(about.wrapped_key), about.created_ms)
    with device.line() as there, seated.computer.line() as line:
        there.call("PUT", f"/v1/sessions/{seated.session}", encode(SessionBegin, facts))
        begun(line, seated)
        assert not send(line, seated, rows).fork
        assert send(there, seated, [*rows, *more], epoch) == Acked(5, more[-1].hash.hex(), fork=False, moved=False)
    assert not at_server(server, seated).forked


def test_another_computers_session_is_not_there(seated: Seated, new_computer: Callable[[str], LabComputer]) -> None:
    with begun(seated.computer.line(), seated):
        pass
    with new_computer("other").line() as line:
        for call in (lambda: send(line, seated, seated.book.rows()), lambda: state(line, seated)):
            with pytest.raises(Refused) as refused:
                call()
            assert (refused.value.status, refused.value.code) == (404, "session-unknown")


def test_a_session_cannot_be_begun_in_anothers_name(seated: Seated, facts: DemoFacts) -> None:
    about = seated.book.about
    with seated.computer.line() as line:
        for device, group, login, code in (
            ("someone", facts.closed.id, "amara", "session-of-other-device"),
            (seated.computer.device().id, "nowhere", "amara", "group-unknown"),
        ):
            facts_said = SessionBegin(group, login, device, about.epoch, "AAAA", 1)
            with pytest.raises(Refused) as refused:
                line.call("PUT", f"/v1/sessions/{seated.session}", encode(SessionBegin, facts_said))
            assert refused.value.code == code


def test_a_session_keeps_its_test_taker(seated: Seated, facts: DemoFacts) -> None:
    with begun(seated.computer.line(), seated) as line:
        other = SessionBegin(facts.closed.id, "somebody", seated.computer.device().id, "e2", "AAAA", 1)
        with pytest.raises(Refused) as refused:
            line.call("PUT", f"/v1/sessions/{seated.session}", encode(SessionBegin, other))
    assert (refused.value.status, refused.value.code) == (409, "session-other")


def test_a_login_name_typed_in_another_way_on_another_computer_is_the_same_test_taker(
    seated: Seated, new_computer: Callable[[str], LabComputer], facts: DemoFacts, form: Form
) -> None:
    other = new_computer("other").seat(seated.session, facts.closed, form, login=seated.now.session.login.upper())
    with begun(seated.computer.line(), seated), begun(other.computer.line(), other) as line:
        send(line, other, other.book.rows())


def test_words_that_are_not_understood_are_refused(seated: Seated) -> None:
    with begun(seated.computer.line(), seated) as line, pytest.raises(Refused) as refused:
        line.call("POST", f"/v1/sessions/{seated.session}/events", b'{"epoch": 1}')
    assert (refused.value.status, refused.value.code) == (400, "words-unknown")
