"""A small test with every interaction, as a source folder and as a built package. Other tests build on it too."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stamp_desktop.content.build import build
from stamp_desktop.content.keys import PackageKeys, new_keys, new_publisher_key

PACKAGE = """
[package]
id = "small-english"
version = "1.0.0"
title = "Small test"
language = "en"
language_name = "English"
instruction_language = "en"
assessment = "STAMP"
publisher = "Small Press"
licence = "CC0-1.0"

[labels]
cefr = { 3 = "A2", 4 = "A2+", 5 = "B1" }

[rules]
title = "Before you start"
points = ["Do your own work.", "Stay in this window."]
agreement = "I agree."

[[profile]]
id = "grade"
label = "What grade are you in?"
kind = "choice"
options = ["Grade 7", "Grade 8"]

[[profile]]
id = "more"
label = "Anything else?"
kind = "text"
optional = true

[equipment]
word = "garden"
words = ["garden", "river"]
word_audio = { garden = "media/word-garden.flac", river = "media/word-river.flac" }
sentence = "We took the early train to the coast."
typing = "The quick answer: 3 + 4 = 7!"

[[sections]]
id = "reading"
title = "Reading"
kind = "adaptive"
levels = [3, 5]
minutes = 60
intro = ["You will read three texts."]
sets = 3
cuts = [-0.5, 0.5]
prior = { mean = 0.0, sd = 1.5 }
set_effect = 0.5
stripes = 2
max_sets_per_topic = 2
score = "level_table"
scaled = { slope = 50.0, intercept = 500.0 }

[[sections]]
id = "listening"
title = "Listening"
kind = "adaptive"
levels = [3, 5]
minutes = 0
intro = ["You will hear two recordings."]
plays = 2
sets = 2
cuts = [-0.5, 0.5]
prior = { mean = 0.0, sd = 1.5 }
set_effect = 0.5
stripes = 1
max_sets_per_topic = 0
scaled = { slope = 50, intercept = 500 }

[[sections]]
id = "writing"
title = "Writing"
kind = "prompts"
levels = [1, 8]
minutes = 0
tasks = 3
follows = "reading"
intro = ["You will write three answers."]

[[sections]]
id = "speaking"
title = "Speaking"
kind = "prompts"
levels = [1, 8]
minutes = 0
tasks = 3
follows = "listening"
recording = "flac"
intro = ["You will record three answers."]
"""

SET = """
id = "{id}"
section = "{section}"
level = {level}
topic = "{topic}"
genre = "Note"
title = "About {id}"
{body}
{items}
"""

TEXT = 'text = """\nThe **library** of {id} moves in May.\n\nIt opens again in June.\n"""'

RECORDING = 'audio = "media/{id}.opus"\n[[script]]\nvoice = "anna"\nsay = "Nobody shall read these words of {id}."\npause = 0.4'

CHOICE = """
[[items]]
id = "{id}-1"
interaction = "choice"
stem = "When does it move?"
choices = {{ a = "In April", b = "In May", c = "In June" }}
key = ["b"]
a = 1.1
b = {b}
c = 0.21
"""

EVERY = """
[[items]]
id = "{id}-2"
interaction = "multiple_response"
stem = "Which **two** things are true?"
choices = {{ a = "It moves", b = "It burns", c = "It opens again", d = "It sinks" }}
key = ["a", "c"]
a = 1.0
b = 0.3
c = 0.05

[[items]]
id = "{id}-3"
interaction = "inline_choice"
stem = "Complete the reply."
text = "It moves {{g1}} the summer, {{g2}} I am sad."
gaps.g1 = {{ x = "before", y = "after" }}
gaps.g2 = {{ x = "so", y = "but" }}
key = {{ g1 = "x", g2 = "x" }}
a = 0.95
b = -0.2
c = 0.11

[[items]]
id = "{id}-4"
interaction = "text_entry"
stem = "Complete the note."
text = "New address: {{g1}} Mill Street"
key = {{ g1 = ["27", "twenty-seven-is-the-answer"] }}
a = 1
b = 0
c = 0.0
"""

PROMPT = """
id = "{id}"
section = "{section}"
difficulty = {difficulty}
topic = "leisure"
title = "Task {id}"
text = "Tell us about **{id}**."
{body}
"""

SPEAKING = 'prepare = 5\nspeak = 20\nattempts = 2\npicture = "pictures/lake.svg"\npicture_alt = "A lake"'

LAKE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><circle cx="20" cy="15" r="9"/></svg>'


@dataclass(frozen=True, slots=True)
class SmallPackage:
    """A built package, and what opens it."""

    path: Path
    signing_key: Ed25519PrivateKey
    keys: PackageKeys

    @property
    def trusted(self) -> tuple[Ed25519PublicKey, ...]:
        return (self.signing_key.public_key(),)


def build_small(folder: Path) -> SmallPackage:
    """Write the sources into `folder`/small and build `folder`/small.stamp with new keys."""
    small = SmallPackage(folder / "small.stamp", new_publisher_key(), new_keys())
    build(write_sources(folder / "small"), small.path, small.signing_key, small.keys)
    return small


def write_sources(folder: Path) -> Path:
    """Write a source folder without faults: 6 reading sets (2 stripes), 3 listening sets, 3 + 3 prompts."""
    topics = ("school", "community", "school", "health", "history", "home")
    write(folder, "package.toml", PACKAGE)
    for number, topic in enumerate(topics):
        level = 3 + number // 2
        set_id = f"r{level}-{number}"
        items = CHOICE.format(id=set_id, b=level - 4.0) + (EVERY.format(id=set_id) if number == 0 else "")
        body = TEXT.format(id=set_id)
        if number == 0:
            body += '\nenemies = ["r5-4"]'
        if number == 1:
            body += '\npicture = "pictures/dot.png"\npicture_alt = "A dot"'
        write(folder, f"reading/{set_id}.toml", set_file(set_id, "reading", level, topic, body, items))
    for level in (3, 4, 5):
        set_id = f"l{level}-talk"
        items = CHOICE.format(id=set_id, b=level - 4.0)
        write(
            folder,
            f"listening/{set_id}.toml",
            set_file(set_id, "listening", level, "school", RECORDING.format(id=set_id), items),
        )
        write_tone(folder / f"media/{set_id}.opus", 220.0 * level)
    for difficulty in (1, 2, 3):
        for section, body in (("writing", "words = 150"), ("speaking", SPEAKING)):
            prompt_id = f"{section[0]}{difficulty}-task"
            text = PROMPT.format(id=prompt_id, section=section, difficulty=difficulty, body=body)
            write(folder, f"{section}/{prompt_id}.toml", text)
    write_practice(folder)
    write(folder, "pictures/lake.svg", LAKE)
    (folder / "pictures/dot.png").write_bytes(png())
    for word in ("garden", "river"):
        write_tone(folder / f"media/word-{word}.flac", 100.0 * len(word))
    return folder


def write_practice(folder: Path) -> None:
    for section, body in (("reading", TEXT.format(id="r0")), ("listening", RECORDING.format(id="l3-talk"))):
        set_id = f"{section[0]}0-practice"
        text = set_file(set_id, section, 3, "school", body, CHOICE.format(id=set_id, b=0.0))
        write(folder, f"practice/{section}.toml", text)
    for section, body in (("writing", "words = 20"), ("speaking", SPEAKING)):
        text = PROMPT.format(id=f"{section[0]}0-practice", section=section, difficulty=1, body=body)
        write(folder, f"practice/{section}.toml", text)


def set_file(set_id: str, section: str, level: int, topic: str, body: str, items: str) -> str:
    return SET.format(id=set_id, section=section, level=level, topic=topic, body=body, items=items)


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that must be there in a source file."""
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")


def write_tone(path: Path, hertz: float) -> None:
    """Half a second of a tone, 48 kHz mono: Opus or FLAC by the name's end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = (0.2 * np.sin(2 * np.pi * hertz * np.arange(24_000) / 48_000)).astype(np.float32)
    if path.suffix == ".opus":
        soundfile.write(path, tone, 48_000, format="OGG", subtype="OPUS")
    else:
        soundfile.write(path, tone, 48_000, format="FLAC")


def png() -> bytes:
    """One red dot."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))

    header = struct.pack(">LLBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def name_of(path: Path) -> str:
    """The name of a file as media of a package."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
