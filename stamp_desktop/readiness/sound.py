"""What was heard and what the system says of its devices, as checks. The judge of sound is the exam's own screening."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stamp_desktop.audio import advice
from stamp_desktop.audio.condition import DEAD_VOLUME, LOW_VOLUME
from stamp_desktop.audio.findings import Code, Finding, Verdict
from stamp_desktop.audio.survey import Known, Survey
from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.check import Check
from stamp_desktop.readiness.check import Verdict as Outcome
from stamp_desktop.readiness.listening import TONE_CLEAR_DB, Heard
from stamp_desktop.trouble import Trouble

LEAST_RATE: Final = 16_000
"""Speech at 8 kHz is a telephone's: a Bluetooth headset in its hands-free profile. s and f are one sound there."""

QUALITY: Final[tuple[tuple[str, str, tuple[Code, ...], str], ...]] = (
    ("sound.hum", "Hum", ("hum",), "No hum"),
    ("sound.noise", "Noise of the room", ("loud_background", "background_speech"), "Quiet room"),
    ("sound.static", "Static and missing pieces", ("static", "dropouts"), "Clear"),
)
OF_SPEECH: Final[tuple[Code, ...]] = ("too_quiet", "clipping", "whisper")


def nothing_needed() -> tuple[Check, ...]:
    """Of a test without sound."""
    return tuple(
        Check(name, title, "skipped", "Not needed for this test.")
        for name, title in (("sound.microphone", "Microphone"), ("sound.loudspeaker", "Headphones"))
    )


def no_sound(trouble: Trouble, asked: Asked) -> tuple[Check, ...]:
    """Sound does not work here at all: no library, no server, no device."""
    said, remedy = trouble.advice.what, trouble.advice.todo or "Check that the sound server runs."
    asks = (("sound.microphone", "Microphone", asked.speaks), ("sound.loudspeaker", "Headphones", asked.listens))
    return tuple(
        Check(name, title, "fail", said, remedy=f"{remedy} The sound server of the session has to run.")
        if wanted
        else Check(name, title, "skipped", "Not needed for this test.")
        for name, title, wanted in asks
    )


def sound_checks(devices: Survey, heard: Heard | None, asked: Asked) -> tuple[Check, ...]:
    """Devices by what the system says, then what was heard; `heard` None: nothing was played or recorded."""
    checks: list[Check] = []
    checks += [_microphone(devices, heard)] if asked.speaks else [nothing_needed()[0]]
    checks += [_loudspeaker(devices, heard)] if asked.listens else [nothing_needed()[1]]
    if not asked.speaks or not devices.microphones:
        return tuple(checks)
    if heard is None or heard.room is None:
        return (*checks, Check("sound.signal", "Signal", "skipped", "Nothing was recorded."))
    return (*checks, *_heard(heard))


def chosen(found: tuple[Known, ...]) -> Known:
    """The one that a test would use."""
    return next((each for each in found if each.default), found[0])


def _microphone(devices: Survey, heard: Heard | None) -> Check:
    name, title = "sound.microphone", "Microphone"
    if not devices.microphones:
        return Check(name, title, "fail", "No microphone was found.", remedy="Plug a headset in, then check again.")
    one = chosen(devices.microphones)
    volume = None if one.volume is None else round(100 * one.volume)
    if devices.permission == "denied":
        remedy = "Allow it in the system's privacy settings."
        return Check(name, title, "fail", "The system does not let programs use the microphone.", remedy=remedy)
    if one.muted:
        return Check(
            name, title, "fail", f"{one.name} is muted.", volume, "%", remedy="Unmute it in the system's sound settings."
        )
    if one.volume is not None and one.volume < LOW_VOLUME:
        verdict: Outcome = "fail" if one.volume < DEAD_VOLUME else "warn"
        said = f"{one.name} is turned down to {volume} %."
        return Check(name, title, verdict, said, volume, "%", 100 * LOW_VOLUME, "Turn it up in the system's sound settings.")
    rate = heard.room.rate if heard and heard.room else 0
    if 0 < rate < LEAST_RATE:
        said = f"{one.name} gives {rate / 1000:g} kHz, as a telephone does."
        remedy = "Use a headset with a plug: this one changes to telephone quality when its microphone opens."
        return Check(name, title, "warn", said, rate, "Hz", LEAST_RATE, remedy)
    said = one.name + (f", {rate / 1000:g} kHz" if rate else "")
    return Check(name, title, "pass", said, volume, "%" if volume is not None else "")


def _loudspeaker(devices: Survey, heard: Heard | None) -> Check:
    name, title = "sound.loudspeaker", "Headphones"
    if not devices.loudspeakers:
        return Check(name, title, "fail", "No headphones or loudspeakers were found.", remedy="Plug headphones in.")
    one = chosen(devices.loudspeakers)
    volume = None if one.volume is None else round(100 * one.volume)
    if one.muted:
        return Check(
            name, title, "fail", f"{one.name} is muted.", volume, "%", remedy="Unmute it in the system's sound settings."
        )
    if one.volume is not None and one.volume < DEAD_VOLUME:
        return Check(name, title, "fail", f"{one.name} is turned off.", volume, "%", 100 * DEAD_VOLUME, "Turn it up.")
    if heard and heard.played and not heard.played.complete:
        fault = heard.played.fault
        why = fault.trouble.advice.what if fault and fault.trouble else "it takes no sound"
        said = f"A tone could not be played on {one.name}: {why}"
        return Check(name, title, "fail", said, remedy="Check the plug, end other programs that use it, and check again.")
    said = f"{one.name}, a tone was played" if heard and heard.played else one.name
    return Check(name, title, "pass", said, volume, "%" if volume is not None else "")


def _heard(heard: Heard) -> Iterator[Check]:
    room = heard.room
    if room is None:
        return
    if room.trouble is not None and not room.samples.size:
        remedy = room.trouble.advice.todo or "End the program that uses it."
        yield Check("sound.signal", "Signal", "fail", room.trouble.advice.what, remedy=remedy)
        return
    if room.stopped or heard.verdict is None:
        said = "The microphone is there and gives no sound: it is asleep, or another program holds it."
        remedy = "End other programs that use the microphone, plug it in again, then check again."
        yield Check("sound.signal", "Signal", "fail", said, remedy=remedy)
        return
    verdict = heard.verdict
    silent = next((finding for finding in verdict.findings if finding.code == "no_signal"), None)
    if silent is not None:
        saying = _saying(silent)
        yield Check("sound.signal", "Signal", "fail", f"{saying.title}. {saying.text}", remedy=saying.todo)
        return
    yield Check("sound.signal", "Signal", "pass", "Sound arrives.")
    yield _level(heard, verdict)
    for name, title, codes, well in QUALITY:
        yield _quality(name, title, codes, well, verdict, heard.noise_dbfs)
    yield _loop(heard)


def _level(heard: Heard, verdict: Verdict) -> Check:
    if not heard.spoken:
        return Check("sound.level", "Level of speech", "skipped", "Nobody spoke while it was checked.")
    said = f"{verdict.level_dbfs:.0f} dBFS, {verdict.snr_db:.0f} dB over the noise"
    found = _first(verdict, OF_SPEECH)
    if found is None:
        return Check("sound.level", "Level of speech", "pass", said, round(verdict.level_dbfs, 1), "dBFS")
    saying = _saying(found)
    title = "Level of speech"
    return Check(
        "sound.level",
        title,
        _outcome(found),
        f"{saying.title}: {said}.",
        round(verdict.level_dbfs, 1),
        "dBFS",
        remedy=saying.todo,
    )


def _quality(name: str, title: str, codes: tuple[Code, ...], well: str, verdict: Verdict, noise: float) -> Check:
    found = _first(verdict, codes)
    floor = round(noise, 1)
    if found is None:
        return Check(name, title, "pass", f"{well} (−{abs(noise):.0f} dBFS)" if name == "sound.noise" else well, floor, "dBFS")
    saying = _saying(found)
    return Check(name, title, _outcome(found), f"{saying.title}. {saying.text}", floor, "dBFS", remedy=saying.todo)


def _loop(heard: Heard) -> Check:
    """That the microphone hears the tone is no fault of headphones that keep it in."""
    if heard.loop_db is None:
        return Check("sound.loop", "Play and record", "skipped", "No tone was played.")
    if heard.loop_db < TONE_CLEAR_DB:
        said = "The microphone did not hear the tone, as it should be with headphones."
        return Check("sound.loop", "Play and record", "skipped", said, heard.loop_db, "dB", TONE_CLEAR_DB)
    said = f"The microphone heard the tone, {heard.loop_db:.0f} dB over the room."
    return Check("sound.loop", "Play and record", "pass", said, heard.loop_db, "dB", TONE_CLEAR_DB)


def _saying(finding: Finding) -> advice.Saying:
    """Here nothing has to be recorded again: the words are those that are said while one speaks."""
    return advice.for_finding(replace(finding, severity="advice"))


def _first(verdict: Verdict, codes: tuple[Code, ...]) -> Finding | None:
    return next((finding for finding in verdict.findings if finding.code in codes), None)


def _outcome(finding: Finding) -> Outcome:
    return "fail" if finding.severity == "likely_nr" else "warn"
