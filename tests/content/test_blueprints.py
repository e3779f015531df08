"""A test may stand on a blueprint that comes with the program, and say only what is different."""

from pathlib import Path

from stamp_desktop.content.build import build
from stamp_desktop.content.keys import new_keys, new_publisher_key
from stamp_desktop.content.reader import open_package
from stamp_desktop.content.sources import fault_report, inspect_sources
from tests.content.small import change, write

FILE = "package.toml"
SAID = '[[statements]]\nid = "{section}-{level}"\nlevel = {level}\ntext = "I can do **{level}**."\n'
TEXTS = """
[[sections]]
id = "reading"
title = "Tu lectura"
intro = ["Di lo que sabes hacer."]

[[sections]]
id = "writing"
minutes = 30
"""


def on_ws(sources: Path) -> None:
    """Turn the small test into one that stands on the blueprint ws."""
    text = (sources / FILE).read_text("utf-8")
    head = text[: text.index("[[sections]]")].replace('assessment = "STAMP"', 'assessment = "STAMP WS"\nblueprint = "ws"')
    write(sources, FILE, head + TEXTS)
    for section in ("reading", "listening"):
        said = [SAID.format(section=section[0], level=level) for level in range(1, 8)]
        write(sources, f"{section}/statements.toml", "\n".join(said))


def test_a_package_stands_on_a_blueprint_and_says_what_is_different(sources: Path, tmp_path: Path) -> None:
    on_ws(sources)
    signing, keys = new_publisher_key(), new_keys()
    built = build(sources, tmp_path / "ws.stamp", signing, keys)
    package = open_package(built.path, (signing.public_key(),), keys)
    assert [section.id for section in package.blueprint.sections] == ["reading", "listening", "writing", "speaking"]
    assert (package.section("reading").title, package.section("listening").title) == ("Tu lectura", "Your listening")
    assert package.section("writing").minutes == 30
    assert package.statement("r-3").text == "I can do **3**."
    assert [summary.bank for summary in built.manifest.sections] == [7, 7, 3, 3]
    assert "reading: 7 can-do statements" in built.report


def test_another_assessment_and_an_unknown_section_or_blueprint_are_faults(sources: Path) -> None:
    on_ws(sources)
    change(sources, FILE, 'assessment = "STAMP WS"', 'assessment = "STAMPe"')
    change(sources, FILE, 'id = "writing"', 'id = "singing"')
    report = fault_report(inspect_sources(sources)[1])
    assert '"STAMPe" has another blueprint. Use STAMP WS.' in report
    assert "section singing: The blueprint ws has no such section." in report
    change(sources, FILE, 'blueprint = "ws"', 'blueprint = "sw"')
    assert '"sw" is not known. Use one of: asl' in fault_report(inspect_sources(sources)[1])
