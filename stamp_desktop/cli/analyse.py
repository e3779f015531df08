"""The verb that analyses items after the test, from exported journals."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import json
import sys
from pathlib import Path
from typing import Any

from stamp_desktop.cli.words import Verbs


def add_verbs(verbs: Verbs) -> None:
    """analyse."""
    analyse = verbs.add_parser("analyse", help="exposure, drift, DIF, person fit and times of items, from exported journals")
    analyse.set_defaults(run=_analyse)
    analyse.add_argument("journals", type=Path, nargs="+", help="files of `session export`, or folders of them (*.jsonl)")
    analyse.add_argument("--package", type=Path, required=True, help="the test, with its keys beside it")
    analyse.add_argument("--publisher", type=Path, help="the publisher's public key; default: publisher.pub beside the package")
    analyse.add_argument("--section", help="default: the first adaptive one")
    analyse.add_argument(
        "--dif", nargs=3, metavar=("QUESTION", "FOCAL", "REFERENCE"), help="compare two answers to a question of the profile"
    )
    analyse.add_argument("--json", type=Path, help="write all results here")


def _analyse(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import keys
    from stamp_desktop.content.reader import open_package
    from stamp_desktop.delivery.desk import form_of
    from stamp_desktop.engine.analysis.report import analyse
    from stamp_desktop.engine.analysis.taken import from_state
    from stamp_desktop.engine.replay import replay

    publisher = asked.publisher or asked.package.with_name("publisher.pub")
    opened = open_package(asked.package, [keys.load_public_key(publisher)], keys.load_keys(keys.keys_path(asked.package)))
    form = form_of(opened)
    section = asked.section or next(iter(form.stocks), "")
    if section not in form.stocks:
        print(f"The package has no adaptive section {section!r}; it has {', '.join(form.stocks) or 'none'}.", file=sys.stderr)
        return 2
    question, focal, reference = asked.dif or ("", "", "")
    every = (from_state(form, replay(form, facts).state, section, question) for facts in _journals(asked.journals))
    taken = [found for found in every if found]
    result = analyse(form.stocks[section], taken, focal, reference)
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print("\n".join(_told(result)))
    return 0


def _journals(paths: list[Path]) -> list[list[Any]]:
    """The facts of every file. Trouble journal-unreadable names all files that cannot be read."""
    from stamp_desktop.delivery.records import read_export
    from stamp_desktop.trouble import Trouble

    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    read, faults = [], []
    for file in files:
        try:
            read.append(read_export(file.read_text("utf-8")))
        except Trouble as trouble:
            faults.append(f"{file}: {trouble.advice.todo}")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{file}: {error}")
    if faults:
        raise Trouble(
            "journal-unreadable",
            f"{len(faults)} of {len(files)} files are no exported journals:\n" + "\n".join(faults) + "\n",
            "Nothing was analysed.",
            "Export them again, or leave them out.",
        )
    return read


def _told(found: dict[str, Any]) -> list[str]:
    used = [share for share in found["exposure"].values() if share]
    most = f", at most by {max(used) * 100:.0f} %" if used else ""
    lines = [f"{found['section']}: {found['people']} people; {len(used)} of {len(found['exposure'])} sets were given{most}"]
    lines += [
        f"drift: {row['item']} {row['shift']:+.2f} (SE {row['se']:.2f}), {row['answers']} answers"
        for row in found["drift"]
        if row["flagged"]
    ]
    lines += [
        f"DIF {row['class']}: {row['item']} delta {row['delta']:+.2f} (SE {row['se']:.2f})"
        for row in found["dif"]
        if row["class"] != "A"
    ]
    fit = found["person_fit"]
    lines += [f"person fit: {person} lz* {value:.2f}" for person, value in fit["unlikely"]]
    lines.append(
        f"looked at: drift of {len(found['drift'])} items, DIF of {len(found['dif'])}, fit of {fit['people']} people,"
        f" times of {len(found['times'])} items"
    )
    return lines
