"""A computer prepared with the demonstration test, whose server is not there: what a lab without a network is."""

import json
import zlib
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stamp_desktop.content.build import build
from stamp_desktop.content.keys import PackageKeys, load_keys, load_publisher_key, new_keys, new_publisher_key, save_keys
from stamp_desktop.content.keys import save_publisher_key as save_key
from stamp_desktop.content.reader import Package, inspect, open_package
from stamp_desktop.delivery.desk import Desk, House
from stamp_desktop.delivery.intents import Confirm, SignIn
from stamp_desktop.delivery.opening import trusted
from stamp_desktop.delivery.signin import Admission
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.engine.events import EquipmentChecked, Event, PracticeFinished, ProfileSaved, RulesAccepted, SectionBegan
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.station import Device, PackageLine, Station
from stamp_desktop.sync.prepare import Preparation
from stamp_desktop.sync.protocol import Group
from stamp_desktop.sync.transport import DeviceKeys

SOURCE = Path(__file__).parents[1] / "assets" / "demo" / "english"
NOWHERE = "http://127.0.0.1:9"
CODE = "BENCH"
BEFORE_READING: tuple[Event, ...] = (
    RulesAccepted(),
    ProfileSaved({}),
    EquipmentChecked({}),
    SectionBegan("reading"),
    PracticeFinished("reading"),
)


@dataclass(frozen=True, slots=True)
class Built:
    """The demonstration test, built; the folder keeps its keys beside it."""

    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "english.stamp"

    @property
    def keys(self) -> PackageKeys:
        return load_keys(self.folder / "english.keys.json")

    def open(self) -> Package:
        publisher = load_publisher_key(self.folder / "publisher.pem").public_key()
        return open_package(self.path, [publisher], self.keys)


def build_demo(folder: Path) -> Built:
    """Build the demonstration test in `folder`."""
    publisher, keys = new_publisher_key(), new_keys()
    save_key(folder / "publisher.pem", publisher)
    save_keys(folder / "english.keys.json", keys)
    built = Built(folder)
    build(SOURCE, built.path, publisher, keys)
    return built


def prepare(root: Path, built: Built) -> None:
    """The exam program's data folder: enrolled, with an open group (test code CODE), the package and its keys."""
    folders = Folders(root)
    folders.make()
    keys = FileKeyStore(folders.keys)
    (folders.keys / "store").write_bytes(b"files")
    DeviceKeys.new().keep(keys)
    manifest = inspect(built.path)
    keys.put(f"package/{manifest.id}/{manifest.version}", built.keys.content + built.keys.answers)
    (folders.packages / "english.stamp").write_bytes(built.path.read_bytes())
    publishers = root / "publishers"
    publishers.mkdir()
    public = load_publisher_key(built.folder / "publisher.pem").public_key()
    (publishers / "bench.pub").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    server = X25519PrivateKey.generate().public_key().public_bytes_raw()
    with closing(Station(folders.station)) as station:
        station.enrol(Device("bench", "Seat 12", json.dumps({}).encode(), NOWHERE, "nowhere", bytes(32), server))
        station.keep_package(PackageLine(manifest.id, manifest.version, manifest.hash, "english.stamp", verified=True))
        group = Group(
            id="bench",
            name="Bench",
            school="Bench",
            organization="Bench",
            language=manifest.language,
            assessment=manifest.assessment,
            package_id=manifest.id,
            package_version=manifest.version,
            package_hash=manifest.hash,
            test_code=CODE,
            opens_ms=0,
            ends_ms=2**52,
            seats=100,
            roster_control="open",
        )
        station.roster_changed([asdict(group)], [], [], "1")


def begin_reading(root: Path, login: str) -> None:
    """A sitting that stands at the first question of its reading section."""
    folders, clock = Folders(root), SystemClock()
    keys = FileKeyStore(folders.keys)
    opened: list[Sitting] = []
    with closing(Station(folders.station)) as station:
        device = station.device()
        if device is None:
            raise LookupError("the computer is not prepared")

        def exam(sitting: Sitting, _admission: Admission, _sending: Sending) -> Desk:
            opened.append(sitting)
            return desk

        house = House(
            folders=folders,
            station=station,
            keys=keys,
            clock=clock,
            device=device,
            publishers=trusted(folders),
            preparation=Preparation(folders, station, keys, clock, trusted(folders)),
            wake_courier=lambda: None,
            dice=lambda: zlib.crc32(login.encode()),
            offset=timedelta(),
        )
        desk = Desk(house, exam)
        desk.take(SignIn(CODE, login))
        desk.take(Confirm(True))
        for event in BEFORE_READING:
            opened[0].record(event)
        opened[0].journal.close()
