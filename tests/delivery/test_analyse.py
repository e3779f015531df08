"""`stamp-desktop analyse`, from journals that a station exported."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stamp_desktop.cli import main
from stamp_desktop.content.keys import keys_path, save_keys
from stamp_desktop.delivery import records
from tests.content.small import SmallPackage
from tests.delivery.rooms import Lab, Somebody


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, small: SmallPackage) -> Iterator[Path]:
    """A folder with the package, its keys and the journal of one test taker."""
    folder = tmp_path_factory.mktemp("exported")
    lab = Lab(folder / "station", small)
    (lab.root / "publishers").mkdir()
    public = small.signing_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (lab.root / "publishers" / "press.pub").write_bytes(public)
    ana = Somebody(lab)
    ana.get_ready()
    ana.take_section("reading")
    ana.leave()
    package = folder / "small.stamp"
    package.write_bytes(small.path.read_bytes())
    save_keys(keys_path(package), small.keys)
    (folder / "publisher.pub").write_bytes(public)
    (folder / "ana.jsonl").write_text(records.export(ana.session, records.facts_of(lab.root, ana.session)), "utf-8")
    yield folder
    lab.close()


def test_journals_are_analysed_item_by_item(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "found.json"
    asked = ["analyse", str(exported), "--package", str(exported / "small.stamp"), "--dif", "grade", "Grade 7", "Grade 8"]
    assert main([*asked, "--json", str(out)]) == 0
    found = json.loads(out.read_text("utf-8"))
    assert (found["section"], found["people"]) == ("reading", 1)
    assert sum(found["exposure"].values()) == 3
    assert found["person_fit"]["people"] == 1
    assert found["times"] == []  # the clock of this room stands still
    assert "reading: 1 people; 3 of" in capsys.readouterr().out


def test_files_that_are_no_journals_are_all_named(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, missing = tmp_path / "wrong.jsonl", tmp_path / "missing.jsonl"
    wrong.write_text("{}\n", "utf-8")
    package = str(exported / "small.stamp")
    assert main(["analyse", str(exported / "ana.jsonl"), str(wrong), str(missing), "--package", package]) == 1
    said = capsys.readouterr().err
    assert "2 of 3 files" in said
    assert "wrong.jsonl: line 1" in said
    assert "missing.jsonl" in said
    assert main(["analyse", str(exported), "--package", package, "--section", "writing"]) == 2
