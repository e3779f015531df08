"""Somebody who takes the test: reads the screen, presses keys and buttons, listens, types, speaks. Knows no key of any item.

What a person does next follows from what the screen shows alone, so a test that was broken off goes on by itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import soundfile

from stamp_desktop.audio.playback import Sound
from tests.journeys.lab import Lab
from tests.journeys.reading import GoneError, Node
from tests.journeys.scene import Scene
from tests.journeys.screen import Screen, button, says
from tests.journeys.speech import likeness
from tests.sound_server import SoundServer

TEXTS = (
    "Last year we moved to a new town. At first I missed my friends; now I know “everyone” in our\u00a0street – really!",
    "Żaneta said: l’été was naïve & <b>über</b> hot… 中文 한글 かな عربي שלום हि Ω я 😀 \\ / | ~ ` ^ \" ' % { } [ ]",
    "I like trains.\nThey are never late where I live, or only a little: 5 % of them.\n\n  That is all I can say.",
)
LOOKS, STRANGE_LOOKS = 2, 20
"""A page that is no known one may be a known one that is just being built: it is looked at for longer."""


@dataclass(slots=True)
class Done:
    """What a person remembers of it: prompt or step -> text typed, file spoken; levels seen; questions answered."""

    texts: dict[str, str] = field(default_factory=dict)
    spoken: dict[str, Path] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    receipt: str = ""


class Person:
    """`seen` is told of each scene before it is acted on; `ears` are on the loudspeaker of another sound server than the lab's.

    `hears_out` is how many recordings of the listening section are heard to their end.
    """

    def __init__(
        self,
        lab: Lab,
        screen: Screen,
        login: str,
        *,
        test_code: str = "RIVER-1",
        seed: int = 1,
        hears_out: int = 99,
        ears: SoundServer | None = None,
        seen: Callable[[Scene], None] = lambda _scene: None,
    ) -> None:
        self.lab = lab
        self.screen = screen
        self.ears = ears or lab.sound
        self.login = login
        self.test_code = test_code
        self.done = Done()
        self.dice = Random(seed)
        self._hears_out = hears_out
        self._seen = seen

    def scene(self) -> Scene:
        """What the screen shows, once it does not change any more: two looks that find the same page."""
        before: list[Scene] = []

        def look() -> Scene | None:
            try:
                before.append(Scene.of(self.screen.look()))
            except GoneError:
                before.clear()
            looks = STRANGE_LOOKS if before and before[-1].kind == "state" else LOOKS
            same = [each for each in before[-looks:] if (each.asked, each.stage) == (before[-1].asked, before[-1].stage)]
            return before[-1] if len(same) == looks and same[-1].kind != "nothing" else None

        return self.screen.wait(look, "a page that stands still", 30)

    def take_the_test(self, until: Callable[[Scene], bool] = lambda scene: scene.kind == "end") -> None:
        """Do what the screen asks for, until it shows what is waited for."""
        while not until(scene := self.scene()):
            self.act(scene)

    def act(self, scene: Scene) -> None:
        """Do the next thing, and wait until the screen has taken it."""
        self._seen(scene)
        acts: Mapping[str, Callable[[Scene], None]] = {
            "sign in": lambda _: self.sign_in(),
            "confirm": lambda _: self.confirm(),
            "rules": lambda _: self.accept(),
            "profile": self.fill_in,
            "equipment": self.check,
            "dashboard": self.choose_section,
            "introduction": lambda scene: self._leave(scene, next(n for n in scene.buttons if n.startswith("Begin "))),
            "question": self.answer,
            "writing": self.write,
            "speaking": self.speak,
            "section done": self.read_result,
        }
        if scene.kind not in acts:
            self.screen.fail(f"a person would not know what to do with this {scene.kind}")
        acts[scene.kind](scene)

    def sign_in(self) -> None:
        """Type test code and login name, send them off, and wait to be asked "is this you?"."""
        self.type_names()
        self.screen.wait_gone(button("Sign in"), "the sign-in", 30)

    def type_names(self) -> None:
        """Type test code and login name, and send them off."""
        self.screen.wait_for(lambda node: button("Sign in")(node) and node.enabled, "a sign-in that takes names", 30)
        self.screen.fill("Test code", self.test_code)
        self.screen.fill("Login name", self.login)
        self.screen.key("Return")

    def confirm(self) -> None:
        """Yes, this is me."""
        self._leave(self.scene(), "Yes, go on")

    def accept(self) -> None:
        """Agree to the rules."""
        scene = self.scene()
        self.screen.click(lambda node: node.role == "check box", "the agreement")
        self._leave(scene, "Go on")

    def fill_in(self, scene: Scene) -> None:
        """Answer what has to be answered about oneself."""
        for node in scene.top.walk():
            if node.role == "combo box":
                self._pick(node)
        self._leave(self.scene(), "Save and go on")  # the page with what was picked: that is what has to go

    def check(self, scene: Scene) -> None:
        """One step of the equipment check, done well."""
        if "Go on" in scene.buttons:
            self.screen.press("Go on")
            self.moved_on_from(scene)
        elif "Play the word" in scene.buttons:
            self._hear_word()
        elif "Start" in scene.buttons:
            self.screen.press("Start")
            self.screen.wait_for(button("Go on"), "a quiet room", 20)
        elif "Start recording" in scene.buttons:
            self.screen.press("Start recording")
            self.screen.wait_for(button("I have said it"), "the recording")
            self.say_it(scene)
            self.screen.press("I have said it")
            self.screen.wait_for(button("Go on"), "a voice that is heard well", 20)
        else:
            sample = self.screen.wait_for(says("The quick answer"), "the line to type").name
            self.screen.click(lambda node: node.role in {"text", "entry"}, "the field")
            self.screen.type(sample)
            self.screen.wait_for(button("Go on"), "the line to be right")

    def choose_section(self, scene: Scene) -> None:
        """Begin what is next, or finish."""
        name = next((name for name in scene.buttons if name.startswith("Begin: ")), "Finish the test")
        self._leave(scene, name)

    def answer(self, scene: Scene) -> None:
        """Hear what can be heard, take an answer, go on."""
        if scene.plays_left is not None and not self._heard(scene):
            self.hear(scene)
        self.take(scene)
        self.go_on(scene)

    def hear(self, scene: Scene, to_the_end: bool | None = None) -> None:
        """Play the recording once."""
        self.screen.click(lambda node: node.name == "Play the recording", "the play button")
        self.screen.wait_for(says("^Playing$"), "the recording to play")
        self._seen(self.scene())
        if to_the_end if to_the_end is not None else self._hears_out > 0:
            self._hears_out -= 1
            self.screen.wait_gone(says("^Playing$"), "sound any more", 120)
            if not scene.practice and self.scene().plays_left == scene.plays_left:
                self.screen.fail("a play that was heard to its end was given back")

    def take(self, scene: Scene) -> None:
        """Choose, or fill the gaps: by the keyboard, or by the mouse."""
        if scene.gaps:
            for gap in scene.gaps:
                if gap.role == "combo box":
                    self._pick(gap)
                else:
                    self.screen.click(_same(gap), "the gap")
                    self.screen.key("ctrl+a")
                    self.screen.type(self.dice.choice(["27", "seven", "before", "a “word”"]))
        else:
            free = [node for node in scene.choices if not node.checked]
            for node in self.dice.sample(free, k=2 if scene.several and not scene.chosen else 1):
                if self.dice.random() < 0.5:
                    self.screen.key("abcdefghi"[scene.choices.index(node)])
                else:
                    self.screen.click(_same(node), "the choice")
        self.screen.wait_for(lambda node: _forward(node) and node.enabled, "the way on to open")

    def go_on(self, scene: Scene) -> None:
        """Hand the answer in."""
        self.screen.click(_forward, "the way on")
        self.moved_on(scene)
        self.done.steps.append(scene.step)

    def write(self, scene: Scene) -> None:
        """Write a text and hand it in."""
        text = self.write_text(scene)
        self._leave(scene, "Submit and go on")
        if not scene.practice:
            self.done.texts[scene.step] = text

    def write_text(self, scene: Scene) -> str:
        """Type the whole text of this task in place of what is there; returns what was typed."""
        text = self.text_for(scene)
        self.screen.click(lambda node: node.name == "Your text", "the sheet")
        self.screen.key("ctrl+a", "Delete")
        self.screen.type(text)
        sheet = self.screen.wait_for(lambda node: node.name == "Your text", "the sheet")
        self.screen.wait(lambda: self.screen.written(sheet) == text, "the text on the screen as it was typed")
        return text

    def text_for(self, scene: Scene) -> str:
        """What this person writes in this task."""
        return TEXTS[_number(scene.step) % len(TEXTS)]

    def speak(self, scene: Scene) -> None:
        """One stage of a speaking task."""
        match scene.stage:
            case "Start preparing":
                self._leave_stage(scene, "Start preparing")
            case "Record now":
                self.start_recording(scene)
            case "Stop and listen":
                self.say_it(scene)
                self.stop_recording(scene)
            case "Keep and go on":
                self._leave(scene, "Keep and go on")
            case _:
                self.screen.wait_gone(says("^Saving…$"), "saving any more", 20)

    def start_recording(self, scene: Scene) -> None:
        """Press the button, or let the time to prepare run out; until the microphone is open."""
        if scene.stage == "Record now":
            self.screen.click(says("^Record now$|^Stop and listen$"), "the recording to start")
        self.recording()

    def recording(self) -> None:
        """Until the first second of sound is there."""
        self.screen.wait_for(says(r"^0:0[1-9]$"), "the first second of the recording")
        self._seen(self.scene())

    def say_it(self, scene: Scene) -> None:
        """Say all that this person has to say in this task."""
        self._say(self.speech_for(scene))

    def speech_for(self, scene: Scene) -> Path:
        """What this person says in this task."""
        return self.lab.speech[_number(scene.step) % len(self.lab.speech)]

    def stop_recording(self, scene: Scene) -> None:
        """Stop, and wait until the screen says that it is safe."""
        self._leave_stage(scene, "Stop and listen")
        self.screen.wait_for(button("Keep and go on"), "the recording to be safe", 20)
        if not scene.practice:
            self.done.spoken[scene.step] = self.speech_for(scene)

    def read_result(self, scene: Scene) -> None:
        """Note the level, go on."""
        title = next(text for text in scene.texts if text.endswith(" is done")).removesuffix(" is done")
        if "Your level" in scene.texts:
            self.done.levels[title] = scene.texts[scene.texts.index("Your level") + 1]
        self._leave(scene, next(name for name in scene.buttons if name.startswith("Go on")))

    def wait_for_receipt(self, seconds: float = 60) -> str:
        """Stay seated until the receipt's number is there."""
        self.screen.wait_for(says("^Receipt number$"), "the receipt", seconds)
        texts = self.scene().texts
        self.done.receipt = texts[texts.index("Receipt number") + 1]
        return self.done.receipt

    def moved_on(self, scene: Scene) -> None:
        """Until the screen shows another question, task or page."""
        self.screen.wait(lambda: self.scene().asked != scene.asked, "the next question or page", 20)

    def moved_on_from(self, scene: Scene) -> None:
        """Until the screen says anything else."""
        self.screen.wait(lambda: self.scene().texts != scene.texts, "anything new on the screen")

    def _leave(self, scene: Scene, name: str) -> None:
        self.screen.press(name)
        self.moved_on(scene)

    def _leave_stage(self, scene: Scene, name: str) -> None:
        self.screen.press(name)
        self.screen.wait(lambda: self.scene().stage != scene.stage, "the next stage")

    def _heard(self, scene: Scene) -> bool:
        return scene.plays_left == 0 or bool({"Playing", "Ready to play again"} & set(scene.texts))

    def _pick(self, node: Node) -> None:
        """Open a list and take one of its lines by the keyboard."""
        self.screen.click(_same(node), f"the list “{node.name}”")
        self.screen.key("Home", *["Down"] * self.dice.randrange(2), "Return")

    def _hear_word(self) -> None:
        """Play the word, hear which one it is, choose it."""
        heard = self.lab.folder / "heard.wav"
        ears = self.ears.record(heard)
        try:
            self.screen.click(says("^Play (the word|it again)$"), "the word to be played")
            self.screen.wait_for(says("^Play it again$"), "the choice of words")
            self.screen.wait_for(lambda node: button("Play it again")(node) and node.enabled, "the word to end")
        finally:
            ears.terminate()
            ears.wait()
        samples, rate = soundfile.read(heard, dtype="float32")
        word = max(self.lab.words, key=lambda word: likeness(Sound(samples, rate), self.lab.words[word]))
        self.screen.press(word)
        self.screen.wait_for(button("Go on"), "the word to be right")

    def _say(self, file: Path) -> None:
        """Say it to its end."""
        self.lab.speak(file).wait(60)
        self.lab.speak(self.lab.pause).wait(10)


def _same(node: Node) -> Callable[[Node], bool]:
    return lambda other: (other.home, other.path) == (node.home, node.path)


def _forward(node: Node) -> bool:
    return button("Next")(node) or button("Finish this section")(node)


def _number(step: str) -> int:
    found = re.search(r"\d+", step)
    return int(found[0]) - 1 if found else 0
