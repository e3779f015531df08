"""Sample views of the equipment check."""

from dataclasses import replace
from typing import Final

from stamp_desktop.audio.condition import Condition
from stamp_desktop.delivery import microphone
from stamp_desktop.delivery.views import (
    CheckLine,
    EquipmentView,
    FrameView,
    Notice,
    SavedView,
    Showing,
)
from stamp_desktop.ui.gallery_parts import peaks

_HUM: Final = Notice(
    "We can hear a hum",
    "There is a steady buzzing sound under your voice. It can make your answer hard to rate.",
    "plug the headset into another USB port, or unplug the laptop’s charger.",
    "attention",
    "zap",
)


def samples() -> list[tuple[str, Showing]]:
    """Every step of the equipment check in every state, named."""
    todo = (
        CheckLine("headphones", "Headphones", "now"),
        CheckLine("room", "How quiet the room is", "todo"),
        CheckLine("voice", "Your voice", "todo"),
        CheckLine("keyboard", "Keyboard for Spanish", "todo"),
    )
    heard = CheckLine("headphones", "Headphones: you heard “garden”", "ok")
    quiet = CheckLine("room", "The room is quiet enough", "ok")
    phones = EquipmentView(
        "headphones",
        1,
        4,
        "Put on your headphones and listen",
        "Play the word, then choose the word that you heard.",
        "idle",
        todo,
        words=("garden", "river", "orange", "window"),
    )
    wrong = Notice(
        "That was not the word",
        "The sound may be too low, or it may come from another loudspeaker.",
        "turn the volume up, check the plug of your headphones, and play the word again.",
        "attention",
        "volume-2",
    )
    room = EquipmentView(
        "room",
        2,
        4,
        "Be quiet for three seconds",
        "We listen to how loud the room is. Do not speak yet.",
        "idle",
        (heard, replace(todo[1], state="now"), *todo[2:]),
        devices=("Headset (USB)", "Built-in microphone"),
    )
    voice = EquipmentView(
        "voice",
        3,
        4,
        "Say this sentence in your normal voice",
        "Not a whisper, not louder than usual.",
        "idle",
        (heard, quiet, replace(todo[2], state="now"), todo[3]),
        sentence="On Saturday we took the early train to the coast and walked along the beach.",
        devices=("Headset (USB)", "Built-in microphone"),
        device="Headset (USB)",
    )
    hum = replace(
        voice,
        activity="done",
        lines=(heard, quiet, CheckLine("voice", "Your voice: hum at 50 Hz", "advised"), todo[3]),
        peaks=peaks(112),
        level=0.55,
        finding=_HUM,
        can_hear_self=True,
        go_on="Go on anyway",
        attempt=2,
    )
    muted = replace(voice, activity="recording", peaks=(0.0,) * 40, level=0.0, finding=microphone.MUTED)
    low = microphone.cause_of("too_quiet", Condition("usb", "Headset (USB)", volume=0.05), then="This step then begins again.")
    keyboard = EquipmentView(
        "keyboard",
        4,
        4,
        "Type this line",
        "Use the keyboard as you will in the test.",
        "idle",
        (heard, quiet, CheckLine("voice", "Your voice can be heard well", "ok"), replace(todo[3], state="now")),
        typed_sample="¿Cuándo empieza el año escolar en España?",
        go_on="Go on without typing",
    )

    def bar(step: int, name: str) -> FrameView:
        return FrameView(
            "Equipment check", f"Step {step} of 4: {name}", (step - 1) / 4, SavedView("Ready", "good", "circle-check"), ""
        )

    phones_bar, room_bar, voice_bar = bar(1, "headphones"), bar(2, "the room"), bar(3, "your voice")
    return [
        ("equipment-voice-muted", Showing(muted, voice_bar)),
        ("equipment-voice-turned-down", Showing(replace(hum, finding=low), voice_bar)),
        ("equipment-headphones", Showing(phones, phones_bar)),
        ("equipment-headphones-playing", Showing(replace(phones, activity="playing"), phones_bar)),
        (
            "equipment-headphones-wrong",
            Showing(replace(phones, activity="done", chosen_word="river", finding=wrong), phones_bar),
        ),
        (
            "equipment-headphones-passed",
            Showing(replace(phones, activity="done", chosen_word="garden", passed=True), phones_bar),
        ),
        ("equipment-room", Showing(room, room_bar)),
        (
            "equipment-room-listening",
            Showing(replace(room, activity="listening", seconds_left=2.0, peaks=peaks(30), level=0.1), room_bar),
        ),
        (
            "equipment-room-narrow",
            Showing(replace(room, activity="done", passed=True, finding=microphone.NARROW), room_bar),
        ),
        ("equipment-room-passed", Showing(replace(room, activity="done", passed=True), room_bar)),
        ("equipment-voice", Showing(voice, voice_bar)),
        (
            "equipment-voice-recording",
            Showing(replace(voice, activity="recording", peaks=peaks(84), level=0.21), voice_bar),
        ),
        ("equipment-voice-finding", Showing(hum, voice_bar)),
        (
            "equipment-voice-passed",
            Showing(replace(voice, activity="done", peaks=peaks(112), passed=True, can_hear_self=True), voice_bar),
        ),
        ("equipment-keyboard", Showing(keyboard, bar(4, "the keyboard"))),
        ("equipment-keyboard-passed", Showing(replace(keyboard, passed=True, go_on=""), bar(4, "the keyboard"))),
        (
            "equipment-keyboard-arabic",
            Showing(replace(keyboard, typed_sample="متى تبدأ السنة الدراسية الجديدة؟"), bar(4, "the keyboard")),
        ),
    ]
