"""The verbs about sessions on this computer."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stamp_desktop.cli import bundles, checking
from stamp_desktop.cli.words import Verbs, user_folder

if TYPE_CHECKING:
    from stamp_desktop.engine.form import Form


def add_verbs(verbs: Verbs) -> None:
    """session outcome, explain, export, carry, import, verify, replay."""
    session = verbs.add_parser("session", help="look at a session on this computer").add_subparsers(
        required=True, metavar="VERB"
    )
    outcome = session.add_parser("outcome", help="replay the journal and print what came out, byte for byte as the server does")
    outcome.set_defaults(run=_session_outcome)
    outcome.add_argument("session")
    outcome.add_argument("--data", type=Path)
    explain = session.add_parser("explain", help="item by item: why it was chosen, what was answered, what the score rests on")
    explain.set_defaults(run=_session_explain)
    explain.add_argument("session", help="a session of this computer, or the file of an exported journal")
    explain.add_argument("--data", type=Path)
    explain.add_argument("--json", type=Path, metavar="FILE", help="all of it, for programs")
    explain.add_argument("--picture", type=Path, metavar="FILE.svg", help="the estimate after each answer")
    explain.add_argument("--package", type=Path, help="the test, where this computer was not prepared for it")
    explain.add_argument("--publisher", type=Path, help="with --package: the publisher's public key")
    export = session.add_parser("export", help="write a journal as JSON lines, with the answers readable")
    export.set_defaults(run=_session_export)
    export.add_argument("session")
    export.add_argument("-o", "--out", type=Path, required=True)
    export.add_argument("--data", type=Path)
    bundles.add_verbs(session)
    checking.add_verbs(session)


def _session_outcome(asked: argparse.Namespace) -> int:
    from stamp_desktop.delivery.records import outcome_of

    sys.stdout.buffer.write(outcome_of(asked.data or user_folder(), asked.session) + b"\n")
    return 0


def _session_explain(asked: argparse.Namespace) -> int:
    import json
    from dataclasses import asdict

    from stamp_desktop.delivery import records, story
    from stamp_desktop.engine.explain import explain
    from stamp_desktop.engine.replay import replay

    if asked.picture and asked.picture.suffix != ".svg":
        print("The picture is drawn as SVG: --picture FILE.svg", file=sys.stderr)
        return 2
    data = asked.data or user_folder()
    file = Path(asked.session)
    facts = records.read_export(file.read_text("utf-8")) if file.is_file() else records.facts_of(data, asked.session)
    form = _form(asked) if asked.package else records.form_for(data, facts)
    found = explain(form, replay(form, facts).state)
    print(story.text(found))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(each) for each in found], indent=1, ensure_ascii=False) + "\n", "utf-8")
    if asked.picture:
        asked.picture.write_text(story.picture(found, {name: of.section.cuts for name, of in form.stocks.items()}), "utf-8")
    return 0


def _form(asked: argparse.Namespace) -> "Form":
    """The form of a package whose keys lie beside it, as `package build` leaves them."""
    from stamp_desktop.content import keys
    from stamp_desktop.content.reader import open_package
    from stamp_desktop.delivery.desk import form_of
    from stamp_desktop.trouble import Trouble

    if not asked.publisher:
        raise Trouble(
            "publisher-unknown", "A package is verified against its publisher's public key.", "", "--publisher FILE.pub"
        )
    trusted = [keys.load_public_key(asked.publisher)]
    return form_of(open_package(asked.package, trusted, keys.load_keys(keys.keys_path(asked.package))))


def _session_export(asked: argparse.Namespace) -> int:
    from stamp_desktop.delivery import records

    facts = records.facts_of(asked.data or user_folder(), asked.session)
    asked.out.write_text(records.export(asked.session, facts), "utf-8")
    print(f"{asked.out}: {len(facts)} events. The answers can be read in it: keep it as you would keep the test itself.")
    return 0
