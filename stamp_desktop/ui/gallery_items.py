"""Sample views of questions, tasks and the equipment check: texts are written for this, people and places are invented."""

import math
from dataclasses import replace
from typing import Final

from stamp_desktop.audio.condition import Condition
from stamp_desktop.delivery import microphone
from stamp_desktop.delivery.views import (
    CheckLine,
    ChoiceLine,
    ChoiceTask,
    EquipmentView,
    FrameView,
    GapTask,
    ItemView,
    Notice,
    PlayerView,
    SavedView,
    Showing,
    SpeakingView,
    WritingView,
)
from stamp_desktop.ui.theme.assets import assets

_SAVED: Final = SavedView("Saved on this computer", "good", "circle-check")
_SPANISH: Final = """Del 3 al 14 de julio la piscina grande estará cerrada por obras. Los cursos de natación para adultos \
pasan a la piscina pequeña, **de lunes a jueves a las 19:30**. Las clases infantiles de la mañana no cambian de horario.

Si ya ha pagado el curso y no puede venir a la nueva hora, escriba a recepción antes del 30 de junio y le devolveremos \
el dinero."""
_TABLE: Final = """La biblioteca abre también en agosto, pero con menos horas. Los libros se pueden devolver siempre en el \
buzón de la entrada.

| Día | Mañana | Tarde |
|---|---|---|
| Lunes y martes | 10:00–13:00 | cerrado |
| Miércoles | cerrado | 16:00–20:00 |
| Jueves y viernes | 10:00–13:00 | 17:00–19:00 |
| Sábado | 10:00–14:00 | cerrado |

**Importante:** del 10 al 15 de agosto no hay préstamo de

- películas y música,
- libros de la sala infantil."""
_LONG: Final = """When the council of Brennick closed Weaver Street to cars last spring, shopkeepers predicted disaster. ‘My \
customers come for heavy things,’ said Dario Conti, whose hardware shop has stood at number 14 since 1987. ‘They won’t carry \
paint to the bus stop.’ A petition against the plan collected 2,300 signatures in two weeks.

Twelve months later, the picture is more complicated than either side expected. According to figures published on Monday, \
18 per cent more people walk through the street than before, and cafés have taken on staff. Conti, on the other hand, has \
lost about a tenth of his sales, although he admits that an online competitor may be partly to blame.

Residents of the neighbouring streets are less amused. Traffic there has risen noticeably, and the car park that was promised \
at the edge of the centre has not been built. ‘They have moved the problem to my front door,’ says Yuki Arslan, a nurse who \
works nights and sleeps by day.

In June, the council will vote on whether to make the closure permanent. Even some of those who signed the petition now say \
they would miss the new trees."""
_ARABIC: Final = "أريد أن أزور مدينة مراكش في المغرب مع عائلتي في الصيف القادم. سمعت أن الأسواق هناك جميلة جدًّا والطعام لذيذ"
_ARABIC_TEXT: Final = """تُغلق المكتبة العامة أبوابها يوم الخميس القادم من الساعة الثانية ظهرًا بسبب أعمال الصيانة، \
وتفتح من جديد صباح يوم السبت كالمعتاد.

يمكن للقرّاء إعادة الكتب في الصندوق الموجود أمام المدخل الرئيسي. لن تُحسب أيام الإغلاق ضمن مدة الإعارة."""
_HUM: Final = Notice(
    "We can hear a hum",
    "There is a steady buzzing sound under your voice. It can make your answer hard to rate.",
    "plug the headset into another USB port, or unplug the laptop’s charger.",
    "attention",
    "zap",
)


def _frame(section: str, step: str, progress: float | None, clock: str = "38:20", keyboard: str = "") -> FrameView:
    return FrameView(section, step, progress, _SAVED, clock, keyboard=keyboard)


def _picture(name: str) -> bytes:
    return (assets() / "demo" / "english" / "pictures" / f"{name}.svg").read_bytes()


def _lines(*texts: str) -> tuple[ChoiceLine, ...]:
    return tuple(ChoiceLine(letter, text) for letter, text in zip("abcdefghi", texts, strict=False))


def _peaks(count: int) -> tuple[float, ...]:
    """Something like speech: words of different strength, with pauses between them."""
    made = []
    for i in range(count):
        phrase = max(0.0, math.sin(i * 0.083 + 0.4)) ** 0.4
        syllable = 0.45 + 0.55 * abs(math.sin(i * 0.37) * math.sin(i * 0.23 + 1))
        grain = 0.55 + 0.45 * abs(math.sin(i * i * 12.9898))
        made.append(max(0.03, 0.95 * phrase * syllable * grain))
    return tuple(made)


_READING: Final = ItemView(
    "r-pool-1",
    "r-pool",
    7,
    30,
    "Who has to come at a **different time** in July?",
    ChoiceTask(
        _lines(
            "Children in the morning class",
            "Adults who are learning to swim",
            "People who work at reception",
            "Everyone who uses the big pool",
        ),
        ("b",),
    ),
    genre="Notice at a sports centre",
    title="Cambios en la piscina este verano",
    text_md=_SPANISH,
    language="es",
)
_SEVERAL: Final = ItemView(
    "r-street-2",
    "r-street",
    21,
    30,
    "Which **two** developments since the closure does the report describe?",
    ChoiceTask(
        _lines(
            "Visitors have more places to park near by.",
            "More cars use the streets around it.",
            "Shopkeepers have started a second petition, which has been signed by more people than the first one.",
            "Shops have taken on more staff than cafés.",
            "More people come through the street on foot.",
        ),
        ("b", "e"),
        2,
        2,
    ),
    genre="News report",
    title="One year without cars: Weaver Street takes stock",
    text_md=_LONG,
)
_LISTENING: Final = ItemView(
    "l-clinic-1",
    "l-clinic",
    4,
    30,
    "Why does the speaker call the clinic?",
    ChoiceTask(
        _lines("To change an appointment", "To ask for new glasses", "To complain about a bill", "To thank the doctor"), ()
    ),
    player=PlayerView("ready", 2, 0.0, 48.0),
)
_LISTS: Final = GapTask(
    "Hi Ana! The pool is {g1} until the middle of July, so my course is in the small pool now. "
    "It starts at {g2} and ends an hour later. See you there on {g3}!",
    {
        "g1": _lines("open", "closed", "heated"),
        "g2": _lines("half past six", "half past seven", "half past eight"),
        "g3": _lines("Monday", "Friday", "Saturday"),
    },
    {"g1": "b", "g2": "b"},
)
_TYPED: Final = GapTask(
    "My son has his swimming class with Mr Osei every {g1}, and he has to bring a {g2} and a cap.",
    {"g1": (), "g2": ()},
    {"g1": "Wednesday"},
)


def _items() -> list[tuple[str, Showing]]:
    reading, listening = _frame("Reading", "Question 7 of about 30", 0.23), _frame("Listening", "Question 4 of about 30", 0.1)
    fresh = ChoiceTask(_READING.task.choices, ()) if isinstance(_READING.task, ChoiceTask) else _READING.task
    cut = Notice(
        "The recording stopped",
        "The headphones were unplugged. That play does not count.",
        "Plug them in again, then press play.",
        "attention",
        "headphones",
    )
    states = {
        "ready": _LISTENING.player,
        "playing": PlayerView("playing", 1, 17.4, 48.0),
        "heard": PlayerView("heard", 1, 48.0, 48.0),
        "over": PlayerView("heard", 0, 48.0, 48.0),
        "trouble": PlayerView("trouble", 2, 9.0, 48.0, cut),
    }
    return [
        ("item-reading", Showing(_READING, reading)),
        ("item-reading-fresh", Showing(replace(_READING, task=fresh), reading)),
        ("item-reading-several", Showing(_SEVERAL, _frame("Reading", "Question 21 of about 30", 0.7, "11:05"))),
        (
            "item-reading-table",
            Showing(
                replace(
                    _READING,
                    genre="Cartel en una biblioteca",
                    title="Horario de agosto",
                    text_md=_TABLE,
                    stem_md="Fill in the message to a friend.",
                    task=_LISTS,
                ),
                reading,
            ),
        ),
        ("item-reading-typed", Showing(replace(_READING, stem_md="Complete the message.", task=_TYPED), reading)),
        (
            "item-reading-picture",
            Showing(replace(_READING, picture=_picture("lake"), picture_alt="A lake in the mountains", last=True), reading),
        ),
        (
            "item-reading-practice",
            Showing(
                replace(_READING, practice=True, task=fresh),
                _frame("Reading", "Practice, not scored", None, "not running"),
            ),
        ),
        (
            "item-reading-arabic",
            Showing(
                replace(
                    _READING,
                    genre="إعلان",
                    title="المكتبة العامة",
                    text_md=_ARABIC_TEXT,
                    language="ar",
                    stem_md="متى تفتح المكتبة من جديد؟",
                    task=ChoiceTask(_lines("يوم الخميس", "يوم الجمعة", "يوم السبت", "يوم الأحد"), ("c",)),
                ),
                _frame("Reading", "Question 7 of about 30", 0.23),
            ),
        ),
        *(
            (f"item-listening-{name}", Showing(replace(_LISTENING, player=player), listening))
            for name, player in states.items()
        ),
    ]


def _writing() -> list[tuple[str, Showing]]:
    english = WritingView(
        "w-day",
        2,
        3,
        "A good day out",
        "Write to a friend about a day that you spent outside. Tell what happened, from the beginning to the end, and who "
        "was with you. Say which part you liked **best** and why.",
        _picture("lake"),
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
        picture=_picture("market"),
        picture_alt="People at a market",
        draft=_ARABIC,
        words=0,
        language="ar",
        language_name="Arabic",
        palette=tuple("ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظ"),
    )
    offline = Notice("The text could not be saved", "The disk is full.", "Call the proctor. Keep this window open.", "bad")
    bar = _frame("Writing", "Task 2 of 3", 0.34, "no limit", "English (US)")
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
                _frame("Writing", "Task 2 of 3", 0.34, "no limit", "Spanish (Latin American)"),
            ),
        ),
        ("writing-arabic", Showing(arabic, _frame("Writing", "Task 1 of 3", 0.0, "no limit", "Arabic (101)"))),
    ]


def _speaking() -> list[tuple[str, Showing]]:
    ready = SpeakingView(
        "s-cooking",
        2,
        3,
        "A meal for someone",
        "Tell about a time when you made food for someone, or helped to make it. What did you need, where did you get it, "
        "and how did it go?",
        _picture("market"),
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
        peaks=_peaks(84),
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
        peaks=_peaks(1280),
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
            Showing(replace(recording, level=0.0, peaks=(*_peaks(60), *[0.0] * 24), finding=muted), bar),
        ),
        ("speaking-recording-unplugged", Showing(replace(recording, level=0.0, finding=microphone.LOST), bar)),
        ("speaking-recording-moved", Showing(replace(recording, finding=microphone.moved_to("Built-in microphone")), bar)),
        ("speaking-kept-turned-down", Showing(replace(kept, finding=low), bar)),
        ("speaking-recording-loud", Showing(replace(recording, level=0.93, peaks=_peaks(400), picture=None), bar)),
        ("speaking-saving", Showing(replace(recording, stage="saving", level=None, busy=True), bar)),
        ("speaking-kept", Showing(kept, bar)),
        ("speaking-kept-playing", Showing(replace(kept, playing=True, attempts_left=0), bar)),
        ("speaking-kept-finding", Showing(replace(kept, finding=quiet), bar)),
        ("speaking-salvaged", Showing(replace(kept, salvaged=True), bar)),
        ("speaking-practice", Showing(replace(ready, practice=True, picture=_picture("practice-speaking")), bar)),
    ]


def _check() -> list[tuple[str, Showing]]:
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
        peaks=_peaks(112),
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
            Showing(replace(room, activity="listening", seconds_left=2.0, peaks=_peaks(30), level=0.1), room_bar),
        ),
        ("equipment-room-passed", Showing(replace(room, activity="done", passed=True), room_bar)),
        ("equipment-voice", Showing(voice, voice_bar)),
        (
            "equipment-voice-recording",
            Showing(replace(voice, activity="recording", peaks=_peaks(84), level=0.21), voice_bar),
        ),
        ("equipment-voice-finding", Showing(hum, voice_bar)),
        (
            "equipment-voice-passed",
            Showing(replace(voice, activity="done", peaks=_peaks(112), passed=True, can_hear_self=True), voice_bar),
        ),
        ("equipment-keyboard", Showing(keyboard, bar(4, "the keyboard"))),
        ("equipment-keyboard-passed", Showing(replace(keyboard, passed=True, go_on=""), bar(4, "the keyboard"))),
        (
            "equipment-keyboard-arabic",
            Showing(replace(keyboard, typed_sample="متى تبدأ السنة الدراسية الجديدة؟"), bar(4, "the keyboard")),
        ),
    ]


def samples() -> list[tuple[str, Showing]]:
    """Every question, task and step of the check in every state, named."""
    return [*_items(), *_writing(), *_speaking(), *_check()]
