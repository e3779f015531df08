"""Sample views of questions: texts are written for this, people and places are invented."""

from dataclasses import replace
from typing import Final

from stamp_desktop.delivery.views import (
    ChoiceTask,
    GapTask,
    ItemView,
    Notice,
    PlayerView,
    Showing,
)
from stamp_desktop.ui.gallery_parts import frame, lines, picture

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
_ARABIC_TEXT: Final = """تُغلق المكتبة العامة أبوابها يوم الخميس القادم من الساعة الثانية ظهرًا بسبب أعمال الصيانة، \
وتفتح من جديد صباح يوم السبت كالمعتاد.

يمكن للقرّاء إعادة الكتب في الصندوق الموجود أمام المدخل الرئيسي. لن تُحسب أيام الإغلاق ضمن مدة الإعارة."""

_READING: Final = ItemView(
    "r-pool-1",
    "r-pool",
    7,
    30,
    "Who has to come at a **different time** in July?",
    ChoiceTask(
        lines(
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
        lines(
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
        lines("To change an appointment", "To ask for new glasses", "To complain about a bill", "To thank the doctor"), ()
    ),
    player=PlayerView("ready", 2, 0.0, 48.0),
)
_LISTS: Final = GapTask(
    "Hi Ana! The pool is {g1} until the middle of July, so my course is in the small pool now. "
    "It starts at {g2} and ends an hour later. See you there on {g3}!",
    {
        "g1": lines("open", "closed", "heated"),
        "g2": lines("half past six", "half past seven", "half past eight"),
        "g3": lines("Monday", "Friday", "Saturday"),
    },
    {"g1": "b", "g2": "b"},
)
_TYPED: Final = GapTask(
    "My son has his swimming class with Mr Osei every {g1}, and he has to bring a {g2} and a cap.",
    {"g1": (), "g2": ()},
    {"g1": "Wednesday"},
)


_STATEMENT: Final = ItemView(
    "c-order",
    "self",
    3,
    12,
    "I can order a meal and ask what is in it.",
    ChoiceTask(
        lines("I cannot do this yet", "I can do this with help", "I can often do this", "I can do this easily"),
        ("c",),
    ),
    title="What can you do in the language?",
    text_md="Think of what you can do today, without help from a person or a machine. An honest answer costs nothing.",
)


def samples() -> list[tuple[str, Showing]]:
    """Every kind of question in every state, named."""
    reading, listening = frame("Reading", "Question 7 of about 30", 0.23), frame("Listening", "Question 4 of about 30", 0.1)
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
        ("item-statement", Showing(_STATEMENT, frame("Can-do statements", "Statement 3 of 12", 0.2, "no limit"))),
        ("item-reading-fresh", Showing(replace(_READING, task=fresh), reading)),
        ("item-reading-several", Showing(_SEVERAL, frame("Reading", "Question 21 of about 30", 0.7, "11:05"))),
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
            Showing(replace(_READING, picture=picture("lake"), picture_alt="A lake in the mountains", last=True), reading),
        ),
        (
            "item-reading-practice",
            Showing(
                replace(_READING, practice=True, task=fresh),
                frame("Reading", "Practice, not scored", None, "not running"),
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
                    task=ChoiceTask(lines("يوم الخميس", "يوم الجمعة", "يوم السبت", "يوم الأحد"), ("c",)),
                ),
                frame("Reading", "Question 7 of about 30", 0.23),
            ),
        ),
        *(
            (f"item-listening-{name}", Showing(replace(_LISTENING, player=player), listening))
            for name, player in states.items()
        ),
    ]
