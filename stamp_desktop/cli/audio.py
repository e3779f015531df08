"""The verbs about sound."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import sys
from pathlib import Path

from stamp_desktop.cli import audio_live
from stamp_desktop.cli.words import Verbs


def add_verbs(verbs: Verbs) -> None:
    """audio screen; audio devices, monitor and rehearse."""
    audio = verbs.add_parser("audio", help="judge recordings, look after microphones").add_subparsers(
        required=True, metavar="VERB"
    )
    audio_live.add_verbs(audio)
    screen = audio.add_parser(
        "screen",
        help="could a rater rate these recordings?",
        description="Judges recordings (WAV, FLAC, Ogg, Opus, MP3; any rate) as the exam does while it records. "
        "Exit status 0 when all files were judged, whatever was found; 1 when one could not be read.",
    )
    screen.set_defaults(run=_screen)
    screen.add_argument("files", nargs="+", type=Path, metavar="FILE")
    screen.add_argument("--json", action="store_true", help="one line of JSON a file")
    screen.add_argument("--plot", type=Path, metavar="DIR", help="waveform and spectrogram of each file as PNG in this folder")


def _screen(asked: argparse.Namespace) -> int:
    from stamp_desktop.audio import files, picture, report
    from stamp_desktop.trouble import Trouble

    folder: Path | None = asked.plot
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    status = 0
    for number, path in enumerate(asked.files, start=1):
        try:
            verdict = report.screened(path)
            if folder is not None:
                with files.opened(path) as sound:
                    canvas = picture.draw(sound.blocks(), sound.rate)
                canvas.save(folder / f"{number:03d}-{path.stem}.png", path.name, verdict)
        except Trouble as trouble:
            if trouble.code == "no-matplotlib":
                raise
            status = 1
            if asked.json:
                print(report.trouble_line(str(path), trouble), flush=True)
            else:
                print(f"{path}: {trouble} [{trouble.code}]", file=sys.stderr)
            continue
        print(report.line(str(path), verdict) if asked.json else report.text(str(path), verdict), flush=True)
    return status
