"""Program with courier, and server, killed in turn: in the end one session, every event once, a receipt, the same outcome.

The short form kills 10 times; with STAMP_SOAK=1 2,000 times.
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
from stamp_desktop.server.house import House
from stamp_desktop.server.sessions import Place, line
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.station import Station
from stamp_desktop.sync.protocol import Receipt, decode
from tests import server_process
from tests.content.small import SmallPackage
from tests.faults.conftest import SOAK, many
from tests.faults.taker import frame
from tests.faults.watched import Figures, Seat, trust
from tests.sync.lab import LabComputer, in_house, seeded

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(36_000 if SOAK else 180),
    pytest.mark.skipif(sys.platform == "win32", reason="the programs are killed by a signal"),
]
KILLS = many(10, 2_000)
MOST_LINES = 30


def test_what_is_delivered_is_all_of_it_once_whoever_is_killed(tmp_path: Path, small: SmallPackage, report: list[str]) -> None:
    seed = secrets.randbits(32) if SOAK else 3
    dice, figures, servers = random.Random(seed), Figures(), 0
    facts = seeded(tmp_path / "server", small)
    server = server_process.start(tmp_path / "server")
    try:
        computer = LabComputer(tmp_path / "station", small)
        computer.enrol(server.url, facts.enrolment_code)
        computer.refresh()
        trust(computer.root, small)

        def kill_server() -> None:
            server.kill()
            server.start_again()

        seats: list[Seat] = []
        while figures.kills + servers < KILLS:
            seats.append(Seat(computer.root, facts.open, f"taker-{len(seats)}", courier=True))
            while figures.kills + servers < KILLS and not seats[-1].told.ended:
                both = dice.random() < 0.4
                figures.kills += seats[-1].run(dice.randint(1, MOST_LINES), dice, kill_server if both else lambda: None)
                servers += both
        while not seats[-1].told.ended:
            assert not seats[-1].run(-1, dice)
        for seat in seats:
            figures.sittings += 1
            figures.facts += len(seat.told.facts)
            figures.frames += sum(seat.told.frames.values())
            figures.lost += in_house(server.data, partial(lost, seat=seat))
        listed = in_house(server.data, admin.sessions)
    finally:
        server.kill()
    report.append(
        f"kill the delivery (seed {seed}): {figures.kills} kills of the program and {servers} of the server over "
        f"{figures.sittings} sittings: {figures.facts} acknowledged facts and {figures.frames} seconds of speech, "
        f"{figures.lost} lost, each at the server once, outcomes the same"
    )
    assert figures.lost == 0
    assert sorted(row.login for row in listed) == sorted(seat.login for seat in seats)
    assert {(row.state, row.forked, row.alarms) for row in listed} == {("sealed", False, ())}


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
