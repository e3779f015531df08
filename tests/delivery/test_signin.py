"""Who may begin: test codes and login names as people type them, windows, rosters."""

import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stamp_desktop.delivery.signin import Admission, admit, spoken_time
from stamp_desktop.sync.protocol import Group, RosterEntry
from stamp_desktop.sync.words import fold
from stamp_desktop.trouble import Trouble

OPENS, ENDS = 1_000_000, 2_000_000
GROUP = Group(
    "g1", "7B", "Lake School", "District", "en", "STAMP", "p", "1", "h", "Köln 42", OPENS, ENDS, 30, roster_control="closed"
)
OPEN = replace(GROUP, id="g2", test_code="OPEN-1", roster_control="open")
ROSTER = (
    RosterEntry("g1", "Zoë.Weiß", "Zoë", "Weiß"),
    RosterEntry("g1", "o'brien", "Sinéad", "O’Brien"),
    RosterEntry("g1", "مریم\u200cی", "", ""),
    RosterEntry("g2", "李小龍", "小龍", "李"),
)


def come(code: str, login: str, now: int = OPENS) -> Admission:
    return admit((GROUP, OPEN), ROSTER, code, login, now, timedelta())


def refused(code: str, login: str, now: int = OPENS) -> str:
    with pytest.raises(Trouble) as trouble:
        come(code, login, now)
    assert trouble.value.advice.what
    assert trouble.value.advice.todo
    return trouble.value.code


@pytest.mark.parametrize(
    ("typed", "rostered"),
    [
        ("Zoë.Weiß", "Zoë.Weiß"),
        ("  zoë.weiß ", "Zoë.Weiß"),
        ("ZOË.WEISS", "Zoë.Weiß"),
        (unicodedata.normalize("NFD", "zoë.weiß"), "Zoë.Weiß"),
        ("\u00a0O'BRIEN\t", "o'brien"),
        ("مریم\u200cی", "مریم\u200cی"),
    ],
)
def test_a_login_name_is_known_however_it_is_typed(typed: str, rostered: str) -> None:
    assert come("köln 42", typed).login == rostered


@pytest.mark.parametrize("code", ["Köln 42", "KÖLN42", " k ö l n 4 2 ", unicodedata.normalize("NFD", "köln42")])
def test_a_test_code_is_known_however_it_is_typed(code: str) -> None:
    assert come(code, "o'brien").group == GROUP


def test_the_name_that_is_shown_is_the_rosters_or_else_the_login() -> None:
    assert come("Köln 42", "zoë.weiß").name == "Zoë Weiß"
    assert come("Köln 42", "مریم\u200cی").name == "مریم\u200cی"


def test_a_login_name_of_another_groups_roster_is_not_known() -> None:
    assert refused("Köln 42", "李小龍") == "login-unknown"


def test_an_open_group_takes_anybody_and_knows_its_roster() -> None:
    assert come("open-1", "李小龍").name == "小龍 李"
    assert come("open-1", "  Gast 7 ").login == "Gast 7"
    assert come("open-1", "🦊👩\u200d🚀").login == "🦊👩\u200d🚀"


@pytest.mark.parametrize("login", ["a\x00b", "a\nb", "a\x1fb", "\ud800", "x\u202eyz", "a\ue000"])
def test_an_open_group_takes_no_login_name_that_nobody_can_type_or_that_reads_as_another(login: str) -> None:
    assert refused("open-1", login) == "login-unfit"


def test_what_is_missing_is_said() -> None:
    assert refused("", "zoë.weiß") == refused("Köln 42", " \t") == "sign-in-empty"
    assert refused("Bonn", "zoë.weiß") == "test-code-unknown"
    assert refused("Köln 42", "zoe.weiß") == "login-unknown"
    assert refused("open-1", "x" * 129) == "login-unknown"


def test_a_test_begins_only_in_its_window() -> None:
    assert refused("Köln 42", "o'brien", OPENS - 1) == "window-not-open"
    assert come("Köln 42", "o'brien", ENDS - 1).login == "o'brien"
    assert refused("Köln 42", "o'brien", ENDS) == "window-over"


def test_one_login_name_in_one_group_is_one_session_on_every_computer() -> None:
    assert come("Köln 42", "ZOË.WEISS").session == come("köln42", "zoë.weiß").session
    assert come("open-1", "GAST").session == come("open-1", "gast ").session
    others = [come("open-1", login).session for login in ("gast", "gast1", "g ast", "李小龍")]
    others.append(come("Köln 42", "o'brien").session)
    assert len(set(others)) == len(others)


@given(st.text(max_size=20))
@example("α\u0345\u0301")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=20))
@example("α\u0345\u0301")
def test_case_composition_and_outer_blanks_do_not_matter(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert fold(f" {apart}\t") == fold(unicodedata.normalize("NFC", text)) == fold(apart.casefold()) == fold(text)


def test_a_time_is_said_as_people_say_it() -> None:
    assert spoken_time(1_795_424_400_000, timedelta(hours=1)) == "Monday 23 November 2026, 10:00"
    assert spoken_time(0, timedelta(hours=-5)) == "Wednesday 31 December 1969, 19:00"
