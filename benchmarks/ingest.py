"""Events in batches of 100 into PostgreSQL: what the server does with a message, against a bare COPY of the same rows.

One durable cluster (fsync on), one connection each, a transaction a batch, in turn. The call over HTTP is measured beside it:
it holds the client's signature, too.
"""

import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from benchmarks.figures import Figure, percentile
from stamp_desktop.server import admin, devices, sessions
from stamp_desktop.server.demo import seed_demo
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.settings import Settings, keep_settings
from stamp_desktop.storage import chain, vault
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import Enrol, Events, SessionBegin, wire_event
from stamp_desktop.sync.transport import Line
from stamp_desktop.sync.words import b64, decode, encode
from tests import server_process
from tests.content.small import build_small
from tests.server.backends import Cluster, running_cluster

BATCH = 100
BATCHES = 200
BODY = 180
"""Bytes of a sealed body: the mean of the demonstration's events."""
COLUMNS = "session, branch, seq, id, kind, item, wall, mono, boot, body, prev_hash, hash, received_ms"


@dataclass(frozen=True, slots=True)
class Seat:
    """A session that events are sent to."""

    device: devices.Device
    signing: Ed25519PrivateKey
    session: str
    group: str


def measure() -> Sequence[Figure]:
    with tempfile.TemporaryDirectory(prefix="stamp-ingest-") as name, running_cluster(durable=True) as cluster:
        folder = Path(name)
        settings = Settings(folder / "data", cluster.new_database())
        keep_settings(settings)
        house = open_house(settings)
        small = build_small(folder)
        group = seed_demo(house, small.path, small.keys, small.trusted[0]).open.id
        figures = _in_turn(house, cluster, settings, group)
        figures += _over_http(house, settings, group, figures[0].reference)
        house.close()
    return figures


def _in_turn(house: House, cluster: Cluster, settings: Settings, group: str) -> list[Figure]:
    taker, raw = seat(house, group), seat(house, group)
    ours, theirs = list[float](), list[float]()
    with psycopg.connect(settings.database) as connection:
        for batch, rows in zip(messages(taker), _rows(raw), strict=True):
            began = time.perf_counter()
            sessions.receive(house, taker.device, taker.session, decode(Events, batch))
            between = time.perf_counter()
            _copy(connection, raw.session, rows)
            ours.append((between - began) * 1000)
            theirs.append((time.perf_counter() - between) * 1000)
    assert cluster.socket.exists()
    return [
        Figure(
            f"{BATCH} events taken in, p{percent}",
            percentile(ours, percent),
            percentile(theirs, percent),
            f"COPY of {BATCH} rows + commit, p{percent}",
            2.0 if percent == 50 else None,
        )
        for percent in (50, 99)
    ]


def _over_http(house: House, settings: Settings, group: str, reference: float) -> list[Figure]:
    taker, took = seat(house, group), list[float]()
    server = server_process.start(settings.data)
    try:
        with Line(server.url, SystemClock(), taker.device.id, taker.signing) as line:
            for batch in messages(taker):
                began = time.perf_counter()
                line.call("POST", f"/v1/sessions/{taker.session}/events", batch)
                took.append((time.perf_counter() - began) * 1000)
    finally:
        server.stop()
    return [Figure("the same over HTTP, signed, p50", percentile(took, 50), reference, f"COPY of {BATCH} rows + commit, p50")]


def seat(house: House, group: str) -> Seat:
    """An enrolled computer with a session."""
    signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    keys = b64(signing.public_key().public_bytes_raw()), b64(sealing.public_key().public_bytes_raw())
    code = admin.new_code(house, admin.organization_of(house, group))
    made = devices.enrol(house, Enrol(code, "bench", *keys))
    device = devices.Device(made.device, admin.organization_of(house, group), sealing.public_key().public_bytes_raw())
    session = uuid.uuid4().hex
    wrapped = vault.wrap(SessionKey.new(), session, house.identity.sealing.public_key().public_bytes_raw())
    sessions.begin(house, device, session, SessionBegin(group, session, device.id, "e1", b64(wrapped), 1))
    return Seat(device, signing, session, group)


def _rows(seat: Seat, size: int = BATCH) -> list[list[Row]]:
    """BATCHES lists of rows that follow each other, with real hashes."""
    head, batches = chain.GENESIS, []
    for number in range(BATCHES):
        rows = []
        for seq in range(number * size + 1, (number + 1) * size + 1):
            plain = Row(
                seq,
                f"{seq:032x}",
                "answered",
                "reading-item-17",
                1_764_000_000_000 + seq,
                seq,
                "b" * 32,
                bytes(BODY),
                head,
                b"",
            )
            row = replace(plain, hash=chain.row_hash(seat.session, plain))
            head = row.hash
            rows.append(row)
        batches.append(rows)
    return batches


def messages(taker: Seat, size: int = BATCH) -> list[bytes]:
    """BATCHES bodies of `POST …/events`."""
    return [
        encode(
            Events,
            Events("e1", rows[0].seq, rows[0].prev_hash.hex(), tuple(map(wire_event, rows)), rows[-1].hash.hex()),
        )
        for rows in _rows(taker, size)
    ]


def _copy(connection: "psycopg.Connection[Any]", session: str, rows: list[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY event ({COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((session, 0, *_fields(row), 1_764_000_000_000))
    connection.commit()


def _fields(row: Row) -> tuple[Any, ...]:
    return (
        row.seq,
        row.id,
        row.kind,
        row.item,
        row.wall_ms,
        row.mono_ms,
        row.boot,
        row.body,
        row.prev_hash,
        row.hash,
    )
