"""The server's probes: one computer behind an address at a time, few of them, and what is counted is what arrived."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from stamp_desktop.server.probe import Probes, place_of
from stamp_desktop.server.probe_board import (
    ALL_ADDRESSES,
    BETWEEN_MS,
    ONE_ADDRESS,
    PLACES,
    QUIET_OF_ONE,
    UNHEARD_MS,
    Board,
    Wait,
    give_back,
    heard,
    leave,
    take,
)
from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.turns import Turns
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.probe import (
    DOWN,
    LONGEST_TURN_SECONDS,
    PING,
    SHARED_SECONDS,
    STREAM_SECONDS,
    STREAMS,
    TURNS,
    UP,
    USUAL_TURN_SECONDS,
    Gauged,
    Leave,
    Pinged,
    Shared,
    Turn,
    TurnWish,
)
from stamp_desktop.sync.words import Refusal, decode, encode
from tests import server_process
from tests.server_process import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = server_process.start(tmp_path_factory.mktemp("probed"))
    yield process
    process.stop()


@pytest.fixture
def turn(server: ServerProcess) -> Iterator[str]:
    taken = decode(Turn, requests.post(server.url + TURNS, timeout=10).content).id
    yield taken
    assert requests.delete(f"{server.url}{TURNS}/{taken}", timeout=10).status_code == 204


def test_anybody_may_ask_for_the_time(server: ServerProcess) -> None:
    first, second = (decode(Pinged, requests.get(server.url + PING, timeout=10).content) for _ in range(2))
    assert first.server == second.server
    assert first.server_ms <= second.server_ms


def test_the_second_is_told_when_to_come_back(server: ServerProcess, turn: str) -> None:
    answer = requests.post(server.url + TURNS, timeout=10)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= LONGEST_TURN_SECONDS
    assert Refusal.decode(answer.content).code == "probe-later"
    assert requests.delete(f"{server.url}{TURNS}/another", timeout=10).status_code == 204  # nobody else's turn is ended by that
    assert requests.post(server.url + TURNS, timeout=10).status_code == 429
    assert turn


@pytest.mark.parametrize("path", [f"{DOWN}?turn=x&seconds=1", f"{UP}?turn=x&seconds=1"])
def test_nothing_flows_without_a_turn(server: ServerProcess, path: str) -> None:
    method = "GET" if path.startswith(DOWN) else "POST"
    answer = requests.request(method, server.url + path, data=b"x", timeout=10)
    assert (answer.status_code, Refusal.decode(answer.content).code) == (404, "turn-unknown")


def test_a_stream_is_chance_and_ends(server: ServerProcess, turn: str) -> None:
    with requests.get(f"{server.url}{DOWN}?turn={turn}&seconds=1", timeout=30, stream=True) as answer:
        blocks = {hashlib.sha256(block).digest() for block in answer.iter_content(2**16)}
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
    assert len(blocks) > 1
    long = requests.get(f"{server.url}{DOWN}?turn={turn}&seconds={STREAM_SECONDS + 1}", timeout=10)
    assert long.status_code == 400


def test_the_receiver_counts_what_arrived(server: ServerProcess, turn: str) -> None:
    sent = bytes(700_000)
    answer = requests.post(f"{server.url}{UP}?turn={turn}&seconds=5", data=sent, timeout=30)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-1]["bytes"] == len(sent)
    assert [line["bytes"] for line in lines] == sorted(line["bytes"] for line in lines)


def taken(board: Board, place: str, name: str, now_ms: int) -> Board:
    made = take(board, place, name, now_ms)
    assert isinstance(made, Board)
    return made


def test_one_address_has_one_turn_and_the_server_a_few() -> None:
    board = Board("boot")
    for number in range(PLACES):
        board = taken(board, f"192.0.2.{number}", str(number), 0)
    assert isinstance(take(give_back(board, "1"), "192.0.2.0", "x", 0), Wait)
    full = take(board, "192.0.2.99", "x", 1000)
    assert isinstance(full, Wait)
    assert full.seconds == USUAL_TURN_SECONDS - 1
    assert isinstance(take(give_back(board, "0"), "192.0.2.99", "x", 1000), Board)


def test_a_turn_in_which_no_stream_begins_is_soon_over() -> None:
    board = taken(Board("boot"), "192.0.2.1", "left", 0)
    assert isinstance(take(board, "192.0.2.1", "next", UNHEARD_MS - 1), Wait)
    assert isinstance(take(board, "192.0.2.1", "next", UNHEARD_MS), Board)


def test_a_turn_lasts_as_long_as_its_streams_and_no_longer_than_a_minute() -> None:
    board = heard(taken(Board("boot"), "192.0.2.1", "one", 0), "one", 18, 5_000)
    assert isinstance(take(board, "192.0.2.1", "next", 5_000 + 18_000 + BETWEEN_MS - 1), Wait)
    assert isinstance(take(board, "192.0.2.1", "next", 5_000 + 18_000 + BETWEEN_MS), Board)
    board = heard(board, "one", STREAM_SECONDS, 50_000)
    assert isinstance(take(board, "192.0.2.1", "next", LONGEST_TURN_SECONDS * 1000), Board)


MEASURED = Gauged(48.2, 11.9, 140.0, 95.0)


def wish(computer: str, what: Leave, site: str = "Lincoln") -> TurnWish:
    return TurnWish(computer, site, what)


def measured_at(now_ms: int) -> Board:
    """SEAT-04 has just measured."""
    board = take(Board("boot"), "192.0.2.1", "one", 0, wish("SEAT-04", "any"))
    assert isinstance(board, Board)
    return give_back(leave(board, "one", MEASURED, now_ms), "one")


def test_what_one_computer_has_measured_is_told_to_the_others_by_its_name() -> None:
    board = measured_at(27_000)
    for what in ("any", "shared"):
        assert take(board, "192.0.2.1", "x", 207_000, wish("SEAT-05", what)) == Shared("SEAT-04", 180, MEASURED)
    assert isinstance(take(board, "192.0.2.1", "x", 207_000, wish("SEAT-05", "own")), Board)
    assert isinstance(take(board, "192.0.2.1", "x", 27_000 + SHARED_SECONDS * 1000, wish("SEAT-05", "any")), Board)


def test_another_site_behind_the_same_proxy_measures_itself() -> None:
    board = measured_at(27_000)
    assert isinstance(take(board, "192.0.2.1", "x", 28_000, wish("SEAT-05", "any", "Washington")), Board)
    assert isinstance(take(board, "192.0.2.1", "x", 28_000, wish("SEAT-05", "shared", "Washington")), Wait)
    assert isinstance(take(board, "192.0.2.2", "x", 28_000, wish("SEAT-05", "any")), Board)


def test_small_questions_and_a_full_line_are_never_at_the_same_time() -> None:
    board = Board("boot")
    for number in range(QUIET_OF_ONE):
        made = take(board, "192.0.2.1", f"quiet {number}", 0, wish("", "quiet"))
        assert isinstance(made, Board)
        board = made
    assert isinstance(take(board, "192.0.2.1", "x", 0, wish("", "quiet")), Wait)
    assert isinstance(take(board, "192.0.2.1", "x", 0, wish("", "any")), Wait)
    assert isinstance(take(board, "192.0.2.2", "x", 0, wish("", "any")), Board)
    filling = taken(Board("boot"), "192.0.2.1", "one", 0)
    assert isinstance(take(filling, "192.0.2.1", "x", 0, wish("", "quiet")), Wait)


def test_three_hundred_computers_behind_one_address_get_their_turns_one_after_the_other() -> None:
    board, now = Board("boot"), 0
    for number in range(300):
        board = give_back(taken(board, "192.0.2.1", str(number), now), str(number))
        now += 25_000


def test_whoever_takes_turns_and_drops_them_is_told_to_wait() -> None:
    board = Board("boot")
    for number in range(int(ONE_ADDRESS.most)):
        board = give_back(taken(board, "192.0.2.1", str(number), 0), str(number))
    refused = take(board, "192.0.2.1", "x", 0)
    assert refused == Wait(ONE_ADDRESS.seconds, "there were many measurements lately")
    assert isinstance(take(board, "192.0.2.2", "x", 0), Board)
    assert isinstance(take(board, "192.0.2.1", "x", int(ONE_ADDRESS.seconds * 1000)), Board)


def test_all_addresses_together_are_bounded() -> None:
    board = Board("boot")
    for number in range(int(ALL_ADDRESSES.most)):
        board = give_back(taken(board, f"198.51.{number // 200}.{number % 200}", str(number), 0), str(number))
    assert isinstance(take(board, "192.0.2.1", "x", 0), Wait)


@pytest.mark.parametrize(
    ("address", "room", "place"),
    [
        ("192.0.2.7", False, "192.0.2.7"),
        ("2001:db8:1:2:3::4", False, "2001:db8:1:2::/64"),
        ("192.0.2.7", True, "room"),
        ("testclient", False, "unknown"),
    ],
)
def test_who_shares_a_line(address: str, room: bool, place: str) -> None:
    assert place_of(address, room=room) == place


def turn_of(probes: Probes, place: str) -> str:
    found = probes.begin(place)
    assert isinstance(found, Turn)
    return found.id


def test_all_processes_of_a_server_look_at_one_board(tmp_path: Path) -> None:
    one, other = (Probes(tmp_path / "probes.json", Turns(tmp_path), SystemClock()) for _ in range(2))
    turn = turn_of(one, "192.0.2.1")
    other.check(turn, "192.0.2.1", 10)
    with pytest.raises(Refused, match="another computer"):
        other.begin("192.0.2.1")
    with pytest.raises(Refused, match="over"):
        other.check(turn, "192.0.2.2", 10)
    other.leave(turn, "192.0.2.1", MEASURED)
    other.end(turn, "192.0.2.1")
    assert one.begin("192.0.2.1", TurnWish(leave="any")) == Shared("", 0, MEASURED)
    assert turn_of(one, "192.0.2.1")


@pytest.mark.parametrize(
    "gauged", ['{"down":-1,"up":2}', '{"down":1e400,"up":2}', '{"down":NaN,"up":2}', '{"down":0,"up":2}', "[]"]
)
def test_what_cannot_be_a_line_is_not_told_to_anybody(server: ServerProcess, turn: str, gauged: str) -> None:
    assert requests.put(f"{server.url}{TURNS}/{turn}", data=gauged, timeout=10).status_code in {400, 422}
    asked = encode(TurnWish, TurnWish("SEAT-05", leave="shared"))
    assert requests.post(server.url + TURNS, data=asked, timeout=10).status_code == 429


def test_only_who_has_the_turn_says_what_was_measured(server: ServerProcess) -> None:
    said = encode(Gauged, MEASURED)
    assert requests.put(f"{server.url}{TURNS}/somebody", data=said, timeout=10).status_code == 404
    asked = encode(TurnWish, TurnWish("SEAT-05", leave="quiet"))
    quiet = decode(Turn, requests.post(server.url + TURNS, data=asked, timeout=10).content)
    assert requests.put(f"{server.url}{TURNS}/{quiet.id}", data=said, timeout=10).status_code == 404
    assert requests.get(f"{server.url}{DOWN}?turn={quiet.id}&seconds=1", timeout=10).status_code == 404
    assert requests.delete(f"{server.url}{TURNS}/{quiet.id}", timeout=10).status_code == 204
    for unfit in (b'{"computer":"\\u0000"}', b'{"computer":"a","site":"","leave":"all"}', b"x" * 5000):
        assert requests.post(server.url + TURNS, data=unfit, timeout=10).status_code == 400


def test_a_turn_has_so_many_streams(tmp_path: Path) -> None:
    probes = Probes(tmp_path / "probes.json", Turns(tmp_path), SystemClock())
    with ExitStack() as held:
        for _ in range(STREAMS):
            held.enter_context(probes.stream("one"))
        with pytest.raises(Refused):
            held.enter_context(probes.stream("one"))
        held.enter_context(probes.stream("another"))
    with probes.stream("one"):
        pass


def test_a_board_of_an_earlier_start_of_the_computer_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "probes.json"
    for text in ("", "[]", '{"boot": "earlier", "turns": {"a": {"place": "p", "until_ms": 9e15}}, "left": {}}'):
        file.write_text(text)
        assert turn_of(Probes(file, Turns(tmp_path), SystemClock()), "p")
