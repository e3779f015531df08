"""One message at a time: it stands long enough to be read, it does not stay for ever, and what is certain comes first."""

import pytest

from stamp_desktop.audio.condition import Condition
from stamp_desktop.delivery.microphone import ASLEEP, DENIED, GONE, MUTED, cause_of, notice_of
from stamp_desktop.delivery.prompter import ADVICE, CERTAIN, LIKELY_NR, MOST_SECONDS, REST_SECONDS, Line, Prompter
from stamp_desktop.delivery.views import Notice


def line(key: str, urgency: int = ADVICE) -> Line:
    return Line(key, urgency, Notice(key, ""))


def said(prompter: Prompter, now: float, *lines: Line) -> str:
    prompter.choose(now, lines)
    return prompter.notice.title if prompter.notice else ""


def test_the_first_of_the_most_urgent_is_said() -> None:
    assert said(Prompter(), 0.0, line("quiet"), line("hum", LIKELY_NR), line("static", LIKELY_NR)) == "hum"
    assert said(Prompter(), 0.0) == ""


def test_a_message_stands_long_enough_to_be_read() -> None:
    prompter = Prompter()
    assert said(prompter, 0.0, line("quiet")) == "quiet"
    assert said(prompter, 0.5) == "quiet"
    assert said(prompter, 1.0, line("static")) == "quiet"
    assert said(prompter, 2.1, line("static")) == "static"


def test_what_is_more_urgent_does_not_wait() -> None:
    prompter = Prompter()
    said(prompter, 0.0, line("quiet"))
    assert said(prompter, 0.1, line("quiet"), line("muted", CERTAIN)) == "muted"


def test_what_was_certain_goes_as_soon_as_it_is_mended() -> None:
    prompter = Prompter()
    said(prompter, 0.0, line("muted", CERTAIN))
    assert said(prompter, 0.1) == ""


def test_advice_does_not_stay_for_ever_and_may_come_again() -> None:
    prompter = Prompter()
    quiet = line("too_quiet")
    times = [float(second) for second in range(60)]
    shown = [bool(said(prompter, now, quiet)) for now in times]
    assert shown[: int(MOST_SECONDS)] == [True] * int(MOST_SECONDS)
    rest = shown[int(MOST_SECONDS) : int(MOST_SECONDS + REST_SECONDS)]
    assert rest == [False] * int(REST_SECONDS)
    assert shown[int(MOST_SECONDS + REST_SECONDS)]


def test_while_one_rests_another_can_be_said() -> None:
    prompter = Prompter()
    said(prompter, 0.0, line("too_quiet"))
    assert said(prompter, MOST_SECONDS, line("too_quiet"), line("hum")) == "hum"


def test_what_makes_an_answer_hard_to_rate_stays() -> None:
    prompter = Prompter()
    assert {said(prompter, float(now), line("whisper", LIKELY_NR)) for now in range(100)} == {"whisper"}


def test_a_new_text_under_the_same_key_takes_its_place() -> None:
    prompter = Prompter()
    said(prompter, 0.0, line("moved"))
    prompter.choose(0.1, [Line("moved", ADVICE, Notice("to another", ""))])
    assert prompter.notice == Notice("to another", "")


@pytest.mark.parametrize(
    ("condition", "notice"),
    [
        (None, None),
        (Condition("a", "Headset"), None),
        (Condition("a", "Headset", muted=True), MUTED),
        (Condition("a", "Headset", muted=True, permission="denied"), DENIED),
        (Condition("a", "Headset", suspended=True), ASLEEP),
        (Condition("a", "Monitor", chosen=False, monitor=True), GONE),
        (Condition("a", "Headset", volume=0.3), None),
    ],
)
def test_the_system_names_the_cause(condition: Condition | None, notice: Notice | None) -> None:
    assert notice_of(condition) == notice


def test_a_microphone_that_is_turned_down_is_named_with_its_volume() -> None:
    notice = notice_of(Condition("a", "Headset", volume=0.05))
    assert notice is not None
    assert ("5 %" in notice.text, notice.mend) == (True, "Turn it up")


def test_a_low_volume_is_the_cause_of_a_quiet_voice_and_of_nothing_else() -> None:
    low = Condition("a", "Headset", volume=0.3)
    assert cause_of("hum", low) is None
    assert cause_of("too_quiet", None) is None
    after = cause_of("too_quiet", low, then="Then record again.")
    assert after is not None
    assert after.todo == "Press “Turn it up”. Then record again."


def test_another_microphone_is_named() -> None:
    notice = notice_of(Condition("b", "Built-in", chosen=False))
    assert notice is not None
    assert "Built-in" in notice.text
