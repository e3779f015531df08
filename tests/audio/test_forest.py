"""The trees of the model: what they answer, what a file of them must be, and how the program does without."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from stamp_desktop.audio import forest, traits
from stamp_desktop.audio.findings import Code
from stamp_desktop.audio.forest import Forest, Head
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import ASKED_OF_ALL, Screen, Verdict, screen
from stamp_desktop.audio.simulated import babble, noise

RATE = 16_000
SHIPPED = Path(__file__).parents[2] / "assets" / "audio" / forest.FILE


def small() -> Forest:
    """Two heads: `hum` asks whether `lines` is over 3, in two trees of which the second doubts; `whisper` says .25 to all."""
    return Forest(
        ("lines", "level"),
        [Head("hum", 0, 2, 0.5, 0.7, 0.8), Head("whisper", 2, 3, 0.5, 0.7, 0.9)],
        roots=np.array([0, 3, 6], dtype=np.int32),
        feature=np.array([0, 0, 0, 0, 0, 0, 0], dtype=np.int16),
        threshold=np.array([3.0, 0, 0, 3.0, 0, 0, 0], dtype=np.float32),
        left=np.array([1, 1, 2, 4, 4, 5, 6], dtype=np.int32),
        right=np.array([2, 1, 2, 5, 4, 5, 6], dtype=np.int32),
        value=np.array([0, 0.0, 0.5, 0, 0.125, 0.25, 0.25], dtype=np.float32),
    )


def test_the_leaves_that_a_row_falls_into_are_added_up() -> None:
    trees = small()
    assert trees.ask({"lines": 3.0, "level": -20.0}) == {"hum": 0.125, "whisper": 0.25}
    assert trees.ask({"lines": 3.5, "level": -20.0, "more": 1.0}) == {"hum": 0.75, "whisper": 0.25}


def test_a_forest_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    forest.write(tmp_path / "trees.npz", small())
    again = forest.read(tmp_path / "trees.npz")
    assert again.heads == small().heads
    assert again.traits == ("lines", "level")
    assert again.ask({"lines": 4.0, "level": 0.0}) == small().ask({"lines": 4.0, "level": 0.0})


def test_the_forest_that_ships_answers_what_the_screening_asks() -> None:
    shipped = forest.read(SHIPPED)
    assert {head.name for head in shipped.heads} == set(ASKED_OF_ALL)
    assert set(shipped.traits) <= set(traits.NAMES)
    answers = shipped.ask(dict.fromkeys(traits.NAMES, 0.0))
    assert all(-1e-6 <= answer <= 1 + 1e-6 for answer in answers.values())


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:1_000])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def another_kind(file: Path) -> None:
    np.savez(file, heads=np.array(["hum"]))


def too_large(file: Path) -> None:
    with file.open("ab") as end:
        end.truncate(forest.MOST_BYTES + 1)


def unlike_columns(file: Path) -> None:
    with np.load(file) as held:
        columns = dict(held)
    columns["value"] = columns["value"][:-1]
    np.savez(file, **columns)


def for_other_traits(file: Path) -> None:
    with np.load(file) as held:
        columns = dict(held)
    columns["traits"] = np.array([f"{name}, another" for name in columns["traits"]])
    np.savez(file, **columns)


def gone(file: Path) -> None:
    file.unlink()


DAMAGE: list[Callable[[Path], None]] = [cut_short, empty, another_kind, too_large, unlike_columns, for_other_traits, gone]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the model, as it lies in an installation that may be damaged."""
    file = tmp_path / "package" / "assets" / "audio" / forest.FILE
    file.parent.mkdir(parents=True)
    shutil.copy(SHIPPED, file)
    monkeypatch.setattr(forest, "__file__", str(tmp_path / "package" / "audio" / "forest.py"))
    forest.load.cache_clear()
    yield file
    forest.load.cache_clear()


def test_a_whole_file_is_taken(installed: Path) -> None:
    assert installed.is_file()
    assert forest.load(traits.NAMES) is not None


VOICE = babble(5.0, RATE) + noise(5 * RATE, -62.0, np.random.default_rng(1))


AT = np.arange(VOICE.size) / RATE
HUM = (VOICE + 0.015 * sum(np.sin(2 * np.pi * 50 * n * AT) / n for n in range(1, 12))).astype(np.float32)


def codes(verdict: Verdict) -> list[Code]:
    return [finding.code for finding in verdict.findings]


@pytest.mark.parametrize("damage", DAMAGE)
def test_without_a_sound_file_the_rules_decide(installed: Path, damage: Callable[[Path], None]) -> None:
    damage(installed)
    assert forest.load(traits.NAMES) is None
    assert codes(screen(VOICE, RATE)) == []
    verdict = screen(HUM, RATE)
    assert codes(verdict) == ["hum"]
    assert verdict == without_model(HUM)


RULED: dict[Code, Samples] = {
    "no_signal": np.zeros(3 * RATE, dtype=np.float32),
    "no_response": noise(5 * RATE, -50.0, np.random.default_rng(4)),
    "too_quiet": VOICE * np.float32(0.005),
    "clipping": np.clip(VOICE * 25, -1, 1).astype(np.float32),
    "hum": HUM,
    "static": VOICE + noise(VOICE.size, -32.0, np.random.default_rng(5)),
    "too_short": np.concatenate([noise(2 * RATE, -62.0, np.random.default_rng(6)), VOICE[: round(1.2 * RATE)]]),
}


@pytest.mark.parametrize("code", RULED)
def test_rules_alone_find_what_can_be_measured(code: Code) -> None:
    verdict = without_model(RULED[code])
    assert codes(verdict)[:1] == [code]
    assert verdict.ratable == "no"


def test_rules_alone_speak_up_while_one_records() -> None:
    listening = Screen(RATE, with_model=False)
    told = [finding.code for start in range(0, VOICE.size, 320) for finding in listening.feed(HUM[start : start + 320])]
    assert told == ["hum"]


def without_model(sound: Samples) -> Verdict:
    listening = Screen(RATE, with_model=False)
    listening.feed(sound)
    return listening.finish()
