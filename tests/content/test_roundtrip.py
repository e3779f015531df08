"""A package that was built is the test that was written, for whoever has its keys and for nobody else."""

import json
import zipfile
from pathlib import Path

import pytest

from stamp_desktop.content.build import build
from stamp_desktop.content.keys import PackageKeys, new_keys, new_publisher_key, publisher_id, unseal
from stamp_desktop.content.manifest import MANIFEST, TEXTS, describe
from stamp_desktop.content.model import (
    Choice,
    InlineChoice,
    MultipleResponse,
    Option,
    PracticeItem,
    PracticePrompt,
    TextEntry,
)
from stamp_desktop.content.reader import Package, inspect, open_package, verify
from stamp_desktop.engine.blueprint import AdaptiveSection, PromptSection
from stamp_desktop.engine.items import ChoiceKey, GapKey
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage, name_of


@pytest.fixture
def package(small: SmallPackage) -> Package:
    return open_package(small.path, small.trusted, small.keys)


def test_every_interaction_comes_back(package: Package) -> None:
    assert package.item("r3-0-1").interaction == Choice(
        (Option("a", "In April"), Option("b", "In May"), Option("c", "In June"))
    )
    several = package.item("r3-0-2").interaction
    assert isinstance(several, MultipleResponse)
    assert (several.most, len(several.choices)) == (2, 4)
    assert package.item("r3-0-3").interaction == InlineChoice(
        "It moves {g1} the summer, {g2} I am sad.",
        {"g1": (Option("x", "before"), Option("y", "after")), "g2": (Option("x", "so"), Option("y", "but"))},
    )
    assert package.item("r3-0-4").interaction == TextEntry("New address: {g1} Mill Street", ("g1",))


def test_the_bank_has_keys_parameters_stripes_and_mutual_enemies(package: Package) -> None:
    sets = {each.id: each for each in package.bank.sets}
    keys = [item.key for item in sets["r3-0"].items]
    assert keys == [
        ChoiceKey(frozenset({"b"})),
        ChoiceKey(frozenset({"a", "c"})),
        GapKey({"g1": ("x",), "g2": ("x",)}),
        GapKey({"g1": ("27", "twenty-seven-is-the-answer")}),
    ]
    assert [(item.a, item.b, item.c) for item in sets["r3-0"].items][:2] == [(1.1, -1.0, 0.21), (1.0, 0.3, 0.05)]
    assert (sets["r3-0"].enemies, sets["r5-4"].enemies) == (frozenset({"r5-4"}), frozenset({"r3-0"}))
    for level in (3, 4, 5):
        assert {each.stripe for each in package.bank.sets if (each.section, each.level) == ("reading", level)} == {0, 1}


def test_texts_sections_and_equipment_come_back(package: Package) -> None:
    passage = package.passage("r3-1")
    assert (passage.genre, passage.title, passage.picture_alt) == ("Note", "About r3-1", "A dot")
    assert passage.text == "The **library** of r3-1 moves in May.\n\nIt opens again in June."
    assert (package.section("listening").plays, package.section("speaking").recording) == (2, "flac")
    prompt = package.prompt("s2-task")
    assert (prompt.prepare, prompt.speak, prompt.attempts, prompt.words) == (5, 20, 2, 0)
    assert package.prompt("w3-task").words == 150
    assert isinstance(package.practice("reading"), PracticeItem)
    assert isinstance(package.practice("speaking"), PracticePrompt)
    assert package.rules.points == ("Do your own work.", "Stay in this window.")
    assert [(question.id, question.optional) for question in package.profile] == [("grade", False), ("more", True)]
    assert (package.equipment.word, [word.text for word in package.equipment.words]) == ("garden", ["garden", "river"])
    assert package.labels == {"cefr": {3: "A2", 4: "A2+", 5: "B1"}}


def test_the_blueprint_comes_back(package: Package) -> None:
    reading = package.blueprint.section("reading")
    assert isinstance(reading, AdaptiveSection)
    assert (reading.levels, reading.cuts, reading.stripes, reading.score) == ((3, 5), (-0.5, 0.5), 2, "level_table")
    assert package.blueprint.section("speaking") == PromptSection("speaking", (1, 8), 0, 3, "listening")


def test_media_come_back_by_the_names_that_the_texts_give(small: SmallPackage, package: Package) -> None:
    sources = small.path.parent / "small"
    for name, file, kind in (
        (package.passage("l3-talk").audio, sources / "media/l3-talk.opus", "audio/ogg"),
        (package.passage("r3-1").picture, sources / "pictures/dot.png", "image/png"),
        (package.prompt("s1-task").picture, sources / "pictures/lake.svg", "image/svg+xml"),
        (package.equipment.words[0].audio, sources / "media/word-garden.flac", "audio/flac"),
    ):
        assert name == name_of(file)
        assert package.media(name) == file.read_bytes()
        assert package.media_type(name) == kind


def test_unknown_names_are_bugs(package: Package) -> None:
    for ask in (package.section, package.passage, package.item, package.prompt, package.practice, package.media):
        with pytest.raises(KeyError):
            ask("nobody")


def test_the_clear_facts_tell_what_it_is_and_nothing_of_the_test(small: SmallPackage) -> None:
    manifest = inspect(small.path)
    assert manifest == verify(small.path, small.trusted)
    assert (manifest.id, manifest.version, manifest.publisher) == ("small-english", "1.0.0", "Small Press")
    assert manifest.publisher_key == publisher_id(small.signing_key.public_key())
    assert [(section.id, section.units, section.bank) for section in manifest.sections] == [
        ("reading", 3, 6),
        ("listening", 2, 3),
        ("writing", 3, 3),
        ("speaking", 3, 3),
    ]
    text = describe(manifest)
    assert "Reading: levels 3-5, 3 of 6 sets, 60 minutes" in text
    assert "Speaking: levels 1-8, 3 of 3 prompts, no time limit" in text
    assert manifest.hash in text


def test_the_manifest_is_canonical_json(small: SmallPackage) -> None:
    with zipfile.ZipFile(small.path) as archive:
        raw = archive.read(MANIFEST)
    written = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert written.encode() == raw


def test_nothing_that_was_written_stands_in_the_file(small: SmallPackage) -> None:
    stored = small.path.read_bytes()
    secrets = (
        "twenty-seven-is-the-answer",
        "library",
        "In April",
        "Mill Street",
        "r3-0",
        "Tell us",
        "garden",
        "<svg",
        "Nobody shall",
    )
    assert [secret for secret in secrets if secret.encode() in stored] == []
    assert b"Small test" in stored


def test_scripts_of_recordings_are_not_in_the_package_at_all(small: SmallPackage) -> None:
    assert "Nobody shall" in (small.path.parent / "small/listening/l3-talk.toml").read_text("utf-8")
    with zipfile.ZipFile(small.path) as archive:
        texts = unseal(small.keys.content, inspect(small.path).place, TEXTS, archive.read(TEXTS))
    assert b"l3-talk" in texts
    assert b"Nobody shall" not in texts
    assert b"anna" not in texts


def test_the_content_key_does_not_open_the_answers(small: SmallPackage) -> None:
    other = new_keys()
    for keys, kind in (
        (PackageKeys(small.keys.content, small.keys.content), "answer key"),
        (PackageKeys(small.keys.content, other.answers), "answer key"),
        (PackageKeys(other.content, small.keys.answers), "content key"),
    ):
        with pytest.raises(Trouble, match=kind) as caught:
            open_package(small.path, small.trusted, keys)
        assert caught.value.code == "package-keys"


def test_the_same_sources_and_keys_give_the_same_bytes(small: SmallPackage, tmp_path: Path) -> None:
    again = tmp_path / "again.stamp"
    built = build(small.path.parent / "small", again, small.signing_key, small.keys)
    assert again.read_bytes() == small.path.read_bytes()
    assert built.manifest == inspect(small.path)
    assert built.path == again
    other = build(small.path.parent / "small", tmp_path / "other.stamp", small.signing_key, new_keys())
    assert other.manifest.hash != built.manifest.hash


def test_no_two_parts_share_a_nonce(small: SmallPackage) -> None:
    with zipfile.ZipFile(small.path) as archive:
        nonces = [archive.read(name)[:12] for name in archive.namelist() if not name.startswith("manifest")]
    assert len(set(nonces)) == len(nonces) > 5


def test_a_build_that_fails_leaves_the_package_that_was_there(small: SmallPackage, sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.stamp"
    out.write_bytes(b"the package of yesterday")
    (sources / "practice/reading.toml").unlink()
    with pytest.raises(Trouble):
        build(sources, out, small.signing_key, small.keys)
    assert out.read_bytes() == b"the package of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.stamp", "sources"]


def test_the_report_shows_the_bank_by_level_and_stripe(sources: Path, small: SmallPackage, tmp_path: Path) -> None:
    built = build(sources, tmp_path / "out.stamp", new_publisher_key(), small.keys)
    assert "reading: 6 sets, 9 items, 2 stripes; sets by level and stripe\n  level 3:   1   1\n" in built.report
    assert "speaking: 3 prompts; by difficulty   1   1   1" in built.report
