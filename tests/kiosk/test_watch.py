"""What becomes of findings, and the words of guardian and exam program."""

import pytest

from stamp_desktop.kiosk import watch, words
from stamp_desktop.kiosk.guard import Finding
from stamp_desktop.kiosk.policy import Policy, from_facts
from stamp_desktop.kiosk.watch import REPEAT_MS, Watch
from stamp_desktop.kiosk.words import Lock, Told, Unlock

SCREEN = Finding("second-screen", "2", 1_000)
LOGGER = Finding("key-logger", "xinput 7", 2_000)
WINDOW = Finding("foreign-window", "xterm", 3_000)
POLICY = Policy()


def test_a_cause_that_lasts_is_said_once() -> None:
    state, said = watch.look(Watch(), [LOGGER], POLICY)
    assert [type(word) for word in said] == [Lock]
    assert watch.look(state, [LOGGER], POLICY)[1] == ()


def test_a_second_screen_lifts_its_own_pause_when_it_goes() -> None:
    state, _ = watch.look(Watch(), [SCREEN], POLICY)
    state, said = watch.look(state, [], POLICY)
    assert said == (Unlock("cause gone", "second-screen"),)
    assert state.locked is None


def test_a_recorder_that_ends_does_not_lift_the_pause() -> None:
    state, _ = watch.look(Watch(), [LOGGER], POLICY)
    state, said = watch.look(state, [], POLICY)
    assert (said, state.locked is not None) == ((), True)


def test_one_cause_gone_leaves_the_other_reason() -> None:
    state, _ = watch.look(Watch(), [SCREEN, LOGGER], POLICY)
    state, said = watch.look(state, [LOGGER], POLICY)
    assert said == ()
    assert state.locked is not None
    assert state.locked.code == "key-logger"


def test_the_proctor_lets_the_test_go_on_though_the_cause_lasts() -> None:
    state, _ = watch.look(Watch(), [LOGGER], POLICY)
    state, word = watch.unlock(state, "proctor's PIN", dismiss=False)
    assert word == Unlock("proctor's PIN", "key-logger", dismissed=False)
    assert watch.look(state, [LOGGER], POLICY)[1] == ()
    gone, _ = watch.look(state, [], POLICY)
    assert len(watch.look(gone, [LOGGER], POLICY)[1]) == 1


def test_a_false_alarm_is_not_raised_again() -> None:
    state, _ = watch.look(Watch(), [LOGGER], POLICY)
    state, _ = watch.unlock(state, "proctor's PIN", dismiss=True)
    state, _ = watch.look(state, [], POLICY)
    assert watch.look(state, [LOGGER], POLICY)[1] == ()


def test_a_window_that_comes_again_and_again_is_told_once_in_a_minute() -> None:
    state, said = watch.happened(Watch(), [WINDOW, WINDOW], POLICY)
    assert [type(word) for word in said] == [Told]
    later = Finding("foreign-window", "xterm", WINDOW.at_ms + REPEAT_MS)
    assert len(watch.happened(state, [later], POLICY)[1]) == 1


def test_the_policy_says_how_grave_it_is() -> None:
    lenient = from_facts({"severities": {"key-logger": "inform"}}, "")
    state, said = watch.look(Watch(), [LOGGER], lenient)
    assert (state.locked, [type(word) for word in said]) == (None, [Told])


def test_a_pause_outlives_the_guardian() -> None:
    state, _ = watch.look(Watch(), [LOGGER], POLICY)
    dismissed, _ = watch.unlock(watch.look(Watch(), [SCREEN], POLICY)[0], "x", dismiss=True)
    assert watch.from_facts(watch.to_facts(state)).locks == state.locks
    assert watch.from_facts(watch.to_facts(dismissed)).dismissed == {("second-screen", "2")}


EVERY_WORD: list[words.FromExam | words.FromGuardian] = [
    words.Beat(),
    words.Opened("s", 3, "ab"),
    words.Damaged("s", "an event was changed"),
    words.Renewed("s"),
    words.Pin("1234", dismiss=True),
    words.AskChallenge(),
    words.AnswerChallenge("12"),
    words.Welcome("A", "digest", "the administrator"),
    words.Told("foreign-window", "said", "warn", "xterm", {"pid": 7}),
    words.Lock("key-logger", "said", "proctor", 5, "x", {"does": ["listens"]}),
    words.Unlock("PIN", "key-logger", dismissed=True),
    words.Refused(5_000),
    words.Shown("ABCDE"),
]


def test_every_word_arrives_as_it_was_said_however_the_bytes_are_cut() -> None:
    sent = b"".join(words.encode(word) for word in EVERY_WORD)
    for size in (1, 7, 10_000):
        lines = words.Lines()
        came = [word for at in range(0, len(sent), size) for word in lines.take(sent[at : at + size])]
        assert came == EVERY_WORD


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b"null", b'{"say": "shout"}', b'{"say": "pin"}', b'{"say": ["pin"]}', b"\xff"]
)
def test_what_is_no_word_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"no word|Expecting|decode"):
        words.decode(line)


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="without end"):
        words.Lines().take(b"x" * (words.LONGEST_LINE + 1))
