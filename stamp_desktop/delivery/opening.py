"""Opens the office: this computer's data, keys, courier and sound, put together for the desk, owned by the session's thread."""

import gc
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import SystemRandom

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.audio.playback import Sound as Voice
from stamp_desktop.audio.simulated import RATE, babble
from stamp_desktop.content.keys import load_public_key
from stamp_desktop.delivery.desk import Desk, House
from stamp_desktop.delivery.ear import Booth
from stamp_desktop.delivery.exam import Exam
from stamp_desktop.delivery.runner import Message, Room
from stamp_desktop.delivery.signin import Admission
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.studio import SystemStudio
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.storage import retention
from stamp_desktop.storage.again import mended_word, open_station
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.keys import choose_key_store
from stamp_desktop.storage.reserve import Reserve
from stamp_desktop.storage.scribe import Scribe
from stamp_desktop.sync.courier import Courier, Progress
from stamp_desktop.sync.found import hubs
from stamp_desktop.sync.prepare import Preparation, enrol
from stamp_desktop.trouble import Trouble

SIMULATED_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Office:
    """The desk, what lets go of everything again, and what has the server asked whether a paused test may go on."""

    desk: Desk
    close: Callable[[], None]
    ask_for_tickets: Callable[[bool], None]


def open_office(
    data: Path,
    put: Callable[[Message], None],
    keyboard: Callable[[], str],
    *,
    simulated_sound: bool,
    demo_hint: str = "",
    second: Path | None = None,
) -> Office:
    """Everything that the exam program stands on; `second` is where sessions have their second copy.

    Trouble `not-enrolled`, `data-damaged`, `disk-error` and the like.
    """
    folders, clock = Folders(data), SystemClock()
    folders.make()
    keys = choose_key_store(folders.keys)
    station, aside = open_station(folders, keys)
    device = station.device()
    if device is None:
        station.close()
        raise Trouble(
            "not-enrolled",
            "This computer is not ready for tests yet.",
            "No test has begun on it.",
            "Technology staff: run `stamp-desktop enrol` with the code from the server, then try again.",
        )
    publishers = trusted(folders)
    courier = Courier(
        folders,
        keys,
        clock,
        SystemRandom(),
        lambda progress: put(sending(progress)),
        lambda _: put(Sending(reachable=False)),  # the courier has logged its fault; the test goes on without it
        hubs,
    )
    scribe = Scribe(folders, second, lambda _: None) if second else None  # it has logged its fault; the test goes on
    retention.sweep(folders, station, device.server_keys, clock.wall_ms(), second=second)

    def wake() -> None:
        courier.wake()
        if scribe:
            scribe.wake()

    house = House(
        folders=folders,
        station=station,
        keys=keys,
        clock=clock,
        device=device,
        publishers=publishers,
        preparation=Preparation(folders, station, keys, clock, publishers, hubs),
        wake_courier=wake,
        hurry_courier=courier.hurry,
        dice=lambda: secrets.randbits(63),
        offset=datetime.now().astimezone().utcoffset() or timedelta(),
        demo_hint=demo_hint,
        reserve=Reserve(folders.reserve),
        second=second,
    )
    booth = Booth(SystemStudio(Voice(babble(SIMULATED_SECONDS), RATE) if simulated_sound else None), put)

    def exam(sitting: Sitting, admission: Admission, known: Sending) -> Room:
        made = Exam(house, booth, sitting, admission, known, keyboard=keyboard, back=desk)
        set_aside_garbage()
        return made

    def desk(known: Sending) -> Desk:
        return Desk(house, exam, known)

    def close() -> None:
        courier.stop()
        if scribe:
            scribe.stop()
        station.close()

    courier.start()
    if scribe:
        scribe.start()
    first = desk(Sending())
    if aside:
        first.tell(mended_word(aside))
    return Office(first, close, courier.ask_for_tickets)


def set_aside_garbage() -> None:
    """Collect now, while a test is being opened, and leave what is there out of every later collection.

    The program, the test and its tables stay to the end. Looking through all of them again stops every thread for 70 to
    220 ms, and would do so between two questions.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def sending(progress: Progress) -> Sending:
    """What the courier says, as the screens show it."""
    waiting = progress.events_waiting, progress.recordings_waiting
    return Sending(progress.connected, *waiting, room=progress.room, moved=progress.moved, tickets=progress.tickets)


def trusted(folders: Folders) -> tuple[Ed25519PublicKey, ...]:
    """The publishers whose packages this computer takes: `publishers/*.pub`, put there when it is enrolled."""
    return tuple(load_public_key(file) for file in sorted((folders.root / "publishers").glob("*.pub")))


def enrol_computer(
    data: Path, url: str, code: str, name: str, publishers: tuple[Path, ...], server_fingerprint: str = ""
) -> None:
    """Enrol with a single-use code, trust these publishers, fetch what the server has. Trouble as `prepare` raises it."""
    folders, clock = Folders(data), SystemClock()
    folders.make()
    for file in publishers:
        load_public_key(file)
        target = folders.root / "publishers" / file.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    keys = choose_key_store(folders.keys)
    station, _ = open_station(folders, keys)
    try:
        enrol(station, keys, url, code, name, clock, server_fingerprint)
        Preparation(folders, station, keys, clock, trusted(folders)).refresh()
        station.keep_copy(folders.station_copy)
    finally:
        station.close()
