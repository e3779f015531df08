"""A hub brings what it has taken in to its server, and the receipts back. It opens nothing of it.

Sessions travel as they came: copies, events, recordings, seals. Each step may be repeated; what the server has is noted only to
save work, and the server's word is always the last. What goes wrong with one session is set aside, as a courier does.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from stamp_desktop.server import mirror, receipts, schema
from stamp_desktop.server.forward_reports import Reports
from stamp_desktop.server.house import House
from stamp_desktop.server.recordings import object_name
from stamp_desktop.server.sessions import Place, alarm, line
from stamp_desktop.storage.chain import Row
from stamp_desktop.storage.clock import Clock
from stamp_desktop.sync.courier import delay
from stamp_desktop.sync.pieces import Pace, Source, send_file
from stamp_desktop.sync.protocol import (
    MOST_EVENTS,
    PREFIX,
    Acked,
    Events,
    KnownDevice,
    KnownDevices,
    Receipt,
    Seal,
    SessionState,
    wire_event,
)
from stamp_desktop.sync.transport import Broken, Line, Offline, Refused
from stamp_desktop.sync.words import Signed, b64, decode, encode, verified
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)
TRIES = 4
MOST_BYTES = 2**20
LOOK_SECONDS = 2.0
"""How often a hub looks whether something came; looking is a query that finds nothing."""
DOUBT_MS = 6 * 3_600_000
MIRROR_SECONDS = 120.0
LONGEST_SECONDS = 60.0
"""A room has one hub: the server need not fear many at once, and a line may be there for minutes only."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one branch that one copy of the session has made, behind what the server has."""

    branch: int
    epoch: str
    rows: list[Row]


class Forwarder:
    """What a hub remembers of its forwarding; for one thread."""

    def __init__(self, house: House, clock: Clock, dice: random.Random) -> None:
        self._house = house
        self._clock = clock
        self._dice = dice
        self._pace = Pace(clock)
        self._failures: dict[str, tuple[int, int]] = {}
        self._begun: set[tuple[str, str, str]] = set()
        self._sure: dict[str, int] = {}
        self._reports = Reports(house, clock, dice)

    def round(self, to: Line) -> int:
        """Everything that is due; how many sessions still wait. Offline, Broken; another trouble sets its session aside.

        Readiness reports come last: no answer waits for them.
        """
        self._devices(to)
        self._doubt(to)
        waiting = [session for session in self._waiting() if self._is_due(session)]
        for session in waiting:
            try:
                self._session(to, session)
                self._failures.pop(session, None)
            except (Offline, Broken):
                raise
            except Trouble as trouble:
                count = self._failures.get(session, (0, 0))[0] + 1
                wait = delay(count, self._dice, trouble.retry_after if isinstance(trouble, Refused) else 0.0)
                self._failures[session] = (count, self._clock.mono_ms() + int(wait * 1000))
                self._begun = {each for each in self._begun if each[0] != session}
                log.warning("A session is set aside for %.0f s: %s", wait, trouble)
                with self._house.store.writing() as connection:
                    alarm(connection, session, "not-forwarded", trouble.code, self._house.clock.wall_ms())
        self._reports.round(to)
        return len(self._waiting())

    def _doubt(self, to: Line) -> None:
        """A server that was set back after its receipt has lost the session: send it again, it keeps the receipt's number."""
        now, own = self._clock.mono_ms(), schema.wish.c
        with self._house.store.reading() as connection:
            granted = connection.execute(select(own.session).where(own.granted).distinct()).scalars().all()
        for session in granted:
            if session in self._sure and now - self._sure[session] < DOUBT_MS:
                continue
            try:
                sealed = bool(to.call("GET", f"{PREFIX}/sessions/{session}").read(SessionState).receipt.text)
            except Refused as refused:
                sealed = refused.code != "session-unknown"
            if not sealed:
                with self._house.store.writing() as connection:
                    connection.execute(schema.forwarded.delete().where(schema.forwarded.c.session == session))
                    connection.execute(update(schema.wish).where(own.session == session).values(granted=False))
            self._sure[session] = now

    def _is_due(self, session: str) -> bool:
        return self._failures.get(session, (0, 0))[1] <= self._clock.mono_ms()

    def _waiting(self) -> list[str]:
        """Sessions of which the server lacks something, in the order they came."""
        with self._house.store.reading() as connection:
            known = connection.execute(
                select(schema.session.c.id).order_by(schema.session.c.begun_ms, schema.session.c.id)
            ).scalars()
            return [session for session in known if self._lacks(connection, session)]

    def _lacks(self, connection: Connection, session: str) -> bool:
        through = _through(connection, session)
        branches = connection.execute(
            select(schema.branch.c.number, schema.branch.c.seq).where(schema.branch.c.session == session)
        )
        return (
            any(through.get(f"branch {row.number}", 0) < row.seq for row in branches)
            or any(f"recording {row['upload']}" not in through for row in _recordings(connection, session))
            or any(f"copy {epoch} {device}" not in through for epoch, device, _ in _copies(connection, session))
            or bool(_wishes(connection, session))
        )

    def _session(self, to: Line, session: str) -> None:
        for _ in range(TRIES):  # a server that was set back asks for parts again
            self._copies(to, session)
            self._events(to, session)
            self._recordings(to, session)
            with self._house.store.reading() as connection:
                wishes = _wishes(connection, session)
            granted = [self._seal(to, session, wish) for wish in wishes]
            if all(granted):
                return

    def _copies(self, to: Line, session: str) -> None:
        with self._house.store.reading() as connection:
            copies = _copies(connection, session)
        for epoch, device, facts in copies:
            if (session, epoch, device) not in self._begun:
                to.call("PUT", f"{PREFIX}/sessions/{session}", facts.encode())
                self._begun.add((session, epoch, device))
                self._note(session, f"copy {epoch} {device}", 1)

    def _events(self, to: Line, session: str) -> None:
        """The first line before the others: so the server sees the same one as first."""
        asked = 0
        while stretch := self._next(session):
            rows = stretch.rows
            said = Events(
                stretch.epoch, rows[0].seq, rows[0].prev_hash.hex(), tuple(map(wire_event, rows)), rows[-1].hash.hex()
            )
            try:
                answer = to.call("POST", f"{PREFIX}/sessions/{session}/events", encode(Events, said)).read(Acked)
            except Refused as refused:
                asked, expected = asked + 1, refused.number("expected")
                if refused.code != "events-missing" or not 1 <= expected < rows[0].seq or asked > TRIES:
                    raise
                self._went_back(session, expected - 1)
                continue
            if (answer.acked_through, answer.head) != (rows[-1].seq, rows[-1].hash.hex()):
                raise Broken("the server acknowledged other events than were sent")
            self._note(session, f"branch {stretch.branch}", answer.acked_through)

    def _next(self, session: str) -> Stretch | None:
        with self._house.store.reading() as connection:
            through, own = _through(connection, session), schema.branch.c
            branches = connection.execute(select(schema.branch).where(own.session == session).order_by(own.number))
            for branch in branches.mappings():
                at = through.get(f"branch {branch['number']}", 0)
                if at < branch["seq"]:
                    rows = line(connection, session, Place(branch["number"], branch["seq"]))[at:]
                    return Stretch(branch["number"], *_first_stretch(connection, session, branch, rows))
        return None

    def _recordings(self, to: Line, session: str) -> None:
        with self._house.store.reading() as connection:
            through = _through(connection, session)
            kept = [row for row in _recordings(connection, session) if f"recording {row['upload']}" not in through]
        for row in kept:
            path = self._house.objects.file(object_name(row))
            if path is None:  # after a restore: the station sends it again when it asks for the receipt
                continue
            send_file(to, Source(session, row["id"], row["sha256"], row["length"], path), self._pace)
            self._note(session, f"recording {row['upload']}", 1)

    def _seal(self, to: Line, session: str, manifest: Seal) -> bool:
        """Whether the receipt is here now, verified; False when the server lacks something, which is sent again from now on."""
        try:
            signed = to.call("POST", f"{PREFIX}/sessions/{session}/seal", encode(Seal, manifest)).read(Signed)
        except Refused as refused:
            if refused.code != "parts-missing":
                raise
            self._lost(session, refused)
            return False
        upstream = self._house.upstream
        try:
            said = verified(Receipt, signed, *(upstream.signers if upstream else ()))
        except Trouble:
            raise Broken("the receipt is not the server's") from None
        if (said.session, said.head) != (session, manifest.head):
            raise Broken("the receipt is of another test")
        receipts.keep(self._house, session, signed)
        return True

    def _lost(self, session: str, refused: Refused) -> None:
        if (expected := refused.number("expected")) > 0:
            self._went_back(session, expected - 1)
        missing = refused.more.get("recordings")
        own, known = schema.recording.c, schema.forwarded.c
        for name in missing if isinstance(missing, list) else []:
            with self._house.store.writing() as connection:
                uploads = connection.execute(select(own.upload).where(own.session == session, own.id == str(name))).scalars()
                for upload in uploads.all():
                    same = (known.session == session) & (known.what == f"recording {upload}")
                    connection.execute(schema.forwarded.delete().where(same))

    def _went_back(self, session: str, through: int) -> None:
        """The server has no more than this: of every branch, since what is not lost costs a call and no more."""
        own = schema.forwarded.c
        behind = (own.session == session) & own.what.startswith("branch ") & (own.through > through)
        with self._house.store.writing() as connection:
            connection.execute(update(schema.forwarded).where(behind).values(through=through))
        self._begun = {each for each in self._begun if each[0] != session}

    def _note(self, session: str, what: str, through: int) -> None:
        own = schema.forwarded.c
        with self._house.store.writing() as connection:
            same = update(schema.forwarded).where(own.session == session, own.what == what).values(through=through)
            if connection.execute(same).rowcount == 0:
                connection.execute(insert(schema.forwarded).values(session=session, what=what, through=through))

    def _devices(self, to: Line) -> None:
        """Tell the server of the computers that were enrolled here; it knows the others."""
        own, upstream = schema.device.c, self._house.upstream
        with self._house.store.reading() as connection:
            codes = select(schema.enrolment_code.c.device).where(schema.enrolment_code.c.device.is_not(None))
            rows = connection.execute(select(schema.device).where(own.id.in_(codes))).mappings().all()
        fresh = [row for row in rows if ("", "device", row["id"]) not in self._begun]
        if fresh and upstream:
            known = [
                KnownDevice(
                    row["id"],
                    row["name"],
                    b64(row["signing_key"]),
                    b64(row["sealing_key"]),
                    decode(Signed, row["certificate"].encode()),
                    row["enrolled_ms"],
                    revoked=False,
                )
                for row in fresh
            ]
            to.call("POST", f"{PREFIX}/hub/devices", encode(KnownDevices, KnownDevices(tuple(known))))
            self._begun |= {("", "device", row["id"]) for row in fresh}


class Forwarding:
    """The thread that does it, from `start` to `stop`. `failed` gets a fault of the program, which has ended it."""

    def __init__(self, house: House, dice: random.Random, failed: Callable[[BaseException], None]) -> None:
        self._house = house
        self._dice = dice
        self._failed = failed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarding")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the call that is under way, and wait for it."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._rounds()
        except BaseException as error:
            log.exception("Forwarding ended on a fault of the program")
            self._failed(error)
            raise

    def _rounds(self) -> None:
        house, failures, learned_ms = self._house, 0, -1
        forwarder = Forwarder(house, house.clock, self._dice)
        with mirror.upstream_line(house) as to:
            while not self._stopped.is_set():
                now = house.clock.mono_ms()
                try:
                    if learned_ms < 0 or now - learned_ms >= MIRROR_SECONDS * 1000:
                        learned_ms = now
                        _learn(house, to)
                    forwarder.round(to)
                    failures, wait = 0, LOOK_SECONDS
                except Trouble as trouble:
                    failures, learned_ms = failures + 1, -1
                    after = trouble.retry_after if isinstance(trouble, Offline) else 0.0
                    wait = max(after, min(delay(failures, self._dice), LONGEST_SECONDS))
                    log.info("Nothing can be forwarded: %s", trouble)
                self._stopped.wait(wait)


def _learn(house: House, to: Line) -> None:
    try:
        mirror.refresh(house, to)
    except (Offline, Broken):
        raise
    except Trouble as trouble:  # what could be learned is there; receipts do not wait for the rest
        log.warning("The hub could not learn all: %s", trouble)


def _through(connection: Connection, session: str) -> dict[str, int]:
    own = schema.forwarded.c
    rows = connection.execute(select(own.what, own.through).where(own.session == session))
    return {row.what: row.through for row in rows}


def _copies(connection: Connection, session: str) -> list[tuple[str, str, str]]:
    own = schema.copy.c
    query = select(own.epoch, own.device, own.facts).where(own.session == session).order_by(own.begun_ms, own.epoch)
    return [(row.epoch, row.device, row.facts) for row in connection.execute(query)]


def _recordings(connection: Connection, session: str) -> list[dict[str, Any]]:
    own = schema.recording.c
    query = select(schema.recording).where(own.session == session, own.whole).order_by(own.begun_ms, own.upload)
    return [dict(row) for row in connection.execute(query).mappings()]


def _wishes(connection: Connection, session: str) -> list[Seal]:
    own = schema.wish.c
    query = select(own.manifest).where(own.session == session, ~own.granted)
    wishes = [decode(Seal, said.encode()) for said in connection.execute(query).scalars()]
    kept = schema.receipt.c
    former = {
        row.head.hex(): Signed(row.signed, row.signature)
        for row in connection.execute(select(kept.head, kept.signed, kept.signature).where(kept.session == session))
    }
    return [replace(wish, former=former.get(wish.head, wish.former)) for wish in wishes]


def _first_stretch(connection: Connection, session: str, branch: Any, rows: list[Row]) -> tuple[str, list[Row]]:
    """The first rows that one copy has made, no more than fit into a message; a branch's beginning is its parents'."""
    epochs = list(_epochs(connection, session, branch))
    first = rows[0].seq
    epoch = next(name for after, name in reversed(epochs) if after < first)
    ends = min((after for after, _ in epochs if after >= first), default=rows[-1].seq)
    size, taken = 0, list[Row]()
    for row in rows[:MOST_EVENTS]:
        size += len(row.body)
        if row.seq > ends or (taken and size > MOST_BYTES):
            break
        taken.append(row)
    return epoch, taken


def _epochs(connection: Connection, session: str, branch: Any) -> Iterator[tuple[int, str]]:
    """From behind which event on which copy has written the line that ends in this branch, in order."""
    own = schema.handover.c
    if branch["parent"] >= 0:
        parents = schema.branch.c
        query = select(schema.branch).where(parents.session == session, parents.number == branch["parent"])
        above = connection.execute(query).mappings().one()
        yield from ((after, epoch) for after, epoch in _epochs(connection, session, above) if after < branch["after_seq"])
    yield (branch["after_seq"], branch["epoch"])
    query_ = select(own.after_seq, own.epoch).where(own.session == session, own.branch == branch["number"])
    for row in connection.execute(query_.order_by(own.after_seq, own.at_ms)):
        yield (row.after_seq, row.epoch)
