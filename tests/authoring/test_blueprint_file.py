from pathlib import Path

import pytest

from stamp_desktop.authoring.blueprint_file import parse_blueprint, read_blueprint
from stamp_desktop.content.tables import Fault
from stamp_desktop.engine.blueprint import LevelLimit
from stamp_desktop.trouble import Trouble

WHOLE = """
[section]
sets = 10                              # item sets administered
cuts = [-3.11, -2.22, -1.33, -0.44, 0.44, 1.33, 2.22, 3.11]   # on theta; one fewer than the levels
prior = { mean = 0.0, sd = 1.5 }
set_effect = 0.5                       # SD of the set (testlet) effect, in theta
stripes = 3
max_sets_per_topic = 2
score = "level_table"                  # or "pattern"
"""


def faults_of(text: str) -> list[str]:
    faults: list[Fault] = []
    parse_blueprint(text, "plan.toml", faults)
    return [str(fault) for fault in faults]


def test_the_documented_blueprint_is_read() -> None:
    faults: list[Fault] = []
    section = parse_blueprint(WHOLE, "plan.toml", faults)
    assert not faults
    assert (section.levels, section.sets, section.stripes, section.max_sets_per_topic) == ((1, 9), 10, 3, 2)
    assert (section.prior_mean, section.prior_sd, section.set_effect, section.score) == (0.0, 1.5, 0.5, "level_table")


def test_sets_and_cuts_are_enough() -> None:
    faults: list[Fault] = []
    section = parse_blueprint("[section]\nsets = 5\ncuts = [0]\n", "plan.toml", faults)
    assert not faults
    assert (section.levels, section.stripes, section.max_sets_per_topic, section.pilots) == ((1, 2), 1, 0, 0)
    assert (section.prior_sd, section.set_effect, section.score) == (1.5, 0.5, "level_table")


def test_every_rule_of_the_engine_can_be_written() -> None:
    faults: list[Fault] = []
    text = """
    [section]
    sets = 8
    cuts = [-2, -1, 0, 1, 2, 3]
    levels = [1, 6]
    stop = { probability = 0.8, min_sets = 5 }
    [[section.level_limits]]
    levels = [1, 3]
    least = 2
    """
    section = parse_blueprint(text, "plan.toml", faults)
    assert not faults
    assert len(section.cuts) == 6
    assert (section.stop_probability, section.min_sets) == (0.8, 5)
    assert section.level_limits == (LevelLimit((1, 3), 2, 100),)


def test_every_fault_is_named_with_its_line() -> None:
    text = '[section]\nsets = 0\ncuts = [1, 0]\nprior = { mean = 0.0, sd = -1 }\nscore = "best"\nstripe = 3\nlevels = [4, 9]\n'
    faults = faults_of(text)
    assert [fault.split(": ")[0] for fault in faults] == [
        "plan.toml, line 2, section, sets",
        "plan.toml, line 3, section, cuts",
        "plan.toml, line 3, section, cuts",
        "plan.toml, line 4, section, prior, sd",
        "plan.toml, line 5, section, score",
        "plan.toml, line 6, section, stripe",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "section: It is missing"),
        ("[section]\nsets = 3", "cuts: It is missing"),
        ("[section\n", "not TOML"),
        ("[section]\nsets = 3\ncuts = [0, nan]", "Every entry must be a number"),
        ("[section]\nsets = 3\ncuts = [0, 44]", "out of range"),
        ("[section]\nsets = 3\ncuts = [1, 2, 3, 4, 5, 6, 7, 8, 9]", "make 10 levels"),
        ("[section]\nsets = 3\ncuts = [1]\nlevels = [3, 1]", "not a range"),
        ("[section]\nsets = 3\ncuts = [1]\n[other]\nx = 1", "has no meaning"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    assert any(words in fault for fault in faults_of(text))


def test_a_file_that_is_no_blueprint_is_refused_with_advice(tmp_path: Path) -> None:
    for raw in (None, b"\xff\xfe", b"[section]\n"):
        file = tmp_path / "plan.toml"
        if raw is not None:
            file.write_bytes(raw)
        with pytest.raises(Trouble) as refused:
            read_blueprint(file)
        assert refused.value.code == "blueprint-faulty"
