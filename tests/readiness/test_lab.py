"""Many reports as one page: who is ready, what to mend first, what was left out. Looked at in a real browser."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stamp_desktop.cli import main
from stamp_desktop.readiness.check import Check, Point, encode
from stamp_desktop.readiness.lab import lab
from stamp_desktop.readiness.page import lab_page, report_page
from tests.readiness.conftest import lacking
from tests.readiness.labs import lab_of

NOW = 1_790_000_000.0
HUM = Check("sound.hum", "Hum", "warn", "There is a hum.", remedy="Use another port.")
DISK = Check("computer.disk", "Disk", "fail", "1 GB free.", remedy="Make room.")


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_heaviest_remedy_comes_first_and_names_its_computers() -> None:
    one, two, three = lab_of(3)
    made = lab([replace(one, checks=(HUM,)), replace(two, checks=(HUM, DISK)), replace(three, checks=(HUM,))])
    assert [(each.remedy, each.computers) for each in made.remedies] == [
        ("Make room.", ("lab-002",)),
        ("Use another port.", ("lab-001", "lab-002", "lab-003")),
    ]
    assert made.reports[0].computer == "lab-002"


def test_the_newest_report_of_a_computer_counts() -> None:
    first = lab_of(1)[0]
    later = replace(first, checks=(), taken=first.taken + 60)
    assert lab([later, first]).reports == (later,)


def test_two_computers_of_one_name_both_count_and_are_named() -> None:
    first = lab_of(1)[0]
    one, other = replace(first, machine="aa"), replace(first, machine="bb", taken=first.taken + 5)
    made = lab([one, other, replace(other, taken=other.taken + 60)])
    assert [report.machine for report in made.reports] == ["aa", "bb"]
    assert made.remedies[0].computers == ("lab-001",)
    assert made.remedies[0].found == "2 computers of one room are called lab-001."
    assert not [each for each in lab([one, replace(other, room="x")]).remedies if each.title == "Name of the computer"]


def test_a_folder_full_of_files_is_merged_and_what_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = 10_000 if os.environ.get("STAMP_SOAK") else 500
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(many):
        (folder / f"{number:05}.json").touch()
    for report in lab_of(2):
        (folder / f"{report.computer}.json").write_text(encode(report), encoding="utf-8")
    (folder / "newer.json").write_text('{"format": 2}', encoding="utf-8")
    (folder / "readme.txt").write_text("not looked at", encoding="utf-8")
    assert main(["readiness", "merge", str(folder), "--html", str(tmp_path / "out.html")]) == 0
    said = capsys.readouterr()
    assert "2 computers" in said.out
    assert f"{many + 1} files left out" in said.out
    assert "00007.json: left out. This file is not a readiness report: it is empty." in said.err
    assert "a newer version of this program made it" in said.err


def test_nothing_of_a_page_comes_from_outside_and_names_cannot_break_it() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    check = Check("sound.hum", evil, "warn", evil, remedy=evil)
    report = replace(lab_of(1)[0], computer=evil, room=evil, site=evil, checks=(check,), curve=(Point(5, 0.3, 9.0),), limit=5)
    for page in (lab_page(lab([report], [(evil, evil)]), NOW), report_page(report)):
        tags = Tags(page).found
        assert not [tag for tag, said in tags if tag in {"img", "link", "iframe"} or "src" in said or "onerror" in said]
        assert sum(tag == "script" for tag, _ in tags) <= 1
        assert not re.search(r"(href|src|url|@import)\s*[=(]?\s*[\"']?(https?:)?//", page)
        assert "default-src 'none'" in page


def test_merging_names_broken_files_and_leaves_them_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for report in lab_of(3):
        (tmp_path / f"{report.computer}.json").write_text(encode(report), encoding="utf-8")
    (tmp_path / "cut.json").write_text('{"format": 1, "comp', encoding="utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.json").mkdir()
    with (tmp_path / "huge.json").open("wb") as huge:
        huge.truncate(2**21)
    files = [str(file) for file in sorted(tmp_path.glob("*.json"))]
    assert main(["readiness", "merge", *files, str(tmp_path / "none.json"), "--html", str(tmp_path / "out.html")]) == 0
    said = capsys.readouterr()
    assert said.err.count("left out") == 5
    assert "3 computers" in said.out
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("cut.json", "bytes.json", "folder.json", "huge.json", "none.json", "lab-003"))


def test_nothing_to_merge_and_nowhere_to_write_is_exit_3_or_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("no", encoding="utf-8")
    assert main(["readiness", "merge", str(broken), "--html", str(tmp_path / "out.html")]) == 3
    whole = tmp_path / "whole.json"
    whole.write_text(encode(lab_of(1)[0]), encoding="utf-8")
    assert main(["readiness", "merge", str(whole), "--html", str(tmp_path / "none" / "out.html")]) == 3
    assert "cannot be written" in capsys.readouterr().err


@pytest.fixture
def browser() -> str:
    for name in ("chromium-headless-shell", "chromium"):
        if found := shutil.which(name):
            return found
    lacking("not installed: chromium-headless-shell")
    raise AssertionError


def browse(browser: str, page: Path, profile: Path, *words: str) -> str:
    """Open the page in a real browser; the page as it is after its script ran."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}", *words]
    done = subprocess.run([browser, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


@pytest.fixture
def big_page(tmp_path: Path) -> Path:
    page = tmp_path / "lab.html"
    page.write_text(lab_page(lab(lab_of(200), [("cut.json", "It is cut.")]), NOW), encoding="utf-8")
    return page


def test_a_page_says_where_when_and_for_what_and_names_all_whom_a_remedy_concerns() -> None:
    reports = [replace(each, site=site) for site in ("North High", "South High") for each in lab_of(12)]
    page = lab_page(lab([replace(each, checks=(HUM,)) for each in reports]), NOW)
    assert "checked 2026-09-21 14:13 UTC, for zh 2026.1" in page
    assert "South High · 210" in page
    names = ",".join(each.computer for each in lab_of(12))
    assert f'data-copy="{names}"' in page
    one = report_page(replace(reports[0], checks=(HUM, DISK)))
    assert "Checked 2026-09-21 14:13 UTC for zh 2026.1, 25 at once" in one
    assert "Headset: There is a hum. Use another port." in one
    assert "Copy" not in report_page(replace(reports[0], checks=())).partition("<main>")[2].partition("<script>")[0]


def test_a_lab_is_printed_on_its_side_where_its_columns_have_room(browser: str, tmp_path: Path) -> None:
    page, pdf = tmp_path / "lab.html", tmp_path / "lab.pdf"
    page.write_text(lab_page(lab(lab_of(3)), NOW), encoding="utf-8")
    browse(browser, page, tmp_path / "profile", f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf.read_bytes()))
    assert [float(width) > float(height) for width, height in boxes] == [True]


def test_the_page_works_in_a_browser_and_sorts_by_any_column(browser: str, big_page: Path, tmp_path: Path) -> None:
    """A line of the test's own presses the heads of two columns and writes down what is on top."""
    press = """<script>
      var heads = document.querySelectorAll('.map thead button'), said = [];
      function first() { return document.querySelector('.map tbody tr th').textContent }
      said.push(document.querySelectorAll('.map tbody tr').length, heads.length);
      heads[0].click(); said.push(first()); heads[0].click(); said.push(first());
      heads[7].click(); said.push(document.querySelector('.map tbody tr').cells[7].className);
      said.push(document.querySelector('button[data-copy]').dataset.copy.split('\\n').length);
      document.title = said.join('|');
    </script></body>"""
    page = tmp_path / "pressed.html"
    page.write_text(big_page.read_text(encoding="utf-8").replace("</body>", press), encoding="utf-8")
    after = browse(browser, page, tmp_path / "profile", "--dump-dom")
    title = re.search(r"<title>(.*?)</title>", after)
    assert title is not None
    assert title[1] == "200|33|lab-001|lab-200|cell fail|10"
    picture = tmp_path / "lab.png"
    browse(browser, big_page, tmp_path / "profile", "--window-size=1366,1400", f"--screenshot={picture}", "--hide-scrollbars")
    assert picture.stat().st_size > 50_000
