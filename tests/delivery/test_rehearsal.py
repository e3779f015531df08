"""Faults for training: what the rehearsal says is what the exam would say."""

import queue
import re

import pytest

from stamp_desktop.audio.pace import FreePace
from stamp_desktop.delivery.ear import Ear, Nowhere
from stamp_desktop.delivery.rehearsal import FAULTS, RehearsalStudio, fault, listing
from stamp_desktop.delivery.runner import Sound
from stamp_desktop.trouble import Trouble

SECONDS = 10.0


def said(name: str) -> set[str]:
    """The titles that are shown while the fault is rehearsed."""
    words: queue.SimpleQueue[Sound] = queue.SimpleQueue()
    ear = Ear(1, RehearsalStudio(fault(name), FreePace()), "", Nowhere, words.put, SECONDS)
    titles = set[str]()
    while not ear.ended:
        ear.hear(words.get(timeout=30).word)
        titles |= {ear.notice.title} if ear.notice else set()
    ear.stop()
    return titles


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mute", "cannot hear"),
        ("quiet", "quiet|turned down|far away"),
        ("asleep", "microphone has stopped"),
        ("unplugged", "microphone is gone"),
        ("loud", "too loud"),
    ],
)
def test_a_rehearsed_fault_is_said(name: str, words: str) -> None:
    assert re.search(words, " / ".join(said(name)))


def test_a_good_microphone_needs_no_words() -> None:
    assert said("none") == set()


def test_the_faults_are_listed_and_an_unknown_one_is_trouble() -> None:
    assert [line.split()[0] for line in listing().splitlines()] == list(FAULTS)
    with pytest.raises(Trouble) as caught:
        fault("fire")
    assert caught.value.code == "fault-unknown"
