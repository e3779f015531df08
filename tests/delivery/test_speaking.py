"""Speaking: a recording is on the disk before the screen says so, after a kill up to its last whole second."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stamp_desktop.audio.capture import Ended
from stamp_desktop.audio.pace import FreePace
from stamp_desktop.content.build import build
from stamp_desktop.content.keys import new_keys, new_publisher_key
from stamp_desktop.delivery import intents
from stamp_desktop.delivery.runner import Pulse, Sound
from stamp_desktop.delivery.speaking import Drain
from stamp_desktop.delivery.views import AllDoneView, SectionDoneView, SpeakingView
from stamp_desktop.engine.events import PreparationBegan, RecordingBegan, Submitted, Ticked
from stamp_desktop.engine.items import RecordingResponse
from stamp_desktop.storage import recordings
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.keys import FileKeyStore
from stamp_desktop.storage.reader import reading
from stamp_desktop.storage.retention import key_name
from tests.content.small import SmallPackage, write_sources
from tests.delivery.rooms import HeldPace, Lab, Somebody
from tests.delivery.speaking import at_speaking, ended, kept_seconds

Come = Callable[[], Somebody]


def test_prepare_speak_hear_record_again_and_keep(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    ready = ana.see(SpeakingView)
    assert (ready.stage, ready.number, ready.count, ready.limit) == ("ready", 1, 3, 20.0)
    assert ready.picture is not None
    ana.say(intents.Prepare())
    assert (ana.see(SpeakingView).stage, ana.see(SpeakingView).seconds) == ("preparing", 5.0)
    lab.clock.turn(4.9)
    ana.say(Pulse())
    assert ana.see(SpeakingView).seconds == 1.0
    lab.clock.turn(0.1)
    ana.say(Pulse())
    speaking = ana.hear(SpeakingView, lambda view: view.stage == "recording" and view.seconds > 1)
    assert speaking.level is not None
    assert speaking.peaks
    first = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    assert (first.seconds, first.finding, first.attempts_left) == (20.0, None, 1)
    ana.say(intents.HearRecording())
    assert ana.see(SpeakingView).playing
    ana.hear(SpeakingView, lambda view: not view.playing)
    assert ana.record().attempts_left == 0
    ana.say(intents.Record())
    assert ana.see(SpeakingView).stage == "kept"
    ana.say(intents.KeepRecording())
    following = ana.see(SpeakingView)
    assert (following.number, following.stage) == (2, "ready")
    assert following.prompt != ready.prompt
    assert ana.frame.saved.text == "1 recording safe on this computer"
    facts = ended(lab, ana)
    assert [(fact.prompt, fact.duration_ms, fact.salvaged) for fact in facts] == [(ready.prompt, 20_000, False)] * 2
    submitted = [fact for fact in lab.facts(ana.session) if isinstance(fact, Submitted)]
    assert submitted == [Submitted(ready.prompt, RecordingResponse(facts[1].recording))]
    assert all(kept_seconds(lab, ana.session, fact.recording) == 20.0 for fact in facts)
    hashes = {fact.sha256 for fact in facts}
    with reading(lab.folder(ana.session).journal) as journal:
        assert {each.sha256 for each in journal.unsent_recordings()} == hashes


def test_stopping_keeps_what_was_said_until_then(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    lab.studio.pace = pace = HeldPace(3.0)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.seconds >= 2.9)
    assert ana.say(intents.StopRecording()) == ana.see(SpeakingView)
    assert ana.see(SpeakingView).stage == "saving"
    pace.let_go()
    kept = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    assert 3.0 <= kept.seconds <= 20.0
    (fact,) = ended(lab, ana)
    assert fact.duration_ms == round(kept.seconds * 1000)
    assert kept_seconds(lab, ana.session, fact.recording) == pytest.approx(kept.seconds)


def test_closing_the_program_while_somebody_speaks_keeps_the_recording(lab: Lab, come: Come) -> None:
    ana = at_speaking(come())
    lab.studio.pace = pace = HeldPace(3.0)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.seconds >= 2.9)
    pace.let_go()
    ana.leave()
    lab.studio.pace = FreePace()
    again = come()
    again.sign_in()
    kept = again.see(SpeakingView)
    assert (kept.stage, kept.salvaged, kept.attempts_left) == ("kept", False, 1)


def killed(lab: Lab, somebody: Somebody, tmp_path: Path, small: SmallPackage) -> Lab:
    """The computer as it would be found after a kill now: its files as they lie there, read by a new program."""
    found = Lab(tmp_path / "found", small, server=lab.server)
    lab_folder, folder = lab.folder(somebody.session), found.house.folders.make_session(somebody.session)
    copy_session(lab_folder, folder)
    found.house.station.keep_session(lab.house.station.sessions()[0])
    key = lab.house.keys.get(key_name(somebody.session))
    assert key is not None
    FileKeyStore(found.house.folders.keys).put(key_name(somebody.session), key)
    return found


def copy_session(source: SessionFolder, target: SessionFolder) -> None:
    for file in source.path.rglob("*"):
        if file.is_file() and file.suffix != ".lock" and not file.name.endswith("-shm"):
            (target.path / file.relative_to(source.path)).write_bytes(file.read_bytes())


def test_after_a_kill_the_whole_seconds_are_there_and_there_is_one_more_attempt(
    lab: Lab, ana: Somebody, tmp_path: Path, small: SmallPackage
) -> None:
    at_speaking(ana)
    lab.studio.pace = pace = HeldPace(3.5)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.seconds >= 3.4)
    found = killed(lab, ana, tmp_path, small)
    again = Somebody(found)
    again.sign_in()
    kept = again.see(SpeakingView)
    assert (kept.stage, kept.salvaged, kept.attempts_left) == ("kept", True, 1)
    assert kept.finding is not None
    assert "interrupted while you were speaking" in kept.finding.title
    again.say(intents.HearRecording())
    assert again.see(SpeakingView).playing
    again.hear(SpeakingView, lambda view: not view.playing)
    assert again.record().attempts_left == 0
    again.say(intents.KeepRecording())
    assert again.see(SpeakingView).number == 2
    salvaged, second = ended(found, again)
    assert (salvaged.duration_ms, salvaged.salvaged, second.salvaged) == (3_000, True, False)
    assert kept_seconds(found, again.session, salvaged.recording) == 3.0
    found.close()
    pace.let_go()


def test_a_recording_over_which_the_time_runs_out_is_kept_and_handed_in(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lab = short_lab(tmp_path, tmp_path_factory)
    ana = at_speaking(Somebody(lab))
    lab.studio.pace = pace = HeldPace(3.0)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.seconds >= 2.9)
    pace.let_go()
    ana.pass_time(60)
    done = ana.see(SectionDoneView)
    assert done.note.startswith("The time for this section is over.")
    assert "1 response kept" in done.note
    (fact,) = ended(lab, ana)
    assert fact.duration_ms >= 3_000
    lab.close()


def test_a_recording_over_which_the_time_ran_out_and_the_program_died_is_salvaged(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lab = short_lab(tmp_path, tmp_path_factory)
    ana = Somebody(lab)
    ana.get_ready()
    for section in ("listening", "reading", "writing"):
        ana.take_section(section)
        ana.say(intents.GoOn())
    ana.begin("speaking")
    ana.practise()
    lab.studio.pace = pace = HeldPace(3.5)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.seconds >= 3.4)
    assert ana.sitting is not None
    lab.clock.turn(60)
    ana.sitting.record(Ticked())
    assert ana.sitting.state.section("speaking").end == "time"
    found = killed(lab, ana, tmp_path, lab.small)
    again = Somebody(found)
    again.sign_in()
    again.say(intents.FinishTest())
    assert again.see(AllDoneView).results[-1].note.startswith("1 response")
    assert [fact.duration_ms for fact in ended(found, again)] == [3_000]
    found.close()
    pace.let_go()
    ana.leave()
    lab.close()


def short_lab(tmp_path: Path, folders: pytest.TempPathFactory) -> Lab:
    """A lab whose speaking section lasts a minute."""
    return other_lab(tmp_path, folders, "minutes = 0", "minutes = 1")


def other_lab(tmp_path: Path, folders: pytest.TempPathFactory, word: str, other: str) -> Lab:
    """A lab whose speaking section says `other` for `word`."""
    folder = folders.mktemp("other")
    sources = write_sources(folder / "small")
    text = (sources / "package.toml").read_text("utf-8")
    head, speaking = text.split('id = "speaking"')
    (sources / "package.toml").write_text(f'{head}id = "speaking"{speaking.replace(word, other)}', "utf-8")
    small = SmallPackage(folder / "small.stamp", new_publisher_key(), new_keys())
    build(sources, small.path, small.signing_key, small.keys)
    return Lab(tmp_path / "station", small)


def test_where_the_form_says_opus_the_recording_is_kept_as_opus_and_heard_as_it_is_kept(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lab = other_lab(tmp_path, tmp_path_factory, 'recording = "flac"', 'recording = "opus"')
    lab.let_in(roster_control="open", opens_ms=0, ends_ms=2**53)
    ana = at_speaking(Somebody(lab))
    lab.studio.pace = pace = HeldPace(3.0)
    ana.say(intents.Record())
    ana.hear(SpeakingView, lambda view: view.seconds >= 2.9)
    ana.say(intents.StopRecording())
    pace.let_go()
    kept = ana.hear(SpeakingView, lambda view: view.stage == "kept")
    ana.say(intents.HearRecording())
    assert ana.see(SpeakingView).playing
    ana.hear(SpeakingView, lambda view: not view.playing)
    (fact,) = ended(lab, ana)
    path = lab.folder(ana.session).recording(fact.recording)
    assert kept_seconds(lab, ana.session, fact.recording) == pytest.approx(kept.seconds, abs=0.002)
    assert path.stat().st_size < kept.seconds * 9_000
    assert recordings.sha256_of(path) == fact.sha256
    with reading(lab.folder(ana.session).journal) as journal:
        (listed,) = journal.recordings()
    assert (listed.bytes, listed.rate, listed.frames) == (path.stat().st_size, 48_000, 1)


def test_time_to_prepare_that_a_kill_cut_short_is_given_again(lab: Lab, come: Come) -> None:
    ana = at_speaking(come())
    ana.say(intents.Prepare())
    ana.leave()
    again = come()
    again.sign_in()
    shown = again.see(SpeakingView)
    assert (shown.stage, shown.seconds) == ("preparing", 5.0)
    again.say(intents.Record())
    again.hear(SpeakingView, lambda view: view.stage == "kept")
    again.leave()
    facts = lab.facts(again.session)
    assert sum(isinstance(fact, PreparationBegan) for fact in facts) == 1
    assert [fact.attempt for fact in facts if isinstance(fact, RecordingBegan)] == [1]


def test_practice_is_recorded_nowhere(lab: Lab, ana: Somebody) -> None:
    ana.get_ready()
    ana.take_section("listening")
    ana.say(intents.GoOn())
    ana.begin("speaking")
    shown = ana.record()
    assert (shown.practice, shown.safe_text) == (True, "Practice: sent nowhere")
    ana.say(intents.HearRecording())
    assert ana.see(SpeakingView).playing
    ana.say(intents.KeepRecording())
    assert not ana.see(SpeakingView).practice
    assert list(lab.folder(ana.session).recordings.iterdir()) == []


def test_late_words_of_an_earlier_recording_do_not_touch_the_next(lab: Lab, ana: Somebody) -> None:
    at_speaking(ana)
    ana.record()
    lab.studio.pace = pace = HeldPace(3.0)
    ana.say(intents.Record())
    before = ana.hear(SpeakingView, lambda view: view.seconds >= 2.9)
    assert ana.say(Sound(1, Ended()), Sound(2, Drain()), Sound(10**6, Ended())) == before
    pace.let_go()
    assert ana.hear(SpeakingView, lambda view: view.stage == "kept").attempts_left == 0
