"""Somebody who speaks into a real microphone, as a program that can be killed at any moment.

It signs in, and where the test stands at a speaking task it records. It tells:

    at STAGE                 where the test goes on
    heard SECONDS            the screen has shown so much of the recording
    kept SECONDS             (if asked to finish) the recording was stopped, handed in, and the next task is there
"""

import os
import queue
import secrets
from collections.abc import Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from stamp_desktop.delivery import intents
from stamp_desktop.delivery.desk import Desk
from stamp_desktop.delivery.ear import Booth
from stamp_desktop.delivery.exam import Exam
from stamp_desktop.delivery.runner import Message, Room
from stamp_desktop.delivery.signin import Admission
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.delivery.studio import SystemStudio
from stamp_desktop.delivery.views import SpeakingView
from stamp_desktop.delivery.wording import Sending
from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.station import Station
from stamp_desktop.sync.moving import Found
from tests.faults.taker import furnished

SPOKEN_SECONDS = 1.2


class Prepared:
    """The computer is prepared, and there is no other."""

    def refresh(self) -> None:
        """Nothing is fetched."""

    def elsewhere(self, _session: str) -> Found | None:
        return None

    def take_over(self, _found: Found) -> None:
        raise AssertionError("nothing was found")


def speak(root: Path, env: Mapping[str, str], login: tuple[str, str], finish: bool, words: Connection) -> None:
    """The program: records until it is killed, or (`finish`) hands the recording in. `env` leads to the sound server."""
    os.environ.update(env)
    said: queue.SimpleQueue[Message] = queue.SimpleQueue()
    folders = Folders(root)
    with closing(Station(folders.station)) as station:
        house = furnished(folders, station, Prepared(), lambda: None, lambda: secrets.randbits(63))
        booth = Booth(SystemStudio(), said.put)
        booth.device = "Lab_Mic"

        def sit_down(sitting: Sitting, admission: Admission, sending: Sending) -> Room:
            return Exam(house, booth, sitting, admission, sending, keyboard=lambda: "", back=lambda _: desk)

        desk = Desk(house, sit_down)
        room = desk.take(intents.SignIn(*login)).take(intents.Confirm(True))
        view = speaking(room)
        words.send(f"at {view.stage}")
        room = room.take(intents.Record())
        while not finish or view.seconds < SPOKEN_SECONDS or view.stage != "recording":
            room = room.take(said.get())
            seen = speaking(room)
            if seen.seconds != view.seconds:
                words.send(f"heard {seen.seconds}")
            view = seen
        room = room.take(intents.StopRecording())
        while (kept := speaking(room)).stage != "kept":
            room = room.take(said.get())
        room = room.take(intents.KeepRecording())
        following = speaking(room)
        words.send(f"kept {kept.seconds} {following.number}")
        room.leave()


def speaking(room: Room) -> SpeakingView:
    screen = room.showing().screen
    assert isinstance(screen, SpeakingView), screen
    return screen
