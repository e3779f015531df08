"""Somebody at a speaking task, and what was kept of it."""

from stamp_desktop.audio.pace import Pace
from stamp_desktop.audio.simulated import RATE, SpeakingMicrophone
from stamp_desktop.delivery import intents
from stamp_desktop.engine.events import RecordingEnded
from stamp_desktop.storage import recordings
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble
from tests.delivery.rooms import VOICE, Lab, Somebody


class NoMicrophone(SpeakingMicrophone):
    """None is there."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(VOICE, RATE, pace)

    def open(self) -> int:
        raise Trouble("no-microphone", "There is no microphone.", "", "Plug it in.")


def at_speaking(somebody: Somebody) -> Somebody:
    somebody.get_ready()
    somebody.take_section("listening")
    somebody.say(intents.GoOn())
    somebody.begin("speaking")
    somebody.practise()
    return somebody


def ended(lab: Lab, somebody: Somebody) -> list[RecordingEnded]:
    somebody.leave()
    return [fact for fact in lab.facts(somebody.session) if isinstance(fact, RecordingEnded)]


def kept_seconds(lab: Lab, session: str, name: str) -> float:
    """How long the sound is that lies on the disk and opens with the station's key."""
    key = lab.house.keys.get(key_name(session))
    assert key is not None
    pcm, rate = recordings.read(lab.folder(session).recording(name), SessionKey(key), session, name)
    return len(pcm) / 2 / rate
