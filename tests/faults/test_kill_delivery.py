"""Program with courier, room's hub, and server, killed in turn: in the end one session, every event once, a receipt, the
same outcome.

The short form kills 10 times, and 5 times where a hub stands between; with STAMP_SOAK=1 2,000 times each.
"""

import hashlib
import json
import random
import secrets
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from stamp_desktop.server import admin
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.server.house import House
from stamp_desktop.server.mirror import become_hub
from stamp_desktop.server.sessions import Place, line
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.station import Station
from stamp_desktop.sync.protocol import Receipt
from stamp_desktop.sync.words import decode
from tests.content.small import SmallPackage
from tests.faults import forked
from tests.faults.conftest import SOAK, many
from tests.faults.forked import ForkedServer
from tests.faults.taker import frame
from tests.faults.watched import Figures, Seat, trust
from tests.sync.lab import LabComputer, in_house, seeded
from tests.sync.test_hub import learn, new_code

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(36_000 if SOAK else 600),
    pytest.mark.skipif(sys.platform == "win32", reason="the programs are killed by a signal"),
]
MOST_LINES = 30


@pytest.mark.parametrize(
    ("room", "most"), [(False, many(10, 2_000)), (True, many(5, 2_000))], ids=["straight", "through a hub"]
)
def test_what_is_delivered_is_all_of_it_once_whoever_is_killed(
    tmp_path: Path, small: SmallPackage, report: list[str], room: bool, most: int
) -> None:
    seed = secrets.randbits(32) if SOAK else 3
    dice, figures, killed = random.Random(seed), Figures(), {"server": 0, "hub": 0}
    facts = seeded(tmp_path / "server", small)
    server = forked.start(tmp_path / "server")
    others = {"server": server}
    try:
        if room:
            others["hub"] = hub_of(server, tmp_path / "hub", facts)
        computer = LabComputer(tmp_path / "station", small)
        nearest = others["hub"] if room else server
        computer.enrol(nearest.url, new_code(nearest.data, facts))
        computer.refresh()
        trust(computer.root, small)

        def kill_other() -> None:
            name = dice.choice(sorted(others))
            others[name].kill()
            others[name].start_again()
            killed[name] += 1

        def kills() -> int:
            return figures.kills + sum(killed.values())

        seats: list[Seat] = []
        while kills() < most:
            seats.append(Seat(computer.root, facts.open, f"taker-{len(seats)}", courier=True))
            while kills() < most and not seats[-1].told.ended:
                both = dice.random() < 0.4
                figures.kills += seats[-1].run(dice.randint(1, MOST_LINES), dice, kill_other if both else lambda: None)
        while not seats[-1].told.ended:
            assert not seats[-1].run(-1, dice)
        for seat in seats:
            figures.sittings += 1
            figures.facts += len(seat.told.facts)
            figures.frames += sum(seat.told.frames.values())
            figures.lost += in_house(server.data, partial(lost, seat=seat))
        listed = in_house(server.data, admin.sessions)
    finally:
        for each in others.values():
            each.kill()
    kills_said = f"{figures.kills} kills of the program, {killed['hub']} of the hub and {killed['server']} of the server"
    report.append(
        f"kill the delivery (seed {seed}): {kills_said} over {figures.sittings} sittings: {figures.facts} acknowledged facts "
        f"and {figures.frames} seconds of speech, {figures.lost} lost, each at the server once, outcomes the same"
    )
    assert figures.lost == 0
    assert sorted(row.login for row in listed) == sorted(seat.login for seat in seats)
    assert {(row.state, row.forked, row.alarms) for row in listed} == {("sealed", False, ())}


def hub_of(server: ForkedServer, folder: Path, facts: DemoFacts) -> ForkedServer:
    """A room's hub of this server, which has learned what its stations need."""
    code = new_code(server.data, facts, hub=True)
    in_house(folder, lambda house: become_hub(house, folder, server.url, code, "Lab 2"))
    in_house(folder, learn)
    return forked.start(folder)


def lost(house: House, seat: Seat) -> int:
    """What the server lacks of what was said to be kept, after everything that it has was compared with the station's."""
    with reading(seat.folders.session(seat.session).journal) as journal:
        rows, recordings, receipt, head = journal.rows(), journal.recordings(), journal.receipt(), journal.head()
        assert (journal.unsent_count(), journal.unsent_recordings()) == (0, [])
    with house.store.reading() as connection:
        delivered = line(connection, seat.session, Place(0, head.seq))
    assert delivered == rows
    found = admin.replayed(house, seat.session)
    assert found.alarms == ()
    assert found.outcome == found.claimed
    assert json.loads(found.outcome)["finished"]
    assert receipt is not None
    said = decode(Receipt, receipt.signed)
    assert (said.number, said.events, said.head) == (receipt.number, head.seq, head.hash.hex())
    assert said.outcome_sha256 == hashlib.sha256(found.outcome).hexdigest()
    assert set(said.recordings) == {each.id for each in recordings if each.sha256}
    with closing(Station(seat.folders.station)) as station:
        assert [each.receipt for each in station.sessions() if each.id == seat.session] == [receipt.number]
    hashes = {row.seq: row.hash.hex() for row in delivered}
    missing = sum(hashes.get(seq) != hash_ for seq, hash_ in seat.told.facts.items())
    for recording, count in seat.told.frames.items():
        pcm, rate = admin.pcm(house, recording)
        size = 2 * rate
        missing += sum(pcm[n * size : (n + 1) * size] != frame(recording, n) for n in range(count))
    return missing
