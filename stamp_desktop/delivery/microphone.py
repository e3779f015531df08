"""What to say of a microphone that the system has muted, moved, put to sleep or turned down; and what can be mended at once.

The system knows the cause sooner and better than any measure of the sound: it is asked first.
"""

from dataclasses import replace

from stamp_desktop.audio.condition import DEAD_VOLUME, LOW_VOLUME, Condition
from stamp_desktop.delivery.views import Notice

SOUNDLESS = frozenset({"no_signal", "no_response", "too_quiet"})
"""Findings that a microphone which is off, away or turned down leads to."""

DENIED = Notice(
    "The microphone is not allowed",
    "The system gives this program silence instead of your voice.",
    "Call the proctor: the permission is in the system's settings.",
    "bad",
    "mic-off",
)
MUTED = Notice(
    "Your microphone is switched off",
    "The computer has muted it: nothing that you say is recorded.",
    "Press “Turn it on”. If nothing changes, look for a switch on the cable.",
    "bad",
    "mic-off",
    mend="Turn it on",
)
ASLEEP = Notice(
    "The microphone has gone to sleep",
    "The computer has stopped it: nothing that you say is recorded. What you said before is kept.",
    "Press “Wake it up”, then go on speaking.",
    "bad",
    "mic-off",
    mend="Wake it up",
)
GONE = Notice(
    "Your microphone is unplugged",
    "The computer listens to something else now. What you said before is kept.",
    "Plug the headset in again: the recording goes on by itself.",
    "bad",
    "mic-off",
)
LOST = Notice(
    "The microphone is gone",
    "It was unplugged or switched off. What you said before is kept.",
    "Plug it in again: the recording goes on by itself. Or press “Stop and listen”.",
    "bad",
    "mic-off",
)
NARROW = Notice(
    "This headset sounds like a telephone",
    "It is wireless and in its call mode: less of your voice is recorded than with a cable.",
    "If there is a headset with a cable, plug it in and try again. If not, go on.",
    "attention",
    "mic",
)


def notice_of(condition: Condition | None) -> Notice | None:
    """What is certainly wrong with it; None where nothing is."""
    if condition is None:
        return None
    known = (
        (condition.permission == "denied", DENIED),
        (condition.monitor, GONE),
        (condition.muted, MUTED),
        (condition.suspended, ASLEEP),
        (not condition.chosen, moved_to(condition.name)),
        (condition.volume < DEAD_VOLUME, turned_down(condition)),
    )
    return next((notice for wrong, notice in known if wrong), None)


def cause_of(finding: str, condition: Condition | None, *, then: str = "") -> Notice | None:
    """Why the sound is as it was found, where the system knows it; `then`: what follows the mending, once it has ended."""
    if condition is None or finding not in SOUNDLESS:
        return None
    notice = notice_of(condition) or (turned_down(condition) if condition.volume < LOW_VOLUME else None)
    if notice and notice.mend and then:
        return replace(notice, todo=f"Press “{notice.mend}”. {then}")
    return notice


def turned_down(condition: Condition) -> Notice:
    return Notice(
        "Your microphone is turned down",
        f"It is set to {round(100 * condition.volume)} % of its volume: nobody who listens later could hear you.",
        "Press “Turn it up”, then go on speaking.",
        "bad",
        "volume-1",
        mend="Turn it up",
    )


def moved_to(name: str) -> Notice:
    return Notice(
        "Another microphone has taken over",
        f"The computer now listens to “{name}”.",
        "Speak into that one, or plug your headset in again: the recording goes on.",
        "attention",
        "mic",
    )
