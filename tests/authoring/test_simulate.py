"""`stamp-desktop simulate`, as a psychometrician uses it: on an outside bank, in one process and in two."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stamp_desktop.cli import main
from tests.authoring import outside
from tests.content.small import write_sources

SUMMARY = [
    "takers", "exact", "adjacent", "kappa", "rmse", "bias", "coverage95", "stated_p", "lab_max_exposure", "overlap",
    "neighbour_overlap", "unused", "mean_items", "violations", "score", "seed", "bank_hash",
]  # fmt: skip
Plain = dict[str, Any]


def simulate(folder: Path, *more: str, lines: list[str] | None = None, name: str = "found") -> Plain:
    bank, plan = outside.write(folder, lines)
    file = folder / f"{name}.json"
    asked = ["simulate", "--bank", str(bank), "--blueprint", str(plan), "--takers", "72", "--seed", "5", "--lab", "3x4"]
    assert main([*asked, "--json", str(file), "--robust-takers", "5", *more]) == 0
    found: Plain = json.loads(file.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    folder = tmp_path_factory.mktemp("simulated")
    document = simulate(folder, "--processes", "1", "--html", str(folder / "page.html"))
    document["page"] = (folder / "page.html").read_text("utf-8")
    return document


def test_the_summary_has_the_documented_keys_and_plausible_values(found: Plain) -> None:
    summary = found["summary"]
    assert list(summary) == SUMMARY
    assert (summary["takers"], summary["seed"], summary["score"], summary["violations"]) == (72, 5, "level_table", 0)
    assert 0.5 < summary["exact"] <= summary["adjacent"] == 1.0
    assert summary["neighbour_overlap"] == 0.0 < summary["overlap"] < 1.0
    assert summary["mean_items"] == 12.0
    assert list(found["by_score"]) == ["level_table", "pattern"]
    assert all(list(of)[: len(SUMMARY)] == SUMMARY for of in found["by_score"].values())
    assert [each["world"]["name"] for each in found["robustness"]][:2] == ["as modelled", "no set effect"]


def test_two_processes_and_another_order_of_the_rows_change_no_byte(found: Plain, tmp_path: Path) -> None:
    again = simulate(tmp_path, "--processes", "2", lines=[*reversed_sets(outside.rows())])
    page = found.pop("page")
    assert again == found
    found["page"] = page


def reversed_sets(lines: list[str]) -> list[str]:
    """The sets in another order; the order of a set's items is part of it."""
    return [line for start in range(len(lines) - 3, -1, -3) for line in lines[start : start + 3]]


def test_the_page_stands_alone_and_shows_every_part(found: Plain) -> None:
    page = found["page"]
    assert not re.search(r"<script|<link|src=|url\((?!#)|@import", page)
    assert page.count("<svg") == 10
    for part in ("bank", "information", "theta", "levels", "stated", "exposure", "overlap", "rules", "robustness", "again"):
        assert f'<section id="{part}">' in page
    assert found["summary"]["bank_hash"] in page
    assert "Haus &amp; Hof" in page
    assert "学校" in page


def test_another_seed_and_other_abilities_give_other_takers(found: Plain, tmp_path: Path) -> None:
    other = simulate(tmp_path, "--processes", "1", "--theta", "uniform:2,2.5", "--robust-takers", "0")
    assert other["plan"]["theta"] == "uniform:2,2.5"
    assert [sum(row) for row in other["by_score"]["pattern"]["confusion"]] == [0, 0, 72]
    assert other["robustness"] == []
    assert other["summary"]["rmse"] != found["summary"]["rmse"]


def test_a_bank_that_cannot_fill_its_blueprint_is_refused_before_anybody_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bank, plan = outside.write(tmp_path, ["only,s,1,t,2PL,1,0,,"])
    assert main(["simulate", "--bank", str(bank), "--blueprint", str(plan)]) == 1
    said = capsys.readouterr().err
    assert "level 2: 0 of 1 sets, 1 short" in said
    assert "stripe 1 of 2: 1 of 4 sets, 3 short" in said
    assert "blueprint-unfillable" in said


@pytest.mark.parametrize(
    "more",
    [
        ["--lab", "3by4"],
        ["--lab", "0x4"],
        ["--takers", "0"],
        ["--theta", "normal:0"],
        ["--theta", "normal:0,-1"],
        ["--theta", "uniform:3,1"],
        ["--theta", "beta:1,1"],
    ],
)
def test_a_wrong_option_is_refused(tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    bank, plan = outside.write(tmp_path)
    with pytest.raises(SystemExit) as refused:
        main(["simulate", "--bank", str(bank), "--blueprint", str(plan), *more])
    assert refused.value.code == 2
    assert more[0] in capsys.readouterr().err
    assert main(["simulate", "--bank", str(bank)]) == 2


def test_a_package_is_simulated_as_it_was_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, key, out = tmp_path / "small.stamp", tmp_path / "publisher.pem", tmp_path / "found.json"
    write_sources(tmp_path / "sources")
    assert main(["package", "build", str(tmp_path / "sources"), "-o", str(file), "--key", str(key)]) == 0
    assert "proved: a test of" in capsys.readouterr().out
    asked = ["simulate", "--package", str(file), "--takers", "10", "--robust-takers", "0", "--processes", "1"]
    assert main([*asked, "--json", str(out)]) == 0
    found = json.loads(out.read_text("utf-8"))
    assert len(found["package_hash"]) == 64
    assert found["summary"]["violations"] == 0
    assert main([*asked, "--section", "writing"]) == 1
    assert "Choose one of: reading" in capsys.readouterr().err
