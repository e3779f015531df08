"""`python -m benchmarks.audio fetch | train | measure | promptness | make | packed | speed`: calibration of the screening."""

import argparse
import sys
from pathlib import Path

import soundfile

from benchmarks.audio import clips, learning, measuring, packed, promptness, sources, speed
from benchmarks.figures import table
from stamp_desktop.audio import forest

MODEL = Path(__file__).parents[2] / "assets" / "audio" / forest.FILE


def main(argv: list[str]) -> int:
    """Exit status 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audio", description=__doc__)
    verbs = parser.add_subparsers(required=True, dest="verb")
    verbs.add_parser("fetch", help="fetch the recordings from Debian, about 1.3 GB, into $STAMP_CALIBRATION")
    train = verbs.add_parser("train", help="train the model")
    train.add_argument("--train-clips", type=int, default=3_600)
    train.add_argument("--tune-clips", type=int, default=900)
    train.add_argument("--processes", type=int)
    train.add_argument(
        "--rows", type=Path, metavar="FOLDER", help="keep what was measured there, and take from there what is kept"
    )
    train.add_argument("--out", type=Path, default=MODEL)
    measure = verbs.add_parser("measure", help="judge clips of voices and noises that nothing was trained or tuned on")
    measure.add_argument("--clips", type=int, default=1_000)
    measure.add_argument("--seed", type=int, default=700_000, help="of the first clip")
    measure.add_argument("--part", choices=("train", "tune", "held"), default="held")
    measure.add_argument("--misses", action="store_true", help="also list what was judged wrong")
    make = verbs.add_parser("make", help="write clips as files, to listen to them")
    make.add_argument("folder", type=Path)
    make.add_argument("--clips", type=int, default=60)
    make.add_argument("--part", choices=("train", "tune", "held"), default="held")
    soon = verbs.add_parser("promptness", help="how soon a fault that begins is told while one speaks")
    soon.add_argument("--times", type=int, default=60)
    soon.add_argument("--seed", type=int, default=800_000, help="of the first")
    soon.add_argument("--part", choices=("train", "tune", "held"), default="held")
    verbs.add_parser("packed", help="how many bytes a second of speech has on the disk and on the line")
    verbs.add_parser("speed", help="how fast, against the bare Fourier transforms")
    asked = parser.parse_args(argv)
    if asked.verb in {"train", "measure", "make", "promptness", "packed"} and not sources.voices():
        parser.error(f"no recordings in {sources.cache()}: fetch them first")
    match asked.verb:
        case "fetch":
            sources.fetch()
            print(f"{len(sources.voices())} voices and {len(sources.noises())} noises in {sources.cache()}")
        case "train":
            made = learning.trained(_rows("train", asked.train_clips, asked), _rows("tune", asked.tune_clips, asked))
            asked.out.parent.mkdir(parents=True, exist_ok=True)
            forest.write(asked.out, made)
            print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.1f} MB")
        case "measure":
            return _measure(asked)
        case "make":
            asked.folder.mkdir(parents=True, exist_ok=True)
            for number, (code, grade) in enumerate(clips.plan(asked.clips)):
                clip = clips.make(code, grade, asked.part, number)
                soundfile.write(asked.folder / f"{code}-{grade}-{number:04d}.wav", clip.samples, clip.rate)
        case "promptness":
            print(promptness.report(promptness.measured(asked.part, asked.times, asked.seed)))
        case "packed":
            print(packed.report())
        case _:
            figures = speed.measure()
            print(table(figures))
            return 0 if all(figure.met for figure in figures) else 1
    return 0


def _measure(asked: argparse.Namespace) -> int:
    judged, by_rules = measuring.measured(asked.part, asked.clips, asked.seed)
    text, kept = measuring.report(judged)
    print(
        f"{len(judged)} clips of {sum(voice.part == asked.part for voice in sources.voices())} recorded voices and "
        f"{sum(noise.part == asked.part for noise in sources.noises())} noises ({asked.part}), from seed {asked.seed}\n"
    )
    print(text)
    print("\nBy rules alone:\n\n" + measuring.report(by_rules)[0])
    if asked.misses:
        for each in judged:
            if (each.code not in each.found) if each.grade == "bad" else each.found:
                print(f"{each.code} {each.grade}: {each.story}: {', '.join(each.found) or 'nothing'}")
    return 0 if kept else 1


def _rows(part: sources.Part, size: int, asked: argparse.Namespace) -> list[learning.Row]:
    file = asked.rows / f"{part}-{size}.npz" if asked.rows else None
    if file and file.is_file():
        return learning.read(file)
    rows = learning.gathered(part, size, asked.processes)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        learning.kept(rows, file)
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
