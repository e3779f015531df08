"""A source folder is read as a whole: every fault of every file is named at once, with its place and what to do."""

import shutil
from pathlib import Path

import pytest

from stamp_desktop.content.build import build
from stamp_desktop.content.keys import new_keys, new_publisher_key
from stamp_desktop.content.sources import fault_report, inspect_sources, read_sources
from stamp_desktop.content.stripes import dealt
from stamp_desktop.engine.blueprint import AdaptiveSection, LevelLimit
from stamp_desktop.trouble import Trouble
from tests.content.small import LAKE, change, write

SET = "reading/r3-0.toml"
TALK = "listening/l3-talk.toml"
TASK = "speaking/s1-task.toml"
PACKAGE = "package.toml"

SELF = """
[[sections]]
id = "self"
title = "About your reading"
kind = "self"
levels = [1, 2]
minutes = 0
intro = ["You will judge yourself."]
answers = ["No", "With help", "Mostly", "Yes"]

"""

FAULTS = [
    # file, what stands there, what the author made of it, where the report must point, what it must say
    (SET, 'id = "r3-0"', 'id = "R3 0"', "id", "cannot be an id"),
    (SET, 'id = "r3-0"', 'id = "r3-9"', "id", "not named after its id"),
    (SET, 'id = "r3-0-2"', 'id = "r3-0-1"', "item r3-0-1", "is taken"),
    (SET, 'id = "r3-0-2"', 'id = "r3-1"', "item r3-1", "is taken (reading/r3-1.toml)"),
    (SET, 'section = "reading"', 'section = "listening"', "section", "reading"),
    (SET, "level = 3", "level = 6", "level", "out of range"),
    (SET, "level = 3", 'level = "3"', "level", "whole number"),
    (SET, "level = 3", "level = true", "level", "whole number"),
    (SET, 'genre = "Note"', 'genra = "Note"', "genra", "no meaning"),
    (SET, "The **library**", "The <b>library</b>", "text", "HTML"),
    (SET, "The **library**", "The [library](x)", "text", "Links"),
    (SET, 'enemies = ["r5-4"]', 'enemies = ["r5-9"]', "enemies", 'no set "r5-9"'),
    (SET, 'enemies = ["r5-4"]', 'enemies = ["r3-0"]', "enemies", "own enemy"),
    (SET, 'enemies = ["r5-4"]', "enemies = [5]", "enemies", "must be a text"),
    (SET, 'interaction = "choice"', 'interaction = "essay"', "item r3-0-1, interaction", "essay"),
    (SET, 'stem = "When does it move?"', 'stem = " "', "item r3-0-1, stem", "empty"),
    (SET, 'stem = "When does it move?"', "", "item r3-0-1, stem", "missing"),
    (SET, 'key = ["b"]', 'key = ["d"]', "item r3-0-1, key", "not among the choices"),
    (SET, 'key = ["b"]', 'key = ["a", "b"]', "item r3-0-1, key", "2 choices"),
    (SET, 'key = ["b"]', "key = []", "item r3-0-1, key", "some of the choices"),
    (SET, 'key = ["a", "c"]', 'key = ["a", "b", "c", "d"]', "item r3-0-2, key", "not all"),
    (SET, 'key = ["a", "c"]', 'key = ["a", "c"]\nmax = 1', "item r3-0-2, max", "2 choices"),
    (SET, 'b = "In May"', 'b = "In April"', "item r3-0-1, choices", "read the same"),
    (SET, "{g2} I am sad", "I am sad", "item r3-0-3, gaps", "those of the text g1"),
    (SET, "{g2} I am sad", "{g1} I am sad", "item r3-0-3, text", "twice"),
    (SET, "{g1} the summer, {g2}", "the summer,", "item r3-0-3, text", "no gap"),
    (SET, 'key = { g1 = "x", g2 = "x" }', 'key = { g1 = "x" }', "item r3-0-3, key", "Make them match"),
    (SET, 'key = { g1 = "x", g2 = "x" }', 'key = { g1 = "x", g2 = "z" }', "item r3-0-3, key, g2", '"z"'),
    (SET, 'gaps.g1 = { x = "before", y = "after" }', 'gaps.g1 = { x = "before" }', "item r3-0-3, gaps, g1", "fewer than two"),
    (SET, 'g1 = ["27", "twenty-seven-is-the-answer"]', "g1 = []", "item r3-0-4, key, g1", "No form"),
    (SET, "a = 1.1", "a = 0.1", "item r3-0-1, a", "0.2 to 4"),
    (SET, "b = 0.3", "b = inf", "item r3-0-2, b", "-6 to 6"),
    (SET, "c = 0.21", "c = 0.6", "item r3-0-1, c", "0 to 0.5"),
    (SET, "c = 0.21", 'c = "0.2"', "item r3-0-1, c", "a number"),
    (SET, "c = 0.21", 'c = 0.2\nmodel = "5PL"', "item r3-0-1, model", '"5PL" is not known'),
    (SET, "c = 0.21", 'c = 0.2\nmodel = "2PL"', "item r3-0-1, c", "no meaning"),
    (SET, "c = 0.21", 'c = 0.2\nd = 0.5\nmodel = "4PL"', "item r3-0-1, d", "0.8 to 1"),
    (SET, "c = 0.21", "c = 0.2\nrapid = -1", "item r3-0-1, rapid", "0 to 60"),
    (SET, "c = 0.21", 'model = "GRM"', "item r3-0-1, steps", "missing"),
    (SET, "c = 0.21", 'steps = [0.0, 1.0]\nmodel = "GRM"', "item r3-0-1, steps", "2 steps for 1 parts of the key"),
    (SET, "c = 0.05", 'steps = [1.0, 0.0]\nmodel = "GRM"', "item r3-0-2, steps", "do not rise"),
    (SET, "c = 0.05", 'steps = [1.0, 7.0]\nmodel = "GPCM"', "item r3-0-2, steps", "-6 to 6"),
    (PACKAGE, "stripes = 2", "stripes = 2\nstop = { probability = 2 }", "section reading, stop, probability", "0 to 1"),
    (
        PACKAGE,
        "stripes = 2",
        "stripes = 2\nlevel_limits = [{ levels = [2, 4], least = 1 }]",
        "level_limit 1, levels",
        "not a range of the section's",
    ),
    (
        PACKAGE,
        "stripes = 2",
        "stripes = 2\nlevel_limits = [{ levels = [3, 4], least = 2, most = 1 }]",
        "level_limit 1, least",
        "at most 1",
    ),
    ("reading/r3-1.toml", 'picture_alt = "A dot"', "", "picture_alt", "no description"),
    ("reading/r3-1.toml", 'picture = "pictures/dot.png"', "", "picture", "no picture"),
    ("reading/r3-1.toml", "pictures/dot.png", "pictures/dots.png", "picture", "no file"),
    ("reading/r3-1.toml", "pictures/dot.png", "media/l3-talk.opus", "picture", "audio/ogg"),
    ("reading/r3-1.toml", "pictures/dot.png", "package.toml", "picture", "no known type"),
    ("reading/r3-1.toml", "pictures/dot.png", "../secret.png", "picture", "outside"),
    (TALK, "media/l3-talk.opus", "media/l9-talk.opus", "audio", "no file"),
    (TALK, 'audio = "media', 'plays = 5\naudio = "media', "plays", "of its own"),
    (TALK, 'audio = "media', 'text = "Read me"\naudio = "media', "text", "read or heard"),
    (TASK, "difficulty = 1", "difficulty = 4", "difficulty", "1 to 3"),
    (TASK, "speak = 20", "speak = 2", "speak", "5 to 1800"),
    (TASK, "prepare = 5", "words = 5", "words", "no meaning"),
    (PACKAGE, 'version = "1.0.0"', 'version = "first"', "package, version", "not a version"),
    (PACKAGE, 'language = "en"', 'language = "English"', "package, language", "BCP 47"),
    (PACKAGE, 'id = "small-english"', 'id = "Small English"', "package, id", "cannot be an id"),
    (PACKAGE, "levels = [3, 5]", "levels = [5, 3]", "section reading, levels", "not a range"),
    (PACKAGE, "cuts = [-0.5, 0.5]", "cuts = [0.5, -0.5]", "section reading, cuts", "do not rise"),
    (PACKAGE, "cuts = [-0.5, 0.5]", "cuts = [-0.5]", "section reading, cuts", "1 cuts for 3 levels"),
    (PACKAGE, "cuts = [-0.5, 0.5]", "cuts = [-0.5, nan]", "section reading, cuts", "must be a number"),
    (PACKAGE, "sets = 3", "sets = 4", "section reading", "Stripe 1 of 2 can give 3 of 4 sets"),
    (PACKAGE, "max_sets_per_topic = 2", "max_sets_per_topic = 1\npilots = 1", "section reading", "0 of 1 pilot sets"),
    (PACKAGE, "sd = 1.5", "sd = 0", "section reading, prior, sd", "0.1 to 5"),
    (PACKAGE, 'follows = "reading"', 'follows = "speaking"', "section writing, follows", "no adaptive section"),
    (PACKAGE, "tasks = 3", "tasks = 4", "section writing", "3 prompts for 4 tasks"),
    (PACKAGE, 'id = "listening"', 'id = "reading"', "section reading", "is taken"),
    (PACKAGE, 'id = "more"', 'id = "grade"', "profile grade", "is taken"),
    (PACKAGE, 'options = ["Grade 7", "Grade 8"]', 'options = ["Grade 7"]', "profile grade, options", "fewer than two"),
    (PACKAGE, 'word = "garden"', 'word = "tree"', "equipment, words", "among two or more"),
    (PACKAGE, "media/word-river.flac", "pictures/lake.svg", "equipment, word_audio, river", "image/svg+xml"),
    (PACKAGE, "3 = ", "30 = ", "labels, cefr, 30", "no meaning"),
    (PACKAGE, "[rules]", "[ruls]", "rules", "missing"),
    (PACKAGE, 'agreement = "I agree."', "", "rules, agreement", "missing"),
]


def test_a_folder_without_faults_has_none(sources: Path) -> None:
    found, faults = inspect_sources(sources)
    assert faults == ()
    assert found is not None
    assert len(found.media) == 7


@pytest.mark.parametrize(("file", "old", "new", "place", "what"), FAULTS)
def test_each_fault_is_named_with_its_place(sources: Path, file: str, old: str, new: str, place: str, what: str) -> None:
    change(sources, file, old, new)
    found, faults = inspect_sources(sources)
    assert found is None
    named = [fault for fault in faults if fault.file == file and fault.place == place and what in f"{fault.what} {fault.todo}"]
    assert named, fault_report(faults)
    assert all(fault.todo for fault in faults)


def test_every_item_model_and_section_rule_is_read(sources: Path) -> None:
    change(sources, SET, "c = 0.21", 'c = 0.2\nd = 0.97\nmodel = "4PL"\nrapid = 2.5')
    change(sources, SET, "c = 0.05", 'steps = [1.0, 0.5]\nmodel = "GPCM"')
    change(sources, SET, "c = 0.11", 'steps = [-1, 1]\nmodel = "GRM"')
    change(sources, SET, "a = 1\nb = 0\nc = 0.0", 'b = 0\nmodel = "1PL"')
    change(sources, SET, 'genre = "Note"', 'genre = "Note"\nmodule = "first"')
    rules = "stop = { probability = 0.8, min_sets = 2 }\nlevel_limits = [{ levels = [3, 4], least = 1, most = 2 }]"
    change(sources, PACKAGE, "stripes = 2", f"stripes = 2\n{rules}")
    read = read_sources(sources)
    made = next(each for each in read.bank.sets if each.id == "r3-0")
    assert made.module == "first"
    assert [(item.model, item.a, item.b, item.c, item.d, item.steps, item.rapid_ms) for item in made.items] == [
        ("4PL", 1.1, -1.0, 0.2, 0.97, (), 2500),
        ("GPCM", 1.0, 0.3, 0.0, 1.0, (1.0, 0.5), 0),
        ("GRM", 0.95, -0.2, 0.0, 1.0, (-1.0, 1.0), 0),
        ("1PL", 1.0, 0.0, 0.0, 1.0, (), 0),
    ]
    section = read.contents.blueprint.section("reading")
    assert isinstance(section, AdaptiveSection)
    assert (section.stop_probability, section.min_sets) == (0.8, 2)
    assert section.level_limits == (LevelLimit((3, 4), 1, 2),)


def test_stages_are_read_and_each_module_is_dealt_by_itself(sources: Path) -> None:
    stages = 'stages = [{ modules = ["start"] }, { modules = ["low", "high"] }]'
    change(sources, PACKAGE, "stripes = 2", f"stripes = 2\n{stages}")
    change(sources, PACKAGE, "sets = 3", "sets = 2")
    modules = {"r4-2": "start", "r4-3": "start", "r3-0": "low", "r3-1": "low", "r5-4": "high", "r5-5": "high"}
    for name, module in modules.items():
        change(sources, f"reading/{name}.toml", 'genre = "Note"', f'genre = "Note"\nmodule = "{module}"')
    read = read_sources(sources)
    section = read.contents.blueprint.section("reading")
    assert isinstance(section, AdaptiveSection)
    assert section.stages == (("start",), ("low", "high"))
    found = {(each.module, each.stripe) for each in dealt(read.contents.blueprint, read.bank).sets if each.section == "reading"}
    assert found == {(module, stripe) for module in ("start", "low", "high") for stripe in (0, 1)}
    change(sources, "reading/r5-5.toml", 'module = "high"', 'module = "low"')
    _, faults = inspect_sources(sources)
    assert "modules of one stage with different numbers of sets" in fault_report(faults)


def test_a_self_evaluation_is_read_with_its_statements(sources: Path) -> None:
    change(sources, PACKAGE, '[[sections]]\nid = "writing"', SELF + '[[sections]]\nid = "writing"')
    change(sources, PACKAGE, 'follows = "reading"', 'follows = "self"')
    said = [f'[[statements]]\nid = "s{level}"\nlevel = {level}\ntext = "I can do **{level}**."\n' for level in (1, 2)]
    write(sources, "self/statements.toml", "\n".join(said))
    read = read_sources(sources)
    assert [(each.id, each.level) for each in read.bank.statements] == [("s1", 1), ("s2", 2)]
    assert [each.text for each in read.contents.statements] == ["I can do **1**.", "I can do **2**."]
    assert read.contents.sections[2].answers == ("No", "With help", "Mostly", "Yes")
    change(sources, "self/statements.toml", "level = 2", "level = 1")
    assert "no statement of level 2" in fault_report(inspect_sources(sources)[1])
    change(sources, PACKAGE, '"Mostly", ', "")
    assert "There are 3 answers" in fault_report(inspect_sources(sources)[1])


def test_all_faults_of_all_files_are_reported_at_once(sources: Path, tmp_path: Path) -> None:
    change(sources, SET, 'key = ["b"]', 'key = ["z"]')
    change(sources, SET, "a = 1.1", "a = 11")
    change(sources, "listening/l4-talk.toml", "level = 4", "level = 9")
    change(sources, PACKAGE, "tasks = 3", "tasks = 0")
    (sources / "practice/writing.toml").unlink()
    write(sources, "reading/r5-5.toml", "id = ")
    (sources / "reading/r4-2.toml").write_bytes(b'id = "\xff"')
    (sources / "pictures/lake.svg").unlink()
    with pytest.raises(Trouble) as caught:
        build(sources, tmp_path / "out.stamp", new_publisher_key(), new_keys())
    assert caught.value.code == "sources-faulty"
    report = caught.value.advice.todo
    for line in (
        "reading/r3-0.toml, item r3-0-1, key: z is not among the choices. Use a, b, c.",
        "reading/r3-0.toml, item r3-0-1, a: 11 is out of range. Use 0.2 to 4.",
        "listening/l4-talk.toml, level: 9 is out of range. Use 3 to 5.",
        "package.toml, section writing, tasks: 0 is out of range. Use 1 to 10.",
        "practice/writing.toml: The file is missing. Add it.",
        "reading/r4-2.toml: The file is not UTF-8. Save it as UTF-8.",
        "speaking/s2-task.toml, picture: There is no file pictures/lake.svg. Add it, or correct the name.",
    ):
        assert line in report.splitlines()
    assert "reading/r5-5.toml: The file is not TOML" in report
    assert not (tmp_path / "out.stamp").exists()


def test_warnings_do_not_stop_a_build_and_reach_the_report(sources: Path, tmp_path: Path) -> None:
    change(sources, SET, 'topic = "school"', 'topic = "dragons"')
    built = build(sources, tmp_path / "out.stamp", new_publisher_key(), new_keys())
    assert 'warning: reading/r3-0.toml, topic: "dragons" is not in the list of topics. Check its spelling.' in built.report
    assert [fault.warning for fault in read_sources(sources).warnings] == [True]


def test_a_recording_without_a_script_is_only_a_warning(sources: Path) -> None:
    text = (sources / TALK).read_text("utf-8")
    start, end = text.index("[[script]]"), text.index("[[items]]")
    write(sources, TALK, text[:start] + text[end:])
    assert [(fault.place, fault.warning) for fault in read_sources(sources).warnings] == [("script", True)]


def test_a_level_without_a_set_is_a_fault(sources: Path) -> None:
    for name in ("r5-4", "r5-5"):
        (sources / f"reading/{name}.toml").unlink()
    _, faults = inspect_sources(sources)
    assert "No set has level 5." in {fault.what for fault in faults}


def test_a_pilot_set_does_not_count_towards_the_blueprint(sources: Path) -> None:
    change(sources, "reading/r5-5.toml", "level = 5", "level = 5\npilot = true")
    change(sources, PACKAGE, "sets = 3", "pilots = 1\nsets = 3")
    _, faults = inspect_sources(sources)
    assert [fault.what for fault in faults] == ["Stripe 2 of 2 can give 2 of 3 sets under the topic cap."]


def test_a_difficulty_without_a_prompt_is_a_fault(sources: Path) -> None:
    (sources / "writing/w2-task.toml").unlink()
    _, faults = inspect_sources(sources)
    assert "There is no prompt of difficulty Intermediate." in {fault.what for fault in faults}


def test_an_empty_section_and_a_missing_folder_are_faults(sources: Path) -> None:
    shutil.rmtree(sources / "speaking")
    _, faults = inspect_sources(sources)
    assert ("speaking/", "The section has no files.") in {(fault.file, fault.what) for fault in faults}
    _, faults = inspect_sources(sources / "nowhere")
    assert [str(fault) for fault in faults] == ["package.toml: The file is missing. Add it."]


@pytest.mark.parametrize(
    "drawing",
    [
        LAKE.replace("<circle", "<script>alert(1)</script><circle"),
        LAKE.replace("<circle", '<image href="http://example.org/x.png"/><circle'),
        LAKE.replace("<circle", '<circle onload="x()"'),
        "<!DOCTYPE svg [<!ENTITY a 'b'>]>" + LAKE,
    ],
)
def test_a_picture_that_does_more_than_draw_is_refused(sources: Path, drawing: str) -> None:
    write(sources, "pictures/lake.svg", drawing)
    found, faults = inspect_sources(sources)
    assert found is None
    assert {fault.what for fault in faults} == {"pictures/lake.svg holds scripts, entities or links to other files."}
