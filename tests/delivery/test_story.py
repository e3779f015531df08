"""`session explain` and `session export`, as a coordinator uses them."""

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stamp_desktop.cli import main
from stamp_desktop.content.keys import keys_path, save_keys
from stamp_desktop.delivery import records
from stamp_desktop.engine.replay import outcome_bytes, replay
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage
from tests.delivery.rooms import Lab, Somebody

Told = tuple[Lab, str]


def pem(small: SmallPackage) -> bytes:
    return small.signing_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, small: SmallPackage) -> Iterator[Told]:
    """A station on which a reading section was taken."""
    lab = Lab(tmp_path_factory.mktemp("told") / "station", small)
    (lab.root / "publishers").mkdir()
    (lab.root / "publishers" / "press.pub").write_bytes(pem(small))
    ana = Somebody(lab)
    ana.get_ready()
    ana.take_section("reading")
    ana.leave()
    yield lab, ana.session
    lab.close()


def test_a_session_is_told_set_by_set(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab, session = told
    json_file, picture = tmp_path / "told.json", tmp_path / "told.svg"
    asked = ["session", "explain", session, "--data", str(lab.root), "--json", str(json_file), "--picture", str(picture)]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("reading: stripe ")
    assert "most information of" in shown
    assert "Score by level table: level " in shown
    (section,) = json.loads(json_file.read_text("utf-8"))
    assert len(section["sets"]) == 3
    assert all(step["set_id"] in shown for step in section["sets"])
    drawing = ET.fromstring(picture.read_text("utf-8"))  # noqa: S314  # our own file
    circles = drawing.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(circles) == sum(len(step["answers"]) for step in section["sets"])


def test_an_exported_journal_tells_the_same(
    told: Told, small: SmallPackage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab, session = told
    file = tmp_path / "journal.jsonl"
    assert main(["session", "export", session, "--data", str(lab.root), "-o", str(file)]) == 0
    facts = records.read_export(file.read_text("utf-8"))
    form = records.form_for(lab.root, facts)
    assert outcome_bytes(form, replay(form, facts).state) == records.outcome_of(lab.root, session)
    capsys.readouterr()
    main(["session", "explain", session, "--data", str(lab.root)])
    own = capsys.readouterr().out
    package, public = tmp_path / "small.stamp", tmp_path / "small.pub"
    package.write_bytes(small.path.read_bytes())
    save_keys(keys_path(package), small.keys)
    public.write_bytes(pem(small))
    elsewhere = ["--data", str(tmp_path / "nobody"), "--package", str(package)]
    assert main(["session", "explain", str(file), *elsewhere, "--publisher", str(public)]) == 0
    assert capsys.readouterr().out == own
    assert main(["session", "explain", str(file), *elsewhere]) == 1
    assert "--publisher" in capsys.readouterr().err


def test_a_picture_is_an_svg(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["session", "explain", "nobody", "--picture", "told.png"]) == 2
    assert "SVG" in capsys.readouterr().err


def test_every_line_of_a_damaged_export_is_named(told: Told) -> None:
    lab, session = told
    text = records.export(session, records.facts_of(lab.root, session))
    lines = text.splitlines()
    lines[0] = '{"journal":2}'
    lines[2] = lines[2].replace('"kind":"', '"kind":"un')
    lines[3] = lines[3][:-2]
    lines[4] = lines[4].replace('"wall":', '"wall":1.5,"was":')
    with pytest.raises(Trouble) as caught:
        records.read_export("\n".join(lines))
    assert caught.value.code == "journal-unreadable"
    assert [line.split(":")[0] for line in caught.value.advice.todo.splitlines()] == ["line 1", "line 3", "line 4", "line 5"]
    with pytest.raises(Trouble):
        records.read_export("")


def test_a_journal_without_a_beginning_and_an_unknown_package_are_told(told: Told, tmp_path: Path) -> None:
    lab, session = told
    facts = records.facts_of(lab.root, session)
    with pytest.raises(Trouble) as caught:
        records.form_for(lab.root, facts[1:])
    assert caught.value.code == "journal-empty"
    (tmp_path / "bare").mkdir()
    with pytest.raises(Trouble) as caught:
        records.form_for(tmp_path / "bare", facts)
    assert caught.value.code == "not-prepared"
