from pathlib import Path

import pytest

from stamp_desktop.authoring.bank_file import has_stripes, parse_bank, read_bank, write_bank
from stamp_desktop.authoring.blueprint_file import parse_blueprint
from stamp_desktop.content.tables import Fault
from stamp_desktop.engine.blueprint import AdaptiveSection
from stamp_desktop.engine.items import Bank
from stamp_desktop.trouble import Trouble
from tests.authoring import outside

SECTION: AdaptiveSection = parse_blueprint(outside.BLUEPRINT, "plan.toml", [])


def parse(*lines: str, head: str = outside.HEAD) -> tuple[Bank, list[str]]:
    faults: list[Fault] = []
    return parse_bank("\n".join([head, *lines]), "bank.csv", SECTION, faults), [str(fault) for fault in faults]


def test_a_bank_is_read_and_written_back_unchanged(tmp_path: Path) -> None:
    file, _ = outside.write(tmp_path)
    bank = read_bank(file, SECTION)
    assert len(bank.sets) == 24
    assert {item.model for each in bank.sets for item in each.items} == {"1PL", "2PL", "3PL", "4PL"}
    assert bank.sets[2].topic == "Haus & Hof"
    assert not has_stripes(file)
    again: list[Fault] = []
    assert parse_bank(write_bank(bank), "again.csv", SECTION, again).sets == tuple(sorted(bank.sets, key=lambda s: s.id))
    assert not again


def test_graded_items_have_their_steps_in_columns_of_their_own() -> None:
    bank, faults = parse("p,s,2,t,GPCM,1,,,,0.5,-0.5", "g,s,2,t,GRM,1.2,0.1,,,-1,1", head=outside.HEAD + ",b1,b2")
    assert not faults
    partial, graded = bank.sets[0].items
    assert (partial.model, partial.b, partial.steps, partial.points) == ("GPCM", 0.0, (0.5, -0.5), 2)
    assert (graded.model, graded.b, graded.steps) == ("GRM", 0.1, (-1.0, 1.0))
    assert len(graded.key.choices) == 2 if hasattr(graded.key, "choices") else False


def test_a_line_without_a_set_is_a_set_of_one_and_ids_may_meet() -> None:
    bank, faults = parse("1,,2,t,2PL,1,0,,", "2,7,2,t,2PL,1,0,,", "7,,2,t,2PL,1,0,,")
    assert not faults
    assert [each.id for each in bank.sets] == ["set:1", "set:set:7", "set:7"]
    items = {item.id for each in bank.sets for item in each.items}
    assert items == {"1", "2", "7"}
    assert items.isdisjoint(each.id for each in bank.sets)


def test_every_fault_of_a_file_is_named_with_its_line() -> None:
    _, faults = parse(
        "ok,s1,1,t,2PL,1,0,,",
        "nan,s2,1,t,2PL,nan,0,,",
        "far,s3,1,t,2PL,1,99,,",
        "odd,s4,1,t,5PL,1,0,,",
        "mix,s1,2,t,2PL,1,0,,",
        "ok,s5,1,t,2PL,1,0,,",
        "low,s6,1,t,3PL,-1,0,0.2,",
        "asy,s7,1,t,4PL,1,0,0.5,0.4",
        "gra,s8,1,t,GRM,1,0,,",
        "lev,s9,12,t,2PL,1,0,,",
        "txt,s10,1,t,2PL,one,0,,",
        "inf,s11,1,t,2PL,1,inf,,",
        "two,s12,1,t,2PL,1,0,0.2,0.9",
        "emp,s13,1,,2PL,1,0,,",
        ",s14,1,t,2PL,1,0,,",
    )
    lines = sorted({int(fault.split("line ")[1].split(",")[0]) for fault in faults})
    assert lines == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    text = "\n".join(faults)
    for words in (
        "nan is not a finite number",
        '"5PL" is not known',
        'has level "1" in line 2 and "2" here',
        "is taken (line 2)",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("id,set,level,topic,a,b,c,d", "There is no column model"),
        (outside.HEAD + ",a", "comes twice"),
        (outside.HEAD + ",colour", '"colour" has no meaning'),
        ("", "There is no column"),
    ],
)
def test_a_wrong_header_is_the_only_thing_that_is_said(head: str, words: str) -> None:
    _, faults = parse("x", head=head)
    assert len(faults) == 1
    assert words in faults[0]


def test_sets_keep_their_rules() -> None:
    head = outside.HEAD + ",stripe,enemies,pilot,module,rapid"
    bank, faults = parse("a,s1,1,t,2PL,1,0,,,1,s2,,,2.5", "b,s2,1,t,2PL,1,0,,,0,,1,m,", head=head)
    assert not faults
    one, two = bank.sets
    assert (one.stripe, one.enemies, one.pilot, one.items[0].rapid_ms) == (1, frozenset({"s2"}), False, 2500)
    assert (two.pilot, two.module) == (True, "m")
    _, faults = parse("a,s1,1,t,2PL,1,0,,,5,s9,maybe,,", *[f"x{n},s3,1,t,2PL,1,0,,,0,,,," for n in range(7)], head=head)
    assert [fault.split(": ")[0] for fault in faults] == [
        "bank.csv, line 2, stripe",
        "bank.csv, line 2, pilot",
        "bank.csv, line 9, set",
        "bank.csv, line 2, enemies",
    ]


@pytest.mark.parametrize("raw", [None, b"\xff\xfe\x00", b"id,set,level,topic,model,a,b,c,d\n"])
def test_a_file_that_is_no_bank_is_refused_with_advice(tmp_path: Path, raw: bytes | None) -> None:
    file = tmp_path / "bank.csv"
    if raw is not None:
        file.write_bytes(raw)
    with pytest.raises(Trouble) as refused:
        read_bank(file, SECTION)
    assert refused.value.code == "bank-faulty"
    assert "bank.csv" in refused.value.advice.what
