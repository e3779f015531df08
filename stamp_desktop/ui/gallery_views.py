"""Sample views of the screens around the sections: people and places are invented."""

from typing import Final

from stamp_desktop.delivery.views import (
    AllDoneView,
    ConfirmView,
    DashboardView,
    FrameView,
    LevelRow,
    LockView,
    Notice,
    ProfileView,
    Question,
    ResultLine,
    RulesView,
    SavedView,
    SectionCard,
    SectionDoneView,
    SectionIntroView,
    Showing,
    SignInView,
    StateView,
)

SAVED: Final = SavedView("Saved on this computer", "good", "circle-check")
_OFFLINE: Final = SavedView("No network. That is fine: everything is kept on this computer.", "attention", "cloud-off")
_ONLINE: Final = SavedView("Connected to the room", "plain", "wifi")


def frame(section: str, step: str = "", progress: float | None = None, clock: str = "") -> FrameView:
    """A top bar as it usually is."""
    return FrameView(section, step, progress, SAVED, clock)


_READING: Final = SectionCard("reading", "Reading", "book-open", "About 30 questions, 45 minutes", "next")
_LISTENING: Final = SectionCard("listening", "Listening", "headphones", "About 30 questions, 45 minutes", "open")
_WRITING: Final = SectionCard("writing", "Writing", "pencil-line", "3 tasks. Opens after reading and listening", "locked")
_SPEAKING: Final = SectionCard("speaking", "Speaking", "mic", "3 tasks. Opens after reading and listening", "locked")


def _done(card: SectionCard, note: str, result: str) -> SectionCard:
    return SectionCard(card.id, card.title, card.icon, note, "done", result)


_ALL: Final = (
    _done(_READING, "31 questions", "Level 5"),
    _done(_LISTENING, "28 questions", "Level 4"),
    _done(_WRITING, "3 tasks", "Handed in"),
    _done(_SPEAKING, "3 tasks", "Handed in"),
)

_RULES: Final = RulesView(
    "Before you begin",
    (
        "Work alone. Do not use a dictionary, a translator or notes.",
        "You cannot go back to a question once you have gone on, so take your time.",
        "The questions get harder or easier as you go. Nobody knows every answer.",
        "When you speak, use your normal voice and answer in the language of the test.",
        "Raise your hand or press “Call the proctor” if anything does not work. Your clock can be stopped.",
    ),
    "I have understood this, and I will do the test by myself.",
)

_PROFILE: Final = ProfileView(
    "Amara Okafor",
    (
        Question("grade", "What grade are you in?", ("Grade 7", "Grade 8", "Grade 9", "Grade 10")),
        Question("years", "How long have you studied Spanish?", ("Less than a year", "1 to 2 years", "3 to 4 years")),
        Question("home", "Which languages do you speak at home?"),
        Question("abroad", "Have you lived where Spanish is spoken?", ("No", "Less than a year", "Longer"), optional=True),
    ),
    {"grade": "Grade 8", "home": "English, Igbo"},
)

_READING_DONE: Final = SectionDoneView(
    "Reading",
    "book-open",
    "5",
    "Intermediate-Mid",
    "487",
    "Your proctor and your teacher see the same table.",
    (
        LevelRow(3, "Novice-High", 5, 5),
        LevelRow(4, "Intermediate-Low", 8, 7),
        LevelRow(5, "Intermediate-Mid", 10, 7),
        LevelRow(6, "Intermediate-High", 6, 2),
        LevelRow(7, "Advanced-Low", 2, 0),
    ),
    "Listening",
)

_RESULTS: Final = (
    ResultLine("Reading", "book-open", "Level 5", "Intermediate-Mid, scaled score 487"),
    ResultLine("Listening", "headphones", "Level 4", "Intermediate-Low, scaled score 441"),
    ResultLine("Writing", "pencil-line", "Handed in", "3 texts, read by trained raters"),
    ResultLine("Speaking", "mic", "Handed in", "3 recordings, heard by trained raters"),
)
_NEXT: Final = (
    "Raters read and hear your answers within 7 to 10 days.",
    "Your teacher gets the whole report then.",
)


def samples() -> list[tuple[str, Showing]]:
    """Every screen around the sections in every state, named."""
    sign_in = SignInView("", "", _ONLINE, "Seat 12")
    trouble = Notice(
        "We do not know this test code.",
        "Nothing is lost.",
        "Look at the code again: it has four letters and four digits.",
        "bad",
        "circle-alert",
    )
    dashboard = frame("Spanish · STAMP")
    return [
        ("sign-in", Showing(sign_in)),
        (
            "sign-in-busy",
            Showing(SignInView("SPAN-4821", "okafor.a8", _ONLINE, "Seat 12", busy=True)),
        ),
        (
            "sign-in-trouble",
            Showing(SignInView("SPAM-4821", "okafor.a8", _OFFLINE, "Seat 12", trouble=trouble)),
        ),
        (
            "sign-in-demo",
            Showing(SignInView("DEMO", "", _OFFLINE, "Demonstration", demo_hint="Any login name will do.")),
        ),
        (
            "confirm-new",
            Showing(
                ConfirmView(
                    "Spanish · STAMP", "Lincoln Middle School · Spanish 8B", "Amara Okafor", "okafor.a8", _ONLINE, "Seat 12"
                )
            ),
        ),
        (
            "confirm-resume",
            Showing(
                ConfirmView(
                    "Spanish · STAMP",
                    "Lincoln Middle School · Spanish 8B",
                    "Amara Okafor",
                    "okafor.a8",
                    _OFFLINE,
                    "Seat 12",
                    "9:12 today",
                    "Reading, question 8",
                )
            ),
        ),
        ("rules", Showing(_RULES, frame("Spanish · STAMP", "Rules"))),
        ("profile", Showing(_PROFILE, frame("Spanish · STAMP", "About you"))),
        (
            "dashboard-start",
            Showing(DashboardView("Amara", "Spanish · STAMP", (_READING, _LISTENING, _WRITING, _SPEAKING)), dashboard),
        ),
        (
            "dashboard-midway",
            Showing(
                DashboardView(
                    "Amara",
                    "Spanish · STAMP",
                    (
                        *_ALL[:2],
                        SectionCard("writing", "Writing", "pencil-line", "3 tasks, no time limit", "next"),
                        SectionCard("speaking", "Speaking", "mic", "3 tasks, about 15 minutes", "open"),
                    ),
                ),
                dashboard,
            ),
        ),
        ("dashboard-finish", Showing(DashboardView("Amara", "Spanish · STAMP", _ALL, can_finish=True), dashboard)),
        (
            "intro",
            Showing(
                SectionIntroView(
                    "reading",
                    "Reading",
                    "book-open",
                    (
                        "Read each text and choose the best answer. Questions are in English.",
                        "The next question depends on how you answer, so everyone gets other texts.",
                        "You cannot come back to a question once you have gone on.",
                        "A practice question comes first. It does not count.",
                    ),
                    ("About 30 questions", "45 minutes", "Scored at once"),
                ),
                frame("Reading", "Introduction"),
            ),
        ),
        ("section-done-level", Showing(_READING_DONE, frame("Reading", "Done", 1.0))),
        (
            "section-done-rated",
            Showing(
                SectionDoneView(
                    "Speaking",
                    "mic",
                    "",
                    "",
                    "",
                    "Your three recordings are safe on this computer and on their way. "
                    "Trained raters hear them within 7 to 10 days; your teacher gets the result.",
                ),
                frame("Speaking", "Done", 1.0),
            ),
        ),
        (
            "all-done-sending",
            Showing(
                AllDoneView(
                    "Amara",
                    _RESULTS,
                    0.62,
                    SavedView("2 recordings are still being sent", "plain", "cloud-upload"),
                    next_steps=_NEXT,
                ),
                frame("Spanish · STAMP", "Finished"),
            ),
        ),
        (
            "all-done-receipt",
            Showing(
                AllDoneView(
                    "Amara",
                    _RESULTS,
                    1.0,
                    SavedView("Everything has arrived", "good", "circle-check"),
                    "4F2A-91KD",
                    _NEXT,
                ),
                frame("Spanish · STAMP", "Finished"),
            ),
        ),
        *_states(),
        *_bars(),
    ]


def _states() -> list[tuple[str, Showing]]:
    return [
        ("state-paused", Showing(LockView("A second screen was connected.", "10:16", "21:07", lifts_itself=True))),
        (
            "state-locked",
            Showing(LockView("A program was found that records the screen.", "10:16", refused=3, wait_seconds=5)),
        ),
        ("state-locked-away", Showing(LockView("The test program was ended from outside.", "10:16", "21:07", away=True))),
        ("state-pin-lost", Showing(LockView("The test program did not answer.", "10:16", "21:07", challenge="7KQ2XM4PRB"))),
        (
            "state-microphone",
            Showing(
                StateView(
                    "The microphone is gone",
                    "Your headset was unplugged while you were speaking.",
                    (
                        ("circle-check", "What you said up to then is saved", "good"),
                        ("circle-check", "Your clock has stopped", "good"),
                        ("headphones", "Plug the headset in again, then go on", "attention"),
                    ),
                    "Go on",
                    "mic-off",
                    dark=False,
                )
            ),
        ),
        (
            "state-starting",
            Showing(
                StateView(
                    "Getting your test ready",
                    "The texts and recordings are being unlocked. This takes a few seconds.",
                    (),
                    icon="timer",
                    dark=False,
                )
            ),
        ),
    ]


def _bars() -> list[tuple[str, Showing]]:
    """The top bar when it is fullest."""
    midway = DashboardView("Amara", "Spanish · STAMP", (*_ALL[:2], _WRITING, _SPEAKING))
    return [
        (
            "bar-full",
            Showing(
                midway,
                FrameView(
                    "Listening",
                    "Question 7 of about 30",
                    0.23,
                    SavedView("Saved on this computer, 2 recordings waiting to be sent", "attention", "hard-drive"),
                    "4:58",
                    clock_low=True,
                    keyboard="Spanish (Latin American)",
                    seat="Seat 12",
                ),
            ),
        ),
        (
            "bar-called",
            Showing(midway, FrameView("Listening", "Question 7", 0.23, SAVED, "no limit", proctor_called=True)),
        ),
    ]
