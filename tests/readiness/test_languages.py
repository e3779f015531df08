"""Letters and keys of each booked language: what our own font draws is never warned about, what nothing can draw is found."""

import subprocess
from pathlib import Path

import pytest

from stamp_desktop.readiness.fonts import NoFontconfigError, font_checks, own_letters, system_families
from stamp_desktop.readiness.keyboards import Keyboards, keyboards, typing_checks
from stamp_desktop.readiness.languages import WRITINGS, writing
from tests.readiness.conftest import ROOT, display, lacking, need

OWN = own_letters(ROOT / "assets" / "fonts")


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer whose fontconfig knows one folder, and that is empty."""
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts.conf").write_text(
        f"<?xml version='1.0'?><fontconfig><dir>{tmp_path}/fonts</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    try:
        assert system_families("a") == ()
    except NoFontconfigError as error:
        lacking(str(error))


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize(
    ("language", "verdict"),
    [
        ("es", "pass"),
        ("fr", "pass"),
        ("de", "pass"),
        ("pl", "pass"),
        ("zh", "fail"),
        ("ja", "fail"),
        ("ar", "fail"),
        ("ru", "fail"),
    ],
)
def test_without_fonts_only_what_our_own_one_draws_passes(language: str, verdict: str) -> None:
    (check,) = font_checks((need(language, language, "reading"),), OWN, system_families)
    assert check.verdict == verdict


def test_chinese_in_japanese_shapes_is_warned_about() -> None:
    chinese = (need("zh", "Chinese", "reading"),)
    (other,) = font_checks(chinese, OWN, lambda _: ("Noto Sans CJK JP",))
    assert (other.verdict, "Noto Sans CJK SC" in other.remedy) == ("warn", True)
    (right,) = font_checks(chinese, OWN, lambda _: ("Noto Sans CJK JP", "Noto Sans CJK SC"))
    assert right.verdict == "pass"


def test_a_language_that_nobody_knows_is_skipped_and_a_signed_one_needs_no_font() -> None:
    said = [check.verdict for check in font_checks((need("qqq", "Q", "reading"), need("ase", "ASL")), OWN, lambda _: ())]
    assert said == ["skipped", "pass"]


def test_regions_and_other_names_lead_to_the_same_writing() -> None:
    assert writing("es-MX") is WRITINGS["es"]
    assert writing("zh-TW") is writing("zh-Hant") is writing("yue") is WRITINGS["zh-hant"]
    assert writing("zh-Hans-CN") is WRITINGS["zh"]


@pytest.mark.parametrize(
    ("language", "found", "verdict"),
    [
        ("es", Keyboards(("us",)), "pass"),
        ("ru", Keyboards(("us",)), "fail"),
        ("ru", Keyboards(("us", "ru")), "pass"),
        ("zh", Keyboards(("us", "cn")), "fail"),
        ("zh", Keyboards(("us",), ("libpinyin",), frozenset({"ibus-daemon"})), "pass"),
        ("zh", Keyboards(("us",), ("libpinyin",)), "warn"),
        ("zh", Keyboards(("us",), ("libpinyin",), session=False), "pass"),
        ("zh", Keyboards(("us",), (), frozenset({"fcitx5"})), "fail"),
        ("ko", Keyboards(("us",), ("hangul",), frozenset({"ibus-daemon"})), "pass"),
        ("ase", Keyboards(), "skipped"),
        ("ru", Keyboards(unknown="Not tried."), "skipped"),
    ],
)
def test_how_a_script_is_typed(language: str, found: Keyboards, verdict: str) -> None:
    (check,) = typing_checks((need(language, language, "writing"),), found)
    assert check.verdict == verdict


def test_nothing_is_typed_in_a_test_without_writing() -> None:
    (check,) = typing_checks((need("zh", "Chinese", "reading"),), Keyboards())
    assert check.verdict == "skipped"


def test_no_input_method_is_found_on_a_real_display_and_a_layout_is_seen_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with display("640x480") as env:
        monkeypatch.setenv("DISPLAY", env["DISPLAY"])
        bare = keyboards(tmp_path)
        russian = (need("ru", "Russian", "writing"),)
        assert [check.verdict for check in typing_checks(russian, bare)] == ["fail"]
        assert [check.verdict for check in typing_checks((need("ja", "Japanese", "writing"),), bare)] == ["fail"]
        subprocess.run(["setxkbmap", "-layout", "us,ru"], check=True, timeout=20)
        assert keyboards(tmp_path).layouts == ("us", "ru")
        assert [check.verdict for check in typing_checks(russian, keyboards(tmp_path))] == ["pass"]


def test_installed_engines_are_read_and_broken_files_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "ibus-daemon"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.delenv("DISPLAY", raising=False)
    (tmp_path / "a.xml").write_text("<component><engines><engine><name>libpinyin</name></engine></engines></component>")
    (tmp_path / "b.xml").write_text("<component>")
    (tmp_path / "keyboard").write_text('XKBMODEL="pc105"\nXKBLAYOUT="us,ru"\n')
    found = keyboards(tmp_path, tmp_path / "keyboard")
    assert (found.engines, found.layouts) == (("libpinyin",), ("us", "ru"))
