"""Signing in, confirming, rules and profile: by clicks and keys."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel

from stamp_desktop.delivery.intents import AcceptRules, Confirm, SaveProfile, SignIn
from stamp_desktop.delivery.views import ConfirmView, Notice, ProfileView, Showing, SignInView
from stamp_desktop.ui import gallery_views
from stamp_desktop.ui.parts.entry import Entry
from tests.ui.sitting import Sitting

SAMPLES = dict(gallery_views.samples())
Open = Callable[[Showing], Sitting]


def field(sitting: Sitting, name: str) -> Entry:
    found = sitting.window.findChild(Entry, name)
    assert isinstance(found, Entry)
    return found


def texts(sitting: Sitting) -> list[str]:
    return [label.text() for label in sitting.window.findChildren(QLabel) if label.isVisible()]


def test_signing_in_by_keys_alone(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    sitting.type("SPAN-4821")
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == []
    assert sitting.focus().objectName() == "login"
    sitting.type("okafor.a8")
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [SignIn("SPAN-4821", "okafor.a8")]


@pytest.mark.parametrize("login", ["O'Brien, Zoë", "<b>x</b>", "名前 #7", "a&b", "ﻣﺤﻤﺪ", "{login}"])
def test_any_login_name_goes_out_as_typed_but_for_outer_blanks(open_window: Open, login: str) -> None:
    sitting = open_window(SAMPLES["sign-in-demo"])
    field(sitting, "login").setText(f"  {login} ")
    sitting.click("sign-in")
    assert sitting.intents == [SignIn("DEMO", login)]


def test_markup_in_a_name_stays_letters(open_window: Open) -> None:
    view = SAMPLES["confirm-new"].screen
    assert isinstance(view, ConfirmView)
    sitting = open_window(Showing(replace(view, name="<h1>Amara</h1>")))
    assert "<h1>Amara</h1>" in texts(sitting)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in sitting.window.findChildren(QLabel))


def test_while_busy_nothing_is_sent_twice_and_then_the_trouble_is_told(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in-demo"])
    sitting.type("amara")
    sitting.key(Qt.Key.Key_Return)
    view = SAMPLES["sign-in-demo"].screen
    assert isinstance(view, SignInView)
    sitting.show(Showing(replace(view, login="amara", busy=True)))
    assert not sitting.button("sign-in").isEnabled()
    trouble = Notice("We do not know this login name.", "", "Ask your teacher.")
    sitting.show(Showing(replace(view, login="amara", trouble=trouble)))
    assert sitting.button("sign-in").isEnabled()
    assert sitting.focus().objectName() == "login"
    assert field(sitting, "login").text() == "amara"
    assert {"We do not know this login name.", "Ask your teacher."} <= set(texts(sitting))
    assert len(sitting.intents) == 1


def test_fields_have_no_menu_and_take_no_drops(open_window: Open) -> None:
    sitting = open_window(SAMPLES["sign-in"])
    for name in ("test-code", "login"):
        assert field(sitting, name).contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu
        assert not field(sitting, name).acceptDrops()


def test_is_this_you(open_window: Open) -> None:
    sitting = open_window(SAMPLES["confirm-resume"])
    assert "You started this test at 9:12 today. You will go on at Reading, question 8. Nothing was lost." in texts(sitting)
    sitting.key(Qt.Key.Key_Return)
    sitting.key(Qt.Key.Key_Tab)
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [Confirm(yes=True), Confirm(yes=False)]


def test_the_rules_want_a_tick(open_window: Open) -> None:
    sitting = open_window(SAMPLES["rules"])
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == []
    sitting.key(Qt.Key.Key_Space)
    sitting.key(Qt.Key.Key_Return)
    assert sitting.intents == [AcceptRules()]


def test_escape_loses_nothing(open_window: Open) -> None:
    sitting = open_window(SAMPLES["rules"])
    sitting.key(Qt.Key.Key_Space)
    sitting.key(Qt.Key.Key_Escape)
    assert sitting.button("agree").isChecked()
    assert sitting.button("primary").isEnabled()


def test_the_profile_asks_for_what_is_missing_by_name(open_window: Open) -> None:
    sitting = open_window(SAMPLES["profile"])
    sitting.click("primary")
    assert sitting.intents == []
    assert "Still to answer: How long have you studied Spanish?" in texts(sitting)
    assert isinstance(sitting.focus(), QComboBox)
    sitting.key(Qt.Key.Key_Down)
    sitting.click("primary")
    assert sitting.intents == [SaveProfile({"grade": "Grade 8", "years": "Less than a year", "home": "English, Igbo"})]


def test_the_profile_keeps_what_is_typed_when_its_view_comes_again(open_window: Open) -> None:
    sitting = open_window(SAMPLES["profile"])
    field(sitting, "profile-home").setText("Igbo")
    view = SAMPLES["profile"].screen
    assert isinstance(view, ProfileView)
    sitting.show(Showing(replace(view, answers={}), SAMPLES["profile"].frame))
    assert field(sitting, "profile-home").text() == "Igbo"
