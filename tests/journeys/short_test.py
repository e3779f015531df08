"""A short test, for journeys that are begun and broken off often: 12 reading and 4 listening questions, 3 texts, 3 recordings.

Built on the small test of tests/content; every kind of question is in it, and real speech.
"""

from pathlib import Path

from tests.content import small
from tests.journeys.speech import say

LISTENING = (
    "Good morning. This is the school office. The concert begins at seven o'clock in the old gymnasium, not in the hall."
)
SPEAK_SECONDS = 15
PLAY_MINUTES = 30


def write_short(folder: Path, *, brief: bool = False) -> Path:
    """The source folder of the short test; `brief`: with one set or task in each section."""
    small.write_sources(folder)
    if brief:
        for section, count in (("sets = 3", "sets = 1"), ("sets = 2", "sets = 1"), *[("tasks = 3", "tasks = 1")] * 2):
            small.change(folder, "package.toml", section, count)
    small.change(folder, "package.toml", "stripes = 2", "stripes = 1")
    small.change(
        folder, "package.toml", 'minutes = 0\nintro = ["You will hear', f'minutes = {PLAY_MINUTES}\nintro = ["You will hear'
    )
    for path in sorted((folder / "reading").glob("*.toml")):
        if "multiple_response" not in path.read_text("utf-8"):
            path.write_text(path.read_text("utf-8") + small.EVERY.format(id=path.stem), "utf-8")
    for path in sorted((folder / "listening").glob("*.toml")):
        second = small.CHOICE.format(id=f"{path.stem}-more", b=0.5)
        path.write_text(path.read_text("utf-8") + second, "utf-8")
        say(LISTENING, folder / f"media/{path.stem}.opus")
    for path in sorted((folder / "speaking").glob("*.toml")):
        small.change(folder, f"speaking/{path.name}", "prepare = 5\nspeak = 20", f"prepare = 4\nspeak = {SPEAK_SECONDS}")
    for word in ("garden", "river"):
        say(word, folder / f"media/word-{word}.flac")
    return folder
