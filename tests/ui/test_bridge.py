"""The bridge carries showings from any thread, the latest first of all, and intents to a plain callable."""

from collections.abc import Callable
from threading import Thread, get_ident

import pytest
from PySide6.QtWidgets import QApplication

from stamp_desktop.delivery.intents import Confirm, Intent
from stamp_desktop.delivery.views import ConfirmView, Showing
from stamp_desktop.ui import gallery_views
from stamp_desktop.ui.bridge import Bridge
from tests.ui.sitting import Sitting

SAMPLES = dict(gallery_views.samples())


@pytest.fixture
def sitting(open_window: Callable[[Showing], Sitting]) -> Sitting:
    return open_window(SAMPLES["sign-in"])


def test_what_a_thread_posts_is_shown_in_the_screens_thread(sitting: Sitting) -> None:
    bridge = Bridge(sitting.window, lambda _intent: None)
    thread = Thread(target=bridge.post, args=(SAMPLES["confirm-new"],))
    thread.start()
    thread.join()
    assert type(sitting.window.screen_shown()).__name__ == "SignInScreen"
    sitting.settle()
    assert type(sitting.window.screen_shown()).__name__ == "ConfirmScreen"


def test_of_a_burst_only_the_latest_is_drawn(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Showing] = []
    monkeypatch.setattr(sitting.window, "present", drawn.append)
    bridge = Bridge(sitting.window, lambda _intent: None)
    for name in ("confirm-new", "rules", "profile"):
        bridge.post(SAMPLES[name])
    sitting.settle()
    assert drawn == [SAMPLES["profile"]]
    bridge.post(SAMPLES["rules"])
    sitting.settle()
    assert drawn == [SAMPLES["profile"], SAMPLES["rules"]]


def test_intents_reach_the_callable_in_order(sitting: Sitting) -> None:
    taken: list[tuple[Intent, int]] = []
    bridge = Bridge(sitting.window, lambda intent: taken.append((intent, get_ident())))
    bridge.post(SAMPLES["confirm-new"])
    sitting.settle()
    assert isinstance(SAMPLES["confirm-new"].screen, ConfirmView)
    sitting.click("no")
    sitting.click("yes")
    assert taken == [(Confirm(yes=False), get_ident()), (Confirm(yes=True), get_ident())]
    assert QApplication.instance() is not None
