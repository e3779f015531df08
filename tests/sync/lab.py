"""A computer of a lab and a server for it: real folders, real journals, real packages. Test takers who know every answer."""

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from stamp_desktop.content.reader import open_package
from stamp_desktop.engine.codec import canonical, decode, encode
from stamp_desktop.engine.events import (
    Answered,
    EquipmentChecked,
    Event,
    Moment,
    Noted,
    PreparationBegan,
    ProfileSaved,
    RecordingBegan,
    RecordingEnded,
    RulesAccepted,
    SessionBegan,
    SessionFinished,
    Submitted,
)
from stamp_desktop.engine.items import ChoiceKey, ChoiceResponse, GapResponse, RecordingResponse
from stamp_desktop.engine.replay import outcome
from stamp_desktop.engine.session import Form
from stamp_desktop.server.demo import DemoFacts, seed_demo
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.settings import settings_of
from stamp_desktop.storage import journal as written
from stamp_desktop.storage import vault
from stamp_desktop.storage.clock import Clock, SystemClock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.journal import Entry, Journal
from stamp_desktop.storage.keys import FileKeyStore, KeyStore
from stamp_desktop.storage.reader import JournalReader, reading
from stamp_desktop.storage.recordings import Finished, RecordingFile
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.station import Device, SessionLine, Station
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync import prepare
from stamp_desktop.sync.courier import Courier, Progress
from stamp_desktop.sync.protocol import OUTCOME, Group
from stamp_desktop.sync.transport import Line, station_line
from tests.content.small import SmallPackage
from tests.engine.bank import Sitter

RATE = 8_000
PATIENCE = 60.0


def form_of(small: SmallPackage) -> Form:
    package = open_package(small.path, small.trusted, small.keys)
    return Form(package.blueprint, package.bank, package.manifest.id, package.hash)


def seeded(data: Path, small: SmallPackage) -> DemoFacts:
    """A server's folder with the demonstration's district."""
    house = open_house(settings_of(data))
    try:
        return seed_demo(house, small.path, small.keys, small.trusted[0])
    finally:
        house.close()


def in_house(data: Path, work: Callable[[House], Any]) -> Any:
    """Do something at the server's administration, while it runs or not."""
    house = open_house(settings_of(data))
    try:
        return work(house)
    finally:
        house.close()


@dataclass
class LabComputer:
    """A station's folders. `clock` may be wrong."""

    root: Path
    small: SmallPackage
    clock: Clock = field(default_factory=SystemClock)

    @property
    def folders(self) -> Folders:
        return Folders(self.root)

    @property
    def keys(self) -> KeyStore:
        return FileKeyStore(self.root / "keys")

    def station(self) -> Station:
        return Station(self.folders.station)

    def enrol(self, url: str, code: str, name: str = "Lab 2, seat 5", fingerprint: str = "") -> Device:
        station = self.station()
        try:
            return prepare.enrol(station, self.keys, url, code, name, self.clock, fingerprint)
        finally:
            station.close()

    def device(self) -> Device:
        station = self.station()
        try:
            device = station.device()
            assert device is not None
            return device
        finally:
            station.close()

    def refresh(self) -> None:
        station = self.station()
        try:
            self.preparation(station).refresh()
        finally:
            station.close()

    def preparation(self, station: Station) -> prepare.Preparation:
        return prepare.Preparation(self.folders, station, self.keys, self.clock, self.small.trusted)

    def line(self) -> Line:
        return station_line(self.device(), self.keys, self.clock)

    def line_of(self, session: str) -> SessionLine:
        station = self.station()
        try:
            return next(each for each in station.sessions() if each.id == session)
        finally:
            station.close()

    def seat(self, session: str, group: Group, form: Form, login: str = "amara", first: int = 7) -> "Seated":
        """Begin a session here."""
        folder, key = self.folders.make_session(session), SessionKey.new()
        self.keys.put(key_name(session), key.raw)
        device = self.device()
        wrapped = vault.wrap(key, session, device.server_hpke_key)
        journal = Journal.create(folder.journal, session, key, wrapped, self.clock.wall_ms())
        station = self.station()
        station.keep_session(SessionLine(session, group.id, login, journal.about.created_ms))
        station.close()
        seated = Seated(form, computer=self, session=session, key=key, book=journal)
        seated.do(SessionBegan(form.package_id, form.package_hash, group.id, login, device.id, first))
        return seated

    def reading(self, session: str) -> Any:
        return reading(self.folders.session(session).journal)


@dataclass
class Seated(Sitter):
    """A sitting whose every event is in a real journal."""

    computer: LabComputer = field(kw_only=True)
    session: str = field(kw_only=True)
    key: SessionKey = field(kw_only=True)
    book: Journal = field(kw_only=True)
    _kept: Finished | None = None

    def do(self, event: Event, after_ms: int = 1000) -> tuple[Event, ...]:
        before = len(self.journal)
        decided = super().do(event, after_ms)
        self.book.append_all([self._entry(each) for each, _ in self.journal[before:]])
        return decided

    def _entry(self, event: Event) -> Entry:
        recording: written.RecordingBegun | written.RecordingEnded | None = None
        if isinstance(event, RecordingBegan):
            recording = written.RecordingBegun(event.recording)
        if isinstance(event, RecordingEnded):
            recording = written.RecordingEnded(event.recording, self._kept)
        coded, moment = encode(event), self.journal[-1][1]
        body = canonical(coded.body)
        return Entry(coded.kind, coded.item, body, moment.wall_ms, moment.mono_ms, moment.boot, recording)

    def answer(self, right: bool = True, after_ms: int = 8000) -> tuple[Event, ...]:
        item = self.item()
        if isinstance(item.key, ChoiceKey):
            return self.do(Answered(item.id, ChoiceResponse(tuple(sorted(item.key.choices)) if right else ())), after_ms)
        gaps = {gap: forms[0] if right else "?" for gap, forms in item.key.gaps.items()}
        return self.do(Answered(item.id, GapResponse(gaps)), after_ms)

    def say(self, name: str, seconds: int = 3) -> Finished:
        """A recording as the recorder leaves it."""
        path = self.computer.folders.session(self.session).recording(name)
        file = RecordingFile.create(path, self.key, self.session, name, RATE)
        dice = random.Random(name)
        for _ in range(seconds):
            file.write_frame(dice.randbytes(2 * RATE))
        return file.finish()

    def speak(self, seconds: int = 3) -> str:
        """Answer the current speaking task; the recording's id."""
        prompt = self.section.prompt or ""
        name = f"{self.session}-{prompt}"
        self.do(PreparationBegan(prompt))
        self.do(RecordingBegan(prompt, name, 1))
        self._kept = self.say(name, seconds)
        self.do(RecordingEnded(prompt, name, seconds * 1000, self._kept.sha256), seconds * 1000)
        self.do(Submitted(prompt, RecordingResponse(name)))
        return name

    def speak_all(self, section: str = "speaking") -> "Seated":
        self.open(section)
        while self.now.open == section:
            self.speak()
        return self

    def finish(self) -> None:
        """End the test and state its outcome, as the program does."""
        self.do(SessionFinished())
        self.do(Noted(OUTCOME, outcome(self.form, self.now)))

    def sit(self) -> "Seated":
        """The whole test."""
        self.start_of_test()
        self.rest_of_test()
        return self

    def start_of_test(self) -> None:
        """Up to the list of sections: three events."""
        self.do(RulesAccepted())
        self.do(ProfileSaved({"grade": "Grade 8"}))
        self.do(EquipmentChecked({"voice": "ok"}))

    def rest_of_test(self) -> None:
        """From the list of sections to the end."""
        self.answer_all("reading", lambda _: True).answer_all("listening", lambda _: True).write_all()
        self.speak_all()
        self.finish()


@dataclass
class Watched:
    """A courier and what it reports."""

    courier: Courier
    reports: list[Progress]
    changed: threading.Condition
    faults: list[BaseException]

    def wait_for(self, wanted: Callable[[Progress], bool]) -> Progress:
        """The first report that is as wanted, of those that came or will."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(map(wanted, self.reports)), PATIENCE), self.reports[-3:]
            return next(filter(wanted, self.reports))

    def __enter__(self) -> Self:
        self.courier.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.courier.stop()
        assert not self.faults


def watched(computer: LabComputer) -> Watched:
    """A courier of this computer; start it with `with`."""
    reports: list[Progress] = []
    faults: list[BaseException] = []
    changed = threading.Condition()

    def report(progress: Progress) -> None:
        with changed:
            reports.append(progress)
            changed.notify_all()

    courier = Courier(computer.folders, computer.keys, computer.clock, random.Random(5), report, faults.append)
    return Watched(courier, reports, changed, faults)


def unsent(journal: JournalReader) -> int:
    return journal.unsent_count() + len(journal.unsent_recordings())


def opened_facts(journal: Journal) -> list[tuple[Event, Moment]]:
    """What a journal says, for the engine."""
    return [(decode(row.kind, json.loads(body)), Moment(row.wall_ms, row.mono_ms, row.boot)) for row, body in journal.read()]


def moment_of(event: Event) -> Entry:
    """An event of now, to be written."""
    coded, clock = encode(event), SystemClock()
    return Entry(coded.kind, coded.item, canonical(coded.body), clock.wall_ms(), clock.mono_ms(), clock.boot())
