import hashlib
from dataclasses import replace
from typing import Any

import pytest

from stamp_desktop.storage.chain import GENESIS, Damage, Row, check, open_body, row_hash, sealed_row
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble


@pytest.fixture
def rows(key: SessionKey) -> list[Row]:
    made: list[Row] = []
    for seq in range(1, 7):
        before = made[-1].hash if made else GENESIS
        plain = Row(seq, f"id{seq}", "answered", None if seq % 2 else "q1", 1_000 + seq, seq, "boot", b"{}", before, b"")
        made.append(sealed_row(key, "s1", plain))
    return made


def rehashed(row: Row) -> Row:
    return replace(row, hash=row_hash("s1", row))


def test_an_untouched_chain_has_no_damage(rows: list[Row]) -> None:
    assert check("s1", rows) == []
    assert check("s1", []) == []
    assert check("s1", rows[3:], 4, rows[2].hash) == []


def test_the_chain_belongs_to_its_session(rows: list[Row]) -> None:
    assert check("s2", rows)[0] == Damage(1, "changed")


def test_the_hash_is_the_documented_one() -> None:
    row = Row(1, "a", "k", None, 2, 3, "b", b"x", GENESIS, b"")
    parts = [b"sstamp-event-1", b"ss", b"i1", b"sa", b"sk", b"n", b"i2", b"i3", b"sb", b"bx", b"b" + bytes(32)]
    encoded = b"".join(part[:1] + bytes(7) + bytes([len(part) - 1]) + part[1:] for part in parts)
    assert row_hash("s", row) == hashlib.sha256(encoded).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"kind": "submitted"},
        {"item": ""},
        {"wall_ms": 0},
        {"mono_ms": 0},
        {"boot": ""},
        {"body": b""},
        {"prev_hash": GENESIS},
        {"hash": GENESIS},
    ],
)
def test_a_change_of_any_column_is_named(rows: list[Row], change: dict[str, Any]) -> None:
    rows[2] = replace(rows[2], **change)
    assert Damage(3, "changed") in check("s1", rows)
    assert {damage.seq for damage in check("s1", rows)} <= {3, 4}


def test_whoever_has_no_key_cannot_change_a_row_even_with_a_new_chain(rows: list[Row], key: SessionKey) -> None:
    changes: list[dict[str, Any]] = [{"kind": "x"}, {"item": "x"}, {"wall_ms": 0}, {"mono_ms": 0}, {"boot": "x"}, {"id": "x"}]
    for change in changes:
        with pytest.raises(Trouble) as trouble:
            open_body(key, "s1", rehashed(replace(rows[2], **change)))
        assert trouble.value.code == "data-damaged"
    with pytest.raises(Trouble, match="row 3"):
        open_body(key, "s2", rows[2])
    assert open_body(key, "s1", rows[2]) == b"{}"


def test_a_row_changed_together_with_its_hash_breaks_the_link(rows: list[Row]) -> None:
    rows[2] = rehashed(replace(rows[2], wall_ms=0))
    assert check("s1", rows) == [Damage(4, "unlinked")]


def test_missing_rows_are_named(rows: list[Row]) -> None:
    assert check("s1", rows[:2] + rows[4:]) == [Damage(3, "missing"), Damage(4, "missing")]
    assert check("s1", rows[1:]) == [Damage(1, "missing")]


def test_rows_that_changed_places_are_named(rows: list[Row]) -> None:
    swapped = [*rows[:2], replace(rows[3], seq=3), replace(rows[2], seq=4), *rows[4:]]
    assert check("s1", swapped) == [Damage(3, "moved"), Damage(4, "moved")]


def test_a_cut_tail_shows_only_against_a_head_seen_elsewhere(rows: list[Row]) -> None:
    assert check("s1", rows[:4]) == []


def test_damage_reads_as_a_sentence() -> None:
    assert str(Damage(3, "missing")) == "row 3 is missing"
