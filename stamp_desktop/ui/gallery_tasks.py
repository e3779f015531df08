"""Sample views of writing and speaking tasks: people and places are invented."""

from dataclasses import replace
from typing import Final

from stamp_desktop.audio.condition import Condition
from stamp_desktop.delivery import microphone
from stamp_desktop.delivery.views import (
    FrameView,
    Notice,
    SavedView,
    Showing,
    SpeakingView,
    WritingView,
)
from stamp_desktop.ui.gallery_parts import frame, peaks, picture

_ARABIC: Final = "أريد أن أزور مدينة مراكش في المغرب مع عائلتي في الصيف القادم. سمعت أن الأسواق هناك جميلة جدًّا والطعام لذيذ"


def _writing() -> list[tuple[str, Showing]]:
    english = WritingView(
        "w-day",
        2,
        3,
        "A good day out",
        "Write to a friend about a day that you spent outside. Tell what happened, from the beginning to the end, and who "
        "was with you. Say which part you liked **best** and why.",
        picture("lake"),
        "Two friends sit on a blanket by a lake, with their bicycles near them",
        "Dear Sam,\n\nlast Sunday my cousin and I took our bikes and rode to the lake behind the hills. It was still cold "
        "in the morning, so we had the whole shore to ourselves. We ate everything before noon, and then we",
        150,
        "en",
        "English",
    )
    arabic = replace(
        english,
        prompt="w-place",
        number=1,
        title="A place to visit",
        text_md="Write to a friend about a place that you want to visit. Say where it is, why you want to go, and what you "
        "will do there.",
        picture=picture("market"),
        picture_alt="People at a market",
        draft=_ARABIC,
        words=0,
        language="ar",
        language_name="Arabic",
        palette=tuple("ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظ"),
    )
    offline = Notice("The text could not be saved", "The disk is full.", "Call the proctor. Keep this window open.", "bad")
    bar = frame("Writing", "Task 2 of 3", 0.34, "no limit", "English (US)")
    return [
        ("writing", Showing(english, bar)),
        ("writing-empty", Showing(replace(english, draft=""), bar)),
        ("writing-practice", Showing(replace(english, practice=True, picture=None, draft="Hello, my name is"), bar)),
        ("writing-notice", Showing(replace(english, notice=offline), bar)),
        (
            "writing-spanish",
            Showing(
                replace(
                    english,
                    draft="Querida Sam: el domingo",
                    language="es",
                    language_name="Spanish",
                    palette=tuple("áéíóúüñ¿¡«»"),
                ),
                frame("Writing", "Task 2 of 3", 0.34, "no limit", "Spanish (Latin American)"),
            ),
        ),
        ("writing-arabic", Showing(arabic, frame("Writing", "Task 1 of 3", 0.0, "no limit", "Arabic (101)"))),
    ]


def _speaking() -> list[tuple[str, Showing]]:
    ready = SpeakingView(
        "s-cooking",
        2,
        3,
        "A meal for someone",
        "Tell about a time when you made food for someone, or helped to make it. What did you need, where did you get it, "
        "and how did it go?",
        picture("market"),
        "A man at a market stall hands an apple to a woman with a basket",
        "ready",
        30.0,
        90.0,
        attempts_left=2,
    )
    recording = replace(
        ready,
        stage="recording",
        seconds=36.0,
        level=0.47,
        peaks=peaks(84),
        safe_text="Kept up to this second",
        attempts_left=1,
    )
    near = Notice(
        "Someone near you is talking.",
        "Turn away from them and move the microphone closer to your mouth. The proctor knows. Keep speaking.",
        "",
        "attention",
        "users-round",
    )
    quiet = Notice(
        "Your voice is very quiet",
        "A rater may not understand every word.",
        "Move the microphone to two fingers from your mouth, then record again.",
        "attention",
        "volume-1",
    )
    low = microphone.cause_of("too_quiet", Condition("usb", "Headset (USB)", volume=0.05), then="Then record again.")
    muted = microphone.MUTED
    kept = replace(
        recording,
        stage="kept",
        level=None,
        seconds=64.0,
        peaks=peaks(1280),
        safe_text="Safe on this computer. It is sent while you go on.",
    )
    bar = FrameView(
        "Speaking", "Task 2 of 3", 0.58, SavedView("2 recordings safe on this computer", "good", "circle-check"), "no limit"
    )
    return [
        ("speaking-ready", Showing(ready, bar)),
        ("speaking-preparing", Showing(replace(ready, stage="preparing", seconds=23.0), bar)),
        ("speaking-recording", Showing(recording, bar)),
        ("speaking-recording-finding", Showing(replace(recording, finding=near), bar)),
        (
            "speaking-recording-muted",
            Showing(replace(recording, level=0.0, peaks=(*peaks(60), *[0.0] * 24), finding=muted), bar),
        ),
        ("speaking-recording-unplugged", Showing(replace(recording, level=0.0, finding=microphone.LOST), bar)),
        ("speaking-recording-moved", Showing(replace(recording, finding=microphone.moved_to("Built-in microphone")), bar)),
        ("speaking-kept-turned-down", Showing(replace(kept, finding=low), bar)),
        ("speaking-recording-loud", Showing(replace(recording, level=0.93, peaks=peaks(400), picture=None), bar)),
        ("speaking-saving", Showing(replace(recording, stage="saving", level=None, busy=True), bar)),
        ("speaking-kept", Showing(kept, bar)),
        ("speaking-kept-playing", Showing(replace(kept, playing=True, attempts_left=0), bar)),
        ("speaking-kept-finding", Showing(replace(kept, finding=quiet), bar)),
        ("speaking-salvaged", Showing(replace(kept, salvaged=True), bar)),
        ("speaking-practice", Showing(replace(ready, practice=True, picture=picture("practice-speaking")), bar)),
    ]


def samples() -> list[tuple[str, Showing]]:
    """Every writing and speaking task in every state, named."""
    return [*_writing(), *_speaking()]
