"""The server's probes: one computer behind an address at a time, few of them, and what is counted is what arrived."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from stamp_desktop.server.probe import ALL_ADDRESSES, ONE_ADDRESS, PLACES, Board, Probes, Wait, give_back, place_of, take
from stamp_desktop.server.refusals import Refused
from stamp_desktop.server.turns import Turns
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.sync.probe import (
    DOWN,
    LONGEST_TURN_SECONDS,
    PING,
    SPEECH,
    STREAM_SECONDS,
    STREAMS,
    TURNS,
    UP,
    Pinged,
    Spoken,
    Turn,
)
from stamp_desktop.sync.words import Refusal, decode
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


@pytest.mark.parametrize("path", [f"{DOWN}?turn=x&seconds=1", f"{UP}?turn=x&seconds=1", f"{SPEECH}?turn=x"])
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


def test_a_piece_is_verified_as_a_recordings_is(server: ServerProcess, turn: str) -> None:
    piece = bytes(range(256)) * 1000
    digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    path = f"{server.url}{SPEECH}?turn={turn}"
    whole = requests.post(path, data=piece, headers={"Upload-Checksum": f"sha256 {digest}"}, timeout=10)
    assert decode(Spoken, whole.content).bytes == len(piece)
    assert requests.post(path, data=piece[1:], headers={"Upload-Checksum": f"sha256 {digest}"}, timeout=10).status_code == 460
    assert requests.post(path, data=bytes(2**20 + 1), timeout=10).status_code == 413


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
    assert full.seconds == LONGEST_TURN_SECONDS - 1
    assert isinstance(take(give_back(board, "0"), "192.0.2.99", "x", 1000), Board)


def test_a_turn_that_was_left_runs_out() -> None:
    board = taken(Board("boot"), "192.0.2.1", "left", 0)
    assert isinstance(take(board, "192.0.2.1", "next", LONGEST_TURN_SECONDS * 1000 - 1), Wait)
    assert isinstance(take(board, "192.0.2.1", "next", LONGEST_TURN_SECONDS * 1000), Board)


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


def test_all_processes_of_a_server_look_at_one_board(tmp_path: Path) -> None:
    one, other = (Probes(tmp_path / "probes.json", Turns(tmp_path), SystemClock()) for _ in range(2))
    turn = one.begin("192.0.2.1")
    other.check(turn.id, "192.0.2.1")
    with pytest.raises(Refused, match="another computer"):
        other.begin("192.0.2.1")
    with pytest.raises(Refused, match="over"):
        other.check(turn.id, "192.0.2.2")
    other.end(turn.id, "192.0.2.1")
    one.begin("192.0.2.1")


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
        assert Probes(file, Turns(tmp_path), SystemClock()).begin("p").id
