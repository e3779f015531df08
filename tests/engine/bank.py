"""Generated item banks and scripted sittings for tests: small, seeded, plausible. Never an operational item."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint, PromptSection
from stamp_desktop.engine.events import (
    Answered,
    DraftSaved,
    EquipmentChecked,
    Event,
    Judged,
    Moment,
    PlayBegan,
    PlayEnded,
    PracticeFinished,
    PreparationBegan,
    ProfileSaved,
    RecordingBegan,
    RecordingEnded,
    RulesAccepted,
    Seat,
    SectionBegan,
    SessionBegan,
    SessionFinished,
    Submitted,
    Ticked,
)
from stamp_desktop.engine.items import (
    Bank,
    ChoiceKey,
    ChoiceResponse,
    GapKey,
    GapResponse,
    Item,
    ItemSet,
    Prompt,
    RecordingResponse,
    Response,
    TextResponse,
)
from stamp_desktop.engine.session import Form, SectionState, State, step

CUTS = (-2.0, -1.4, -0.8, -0.2, 0.4, 1.0, 1.6, 2.2)
TOPICS = ("school", "food", "travel", "health", "art")

READING = AdaptiveSection(
    id="reading",
    levels=(1, 9),
    minutes=0,
    sets=10,
    cuts=CUTS,
    prior_mean=0.0,
    prior_sd=1.5,
    set_effect=0.5,
    stripes=3,
    max_sets_per_topic=3,
    score="level_table",
    scaled_slope=100.0,
    scaled_intercept=500.0,
)
LISTENING = replace(READING, id="listening", minutes=30, sets=4, stripes=1, plays=2, score="pattern", pilots=1)
WRITING = PromptSection(id="writing", levels=(1, 8), minutes=20, tasks=3, follows="reading")
SPEAKING = PromptSection(id="speaking", levels=(1, 8), minutes=0, tasks=3, follows="listening")
BLUEPRINT = Blueprint(assessment="stamp", language="es", sections=(READING, LISTENING, WRITING, SPEAKING))

RIGHT = ChoiceResponse(("right",))
WRONG = ChoiceResponse(("wrong",))


def item(name: str, a: float = 1.0, b: float = 0.0, c: float = 0.0, d: float = 1.0) -> Item:
    """A choice item whose key is the choice "right"."""
    return Item(name, ChoiceKey(frozenset({"right"})), a, b, c, d)


def item_set(
    name: str,
    level: int = 5,
    items: int = 3,
    topic: str = "school",
    stripe: int = 0,
    enemies: Iterable[str] = (),
    pilot: bool = False,
    section: str = "reading",
    a: float = 1.0,
) -> ItemSet:
    """A set of equal items at the middle of its level."""
    made = tuple(item(f"{name}-{i}", a=a, b=-2.3 + 0.6 * (level - 1)) for i in range(1, items + 1))
    return ItemSet(name, section, level, topic, made, stripe, frozenset(enemies), pilot)


def generated_sets(section: AdaptiveSection, count: int, seed: int = 1, pilots: int = 0, items: int = 3) -> tuple[ItemSet, ...]:
    """3PL sets spread over levels, topics and stripes; every seventh has an enemy, every eleventh item is typed."""
    dice = random.Random(seed)
    lowest, highest = section.levels
    sets: list[ItemSet] = []
    for n in range(count + pilots):
        level = lowest + n % (highest - lowest + 1)
        name = f"{section.id[0]}{n:04}"
        made = []
        for i in range(1, items + 1):
            b = round(-2.3 + 0.6 * (level - 1) + dice.gauss(0, 0.3), 2)
            one = item(f"{name}-{i}", a=round(dice.lognormvariate(0.2, 0.25), 2), b=b, c=round(dice.uniform(0.1, 0.25), 2))
            made.append(replace(one, key=GapKey({"g": ("right",)})) if (3 * n + i) % 11 == 0 else one)
        enemies = frozenset({sets[-1].id}) if n % 7 == 6 else frozenset[str]()
        stripe = (n // (highest - lowest + 1)) % section.stripes
        topic = TOPICS[(n * 2 + n // 9) % len(TOPICS)]
        sets.append(ItemSet(name, section.id, level, topic, tuple(made), stripe, enemies, pilot=n >= count))
    return tuple(sets)


def generated_prompts(section: str, spoken: bool, each: int = 3) -> tuple[Prompt, ...]:
    """Prompts of every difficulty, with different topics."""
    return tuple(
        Prompt(f"{section[0]}p{difficulty}{n}", section, difficulty, TOPICS[n % 5], 5 if spoken else 0, 60 if spoken else 0, 2)
        for difficulty in (1, 2, 3)
        for n in range(each)
    )


def generated_bank(seed: int = 1, sets: int = 66) -> Bank:
    """A bank for BLUEPRINT."""
    return Bank(
        sets=(*generated_sets(READING, sets, seed), *generated_sets(LISTENING, 40, seed + 1, pilots=3)),
        prompts=(*generated_prompts("writing", spoken=False), *generated_prompts("speaking", spoken=True)),
    )


def generated_form(seed: int = 1) -> Form:
    """BLUEPRINT with its bank."""
    return Form(BLUEPRINT, generated_bank(seed), "stamp-es", "c0ffee" * 8)


def began(form: Form, seed: int = 7, seat: Seat | None = None, login: str = "ana") -> SessionBegan:
    """The first event of a sitting."""
    return SessionBegan(form.package_id, form.package_hash, "group-1", login, "station-1", seed, seat)


def answer(of: Item, right: bool) -> Response:
    """A right or a wrong response to a generated item."""
    word = "right" if right else "wrong"
    return GapResponse({"g": word}) if isinstance(of.key, GapKey) else ChoiceResponse((word,))


Journal = list[tuple[Event, Moment]]


@dataclass
class Sitter:
    """Drives one sitting: steps an event and the engine's decisions, and keeps the journal."""

    form: Form
    state: State | None = None
    journal: Journal = field(default_factory=list)
    mono_ms: int = 0
    boot: str = "boot-1"

    @property
    def now(self) -> State:
        assert self.state is not None
        return self.state

    @property
    def section(self) -> SectionState:
        section = self.now.current
        assert section is not None
        return section

    def do(self, event: Event, after_ms: int = 1000) -> tuple[Event, ...]:
        """Step one event that happens so many milliseconds later, then every decision; the decisions are returned."""
        self.mono_ms += after_ms
        moment = Moment(1_700_000_000_000 + self.mono_ms, self.mono_ms, self.boot)
        self.state, decisions = step(self.form, self.state, event, moment)
        self.journal.append((event, moment))
        taken = []
        while decisions:
            taken.append(decisions[0])
            self.state, decisions = step(self.form, self.state, decisions[0], moment)
            self.journal.append((taken[-1], moment))
        return tuple(taken)

    def start(self, seed: int = 7, seat: Seat | None = None, login: str = "ana") -> "Sitter":
        """Up to the dashboard."""
        self.do(began(self.form, seed, seat, login))
        self.do(RulesAccepted())
        self.do(ProfileSaved({"grade": "9"}))
        self.do(EquipmentChecked({"voice": "ok"}))
        return self

    def open(self, section: str) -> "Sitter":
        """Begin a section and finish its practice."""
        self.do(SectionBegan(section))
        self.do(PracticeFinished(section))
        return self

    def item(self) -> Item:
        """The current item."""
        stock = self.form.stocks[self.section.id]
        assert self.section.set_id is not None
        return next(i for i in stock[self.section.set_id].items if i.id == self.section.item)

    def answer(self, right: bool = True, after_ms: int = 8000) -> tuple[Event, ...]:
        """Answer the current item."""
        return self.do(Answered(self.item().id, answer(self.item(), right)), after_ms)

    def answer_all(self, section: str, right: Callable[[Item], bool]) -> "Sitter":
        """Take a whole adaptive section; hear each recording once."""
        self.open(section)
        while self.now.open == section:
            limit = self.form.stocks[section].section.plays
            if limit and self.section.plays_used == 0:
                set_id = self.section.set_id or ""
                self.do(PlayBegan(set_id, 1))
                self.do(PlayEnded(set_id, 1, 4000, complete=True), 4000)
            self.answer(right(self.item()))
        return self

    def open_self(self, section: str = "self") -> "Sitter":
        """Begin a self-evaluation; it has no practice."""
        self.do(SectionBegan(section))
        return self

    def judge_all(self, section: str, answer: Callable[[int], int]) -> "Sitter":
        """Answer the can-do statements of a self-evaluation by their level, as far as it asks."""
        self.open_self(section)
        levels = {each.id: each.level for each in self.form.statements[section]}
        while self.now.open == section:
            statement = self.section.statement or ""
            self.do(Judged(statement, answer(levels[statement])))
        return self

    def write_all(self, section: str = "writing") -> "Sitter":
        """Write a draft and submit it, for each prompt."""
        self.open(section)
        while self.now.open == section:
            prompt = self.section.prompt or ""
            self.do(DraftSaved(prompt, TextResponse("Hola")))
            self.do(Ticked(), 20_000)
            self.do(Submitted(prompt, TextResponse("Hola, me llamo Ana.")))
        return self

    def speak_all(self, section: str = "speaking") -> "Sitter":
        """Prepare, record and submit, for each prompt; the second one twice."""
        self.open(section)
        while self.now.open == section:
            prompt = self.section.prompt or ""
            self.do(PreparationBegan(prompt))
            for attempt in range(1, 3 if self.section.index == 1 else 2):
                name = f"{prompt}-take{attempt}"
                self.do(RecordingBegan(prompt, name, attempt))
                self.do(RecordingEnded(prompt, name, 21_000, "ab" * 32), 21_000)
            self.do(Submitted(prompt, RecordingResponse(name)))
        return self


def whole_sitting(form: Form, right: Callable[[Item], bool], seed: int = 7) -> Sitter:
    """Everything from the rules to the end."""
    sitter = Sitter(form).start(seed=seed)
    sitter.answer_all("reading", right).answer_all("listening", right).write_all().speak_all()
    sitter.do(SessionFinished())
    return sitter


def by_chance(seed: int, theta: float = 0.3) -> Callable[[Item], bool]:
    """Answers of a test taker of that ability."""
    dice = random.Random(seed)

    def right(of: Item) -> bool:
        return dice.random() < of.c + (of.d - of.c) / (1 + math.exp(-of.a * (theta - of.b)))

    return right
