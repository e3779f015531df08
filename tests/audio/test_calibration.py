"""The short form of the calibration: voices of espeak-ng that nothing was trained on, each fault three times. Seeded."""

import shutil
from pathlib import Path

import pytest

from benchmarks.audio import clips, measuring, sources, speaking
from benchmarks.audio.measuring import Judged
from stamp_desktop.audio.screening import CODES, Code
from tests.audio.conftest import lacking

TIMES = 3


@pytest.fixture(scope="module", autouse=True)
def nothing_recorded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The recordings of Debian are not needed for this form, and change nothing where they are there."""
    if shutil.which("espeak-ng") is None:
        lacking("not installed: espeak-ng")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAMP_CALIBRATION", str(tmp_path_factory.mktemp("none")))
        for each in (sources.voices, sources.noises, sources._sounds):
            each.cache_clear()
        assert sources.voices() == ()
        assert sources.noises() == ()


def bad(code: str, seed: int) -> Judged:
    return measuring.judge(clips.make(code, "bad", "held", 900 + seed))


@pytest.mark.parametrize("code", CODES)
def test_a_fault_is_found(code: Code) -> None:
    judged = [bad(code, seed) for seed in range(TIMES)]
    assert sum(bool(each.found) for each in judged) >= TIMES - (code in {"background_speech", "loud_background"}), judged
    assert sum(code in each.found for each in judged) >= TIMES - 1 - (code == "background_speech"), judged


def test_good_answers_are_let_be() -> None:
    judged = [measuring.judge(clips.make("ok", "good", "held", 900 + seed)) for seed in range(12)]
    assert sum(bool(each.found) for each in judged) <= 1, judged
    assert not any(each.ratable == "no" for each in judged), judged


def test_a_clip_is_the_same_each_time() -> None:
    first, second = (clips.make("hum", "bad", "held", 1) for _ in range(2))
    assert first.rate == second.rate
    assert (first.samples == second.samples).all()


def test_the_model_ships_and_is_small() -> None:
    file = Path(__file__).parents[2] / "assets" / "audio" / "screening.npz"
    assert file.stat().st_size < 5_000_000


def test_no_voice_is_in_two_parts() -> None:
    variants = [variant for each in speaking.VARIANTS.values() for variant in each]
    assert len(variants) == len(set(variants))
    assert sources.part_of_language("sr@latin") == sources.part_of_language("sr") == "tune"
    assert sources.part_of_language("el") == "held"
