"""What to say to the person in front of the screen: one short title, what is wrong, one thing to do. It decides nothing.

Written for a fourteen-year-old who is nervous. `todo` depends on how bad it is: advice lets one go on, a likely NR asks to
record again.
"""

from dataclasses import dataclass

from stamp_desktop.audio.fault import Fault
from stamp_desktop.audio.findings import Cause, Code, Finding


@dataclass(frozen=True, slots=True)
class Saying:
    """A message; `icon` is a name from assets/icons."""

    title: str
    text: str
    todo: str
    icon: str


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    text: str
    now: str
    again: str
    icon: str


_WORDS: dict[tuple[Code, Cause], _Words] = {
    ("no_signal", ""): _Words(
        "We cannot hear anything",
        "No sound is coming from the microphone. It may be muted or unplugged.",
        "Check the mute switch on the cable and push the plug in.",
        "Turn off the mute switch, push the plug in, and record again.",
        "mic-off",
    ),
    ("no_signal", "faint"): _Words(
        "We cannot hear anything",
        "The microphone is on, but no voice gets to it. It may be the wrong one.",
        "Tap on your microphone. If nothing moves, choose another one.",
        "Choose the microphone in front of your mouth and record again.",
        "mic-off",
    ),
    ("no_signal", "stopped"): _Words(
        "We cannot hear you any more",
        "The sound has stopped. A mute switch or a loose plug may be why.",
        "Check the mute switch on the cable and push the plug in.",
        "Turn off the mute switch, push the plug in, and record again.",
        "mic-off",
    ),
    ("no_response", ""): _Words(
        "We did not hear you speak",
        "The microphone works, but there is no voice in this recording.",
        "Begin to speak when you are ready.",
        "Record again, and speak to the microphone.",
        "message-square",
    ),
    ("dropouts", ""): _Words(
        "Parts of your voice are missing",
        "The computer lost pieces of the sound.",
        "Say again what you said last.",
        "Record again. If it comes back, call the proctor.",
        "audio-lines",
    ),
    ("too_quiet", ""): _Words(
        "Your voice is very quiet",
        "We can hear you, but a person who listens later may not.",
        "Move the microphone closer to your mouth and speak up a little.",
        "Move the microphone closer to your mouth, speak up, and record again.",
        "volume-1",
    ),
    ("too_quiet", "gain"): _Words(
        "Your microphone is turned down",
        "Your voice is clear, but far too quiet for a person who listens later.",
        "Ask the proctor to turn the microphone up.",
        "Ask the proctor to turn the microphone up, then record again.",
        "volume-1",
    ),
    ("too_quiet", "distance"): _Words(
        "You are too far away",
        "The microphone hears the room as loud as your voice.",
        "Put the microphone two fingers from your mouth and speak up a little.",
        "Put the microphone two fingers from your mouth and record again.",
        "volume-1",
    ),
    ("hum", ""): _Words(
        "There is a loud hum",
        "There is a hum under your voice, from a plug or a cable.",
        "Plug the headset into another port, or move the charger away.",
        "Plug the headset into another port and record again.",
        "zap",
    ),
    ("hum", "charger"): _Words(
        "There is a loud buzz",
        "Something electric buzzes over your voice, often a charger or a lamp.",
        "Pull the charger out for a while, or move its cable away.",
        "Pull the charger out, and record again.",
        "zap",
    ),
    ("static", ""): _Words(
        "The sound hisses or crackles",
        "There is static over your voice, often from a loose plug.",
        "Push the plug in firmly and keep the cable still.",
        "Push the plug in firmly and record again.",
        "audio-lines",
    ),
    ("static", "hiss"): _Words(
        "The sound hisses",
        "There is a hiss over your voice. The microphone may be turned up too far.",
        "Move the microphone closer to your mouth, or try another port.",
        "Plug the headset into another port and record again.",
        "audio-lines",
    ),
    ("clipping", ""): _Words(
        "Your voice is too loud",
        "The loud parts are cut off and sound harsh.",
        "Move the microphone a little away from your mouth.",
        "Move the microphone two fingers away from your mouth and record again.",
        "volume-2",
    ),
    ("loud_background", ""): _Words(
        "The room is loud",
        "Noise around you covers your voice.",
        "Wait until it is quieter, or move the microphone closer to your mouth.",
        "Wait until it is quieter and record again. Raise your hand if the noise stays.",
        "triangle-alert",
    ),
    ("loud_background", "alarm"): _Words(
        "There is an alarm or music",
        "Tones in the room cover your voice.",
        "Wait until it stops. Is it a fire alarm? Do what the proctor says.",
        "Wait until it stops and record again.",
        "triangle-alert",
    ),
    ("loud_background", "steady"): _Words(
        "The room is loud",
        "A fan or another machine covers your voice.",
        "Move the microphone closer to your mouth, and away from the fan.",
        "Move away from the fan, or have it turned off, and record again.",
        "triangle-alert",
    ),
    ("background_speech", ""): _Words(
        "We hear another voice",
        "Somebody near you can be heard in your recording.",
        "Turn away from the other voice and move the microphone closer to your mouth.",
        "Turn away from the other voice and record again.",
        "users-round",
    ),
    ("whisper", ""): _Words(
        "You are whispering",
        "A whisper cannot be rated, even when the words are right.",
        "Speak with your normal voice.",
        "Record again with your normal voice.",
        "ear",
    ),
    ("too_short", ""): _Words(
        "That was very short",
        "We heard only a word or two. Longer answers can be rated better.",
        "Say more if you can.",
        "Record again and say as much as you can.",
        "timer",
    ),
}

_FAULTS = {
    "stalled": Saying(
        "The microphone has stopped",
        "No sound has come for a moment. What you said before is kept.",
        "Check the plug. If nothing changes, call the proctor.",
        "mic-off",
    ),
    "device-lost": Saying(
        "The microphone is gone",
        "It was unplugged or switched off. What you said before is kept.",
        "Plug it in again, then record again.",
        "mic-off",
    ),
    "disk": Saying(
        "The recording has stopped",
        "This computer cannot save any more sound. What was saved before is kept.",
        "Call the proctor.",
        "hard-drive",
    ),
    "failed": Saying(
        "The recording has stopped",
        "The program made a mistake. What was saved before is kept.",
        "Call the proctor.",
        "circle-alert",
    ),
}


def for_finding(finding: Finding) -> Saying:
    """What to say about a finding, and about its cause where there is something special to say."""
    words = _WORDS.get((finding.code, finding.cause), _WORDS[finding.code, ""])
    return Saying(words.title, words.text, words.again if finding.severity == "likely_nr" else words.now, words.icon)


def texts() -> tuple[str, ...]:
    """Every text of this module, once, in a fixed order: what there is to translate."""
    said = [text for words in _WORDS.values() for text in (words.title, words.text, words.now, words.again)]
    said += [text for saying in _FAULTS.values() for text in (saying.title, saying.text, saying.todo)]
    return tuple(dict.fromkeys(said))


def for_fault(fault: Fault) -> Saying:
    """What to say about a fault while recording; the trouble's own words where it brought some."""
    saying = _FAULTS[fault.code]
    if fault.trouble is None:
        return saying
    advice = fault.trouble.advice
    return Saying(saying.title, f"{advice.what} {advice.meaning}".strip(), advice.todo or saying.todo, saying.icon)
