"""`python -m benchmarks.audio fetch | train | measure | make | speed`: the calibration of the screening."""

import argparse
import sys
from pathlib import Path

import soundfile

from benchmarks.audio import clips, learning, measuring, sources, speed
from benchmarks.figures import table
from stamp_desktop.audio import forest

MODEL = Path(__file__).parents[2] / "assets" / "audio" / forest.FILE


def main(argv: list[str]) -> int:
    """Exit status 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audio", description=__doc__)
    verbs = parser.add_subparsers(required=True, dest="verb")
    verbs.add_parser("fetch", help="fetch the recordings from Debian, about 400 MB, into $STAMP_CALIBRATION")
    train = verbs.add_parser("train", help="train the model")
    train.add_argument("--train-clips", type=int, default=4_000)
    train.add_argument("--tune-clips", type=int, default=1_000)
    train.add_argument("--out", type=Path, default=MODEL)
    measure = verbs.add_parser("measure", help="judge clips of voices and noises that nothing was trained or tuned on")
    measure.add_argument("--clips", type=int, default=1_500)
    measure.add_argument("--part", choices=("train", "tune", "held"), default="held")
    measure.add_argument("--rules", action="store_true", help="without the model")
    measure.add_argument("--misses", action="store_true", help="also list what was judged wrong")
    make = verbs.add_parser("make", help="write clips as files, to listen to them")
    make.add_argument("folder", type=Path)
    make.add_argument("--clips", type=int, default=60)
    make.add_argument("--part", choices=("train", "tune", "held"), default="held")
    verbs.add_parser("speed", help="how fast, against the bare Fourier transforms")
    asked = parser.parse_args(argv)
    match asked.verb:
        case "fetch":
            sources.fetch()
            print(f"{len(sources.voices())} voices and {len(sources.noises())} noises in {sources.cache()}")
        case "train":
            made = learning.trained(learning.gathered("train", asked.train_clips), learning.gathered("tune", asked.tune_clips))
            asked.out.parent.mkdir(parents=True, exist_ok=True)
            forest.write(asked.out, made)
            print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.1f} MB")
        case "measure":
            judged = measuring.measured(asked.part, asked.clips, with_model=not asked.rules)
            text, kept = measuring.report(judged)
            print(text)
            if asked.misses:
                for each in judged:
                    if (each.code not in each.found) if each.grade == "bad" else each.found:
                        print(f"{each.code} {each.grade}: {each.story}: {', '.join(each.found) or 'nothing'}")
            return 0 if kept else 1
        case "make":
            asked.folder.mkdir(parents=True, exist_ok=True)
            for number, (code, grade) in enumerate(clips.plan(asked.clips)):
                clip = clips.make(code, grade, asked.part, number)
                soundfile.write(asked.folder / f"{code}-{grade}-{number:04d}.wav", clip.samples, clip.rate)
        case _:
            figures = speed.measure()
            print(table(figures))
            return 0 if all(figure.met for figure in figures) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
