"""`stamp-server`: one verb for each thing that people do with the server. It prints, and decides nothing."""

import argparse
import json
import logging
import socket
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import uvicorn

from stamp_desktop.audio.encode import to_flac
from stamp_desktop.content.keys import keys_path, load_keys, load_public_key
from stamp_desktop.server import admin
from stamp_desktop.server.app import create_app
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.packages import add_package
from stamp_desktop.server.settings import settings_of
from stamp_desktop.trouble import Trouble


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 with the trouble on stderr; 2 for a wrong command."""
    asked = _parser().parse_args(argv)
    try:
        with closing(open_house(settings_of(asked.data, asked.database))) as house:
            asked.run(house, asked)
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return 1
    return 0


def _serve(house: House, asked: argparse.Namespace) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    listening = socket.create_server((asked.host, asked.port))
    print(f"Listening on http://{asked.host}:{listening.getsockname()[1]}", flush=True)
    settings = uvicorn.Config(create_app(house), access_log=False, log_config=None, server_header=False, lifespan="off")
    uvicorn.Server(settings).run(sockets=[listening])


def _init(house: House, asked: argparse.Namespace) -> None:
    print(f"The server {house.identity.id} is ready in {asked.data}. Keep a copy of identity.json in a safe place.")


def _organization(house: House, asked: argparse.Namespace) -> None:
    print(admin.add_organization(house, asked.name))


def _school(house: House, asked: argparse.Namespace) -> None:
    print(admin.add_school(house, asked.organization, asked.name))


def _group(house: House, asked: argparse.Namespace) -> None:
    package, version = asked.package
    times = int(asked.opens.timestamp() * 1000), int(asked.ends.timestamp() * 1000)
    new = admin.NewGroup(asked.school, asked.name, package, version, asked.code, *times, asked.seats, asked.roster)
    print(admin.add_group(house, new).id)


def _roster_import(house: House, asked: argparse.Namespace) -> None:
    people = admin.read_roster(asked.file.read_text(encoding="utf-8"))
    print(f"{admin.import_roster(house, asked.group, people)} test takers")


def _roster_remove(house: House, asked: argparse.Namespace) -> None:
    admin.remove_from_roster(house, asked.group, asked.login)


def _code(house: House, asked: argparse.Namespace) -> None:
    print(admin.new_code(house, asked.organization))


def _revoke(house: House, asked: argparse.Namespace) -> None:
    admin.revoke(house, asked.device)


def _package(house: House, asked: argparse.Namespace) -> None:
    keys = load_keys(asked.keys or keys_path(asked.file))
    made = add_package(house, asked.file, keys, load_public_key(asked.publisher))
    print(f"{made.id} {made.version} {made.hash}")


def _sessions(house: House, _: argparse.Namespace) -> None:
    for row in admin.sessions(house):
        marks = ", ".join(row.alarms) or "-"
        print(f"{row.id}  {row.group}  {row.login}  {row.state}  {row.events} events  {row.recordings} recordings", end="  ")
        print(f"{row.receipt or 'no receipt'}  {marks}")


def _session(house: House, asked: argparse.Namespace) -> None:
    found = admin.replayed(house, asked.session)
    for alarm in found.alarms:
        print(f"{alarm.code}: {alarm.detail}", file=sys.stderr)
    if found.outcome:
        print(json.dumps(json.loads(found.outcome), indent=2, ensure_ascii=False))


def _recording(house: House, asked: argparse.Namespace) -> None:
    asked.out.write_bytes(to_flac(*admin.pcm(house, asked.recording)))
    print(asked.out)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, required=True, help="the server's durable folder")
    common.add_argument("--database", default="", help="SQLAlchemy URL; default: an SQLite file in the folder")
    parser = argparse.ArgumentParser(
        prog="stamp-server", description="Receives tests, gives receipts, works results out again."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(
        of: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: object, text: str
    ) -> argparse.ArgumentParser:
        made = of.add_parser(name, parents=[common], help=text, description=text)
        made.set_defaults(run=run)
        return made

    def noun(name: str) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
        return verbs.add_parser(name).add_subparsers(required=True, metavar="VERB")

    serve = verb(verbs, "serve", _serve, "serve stations")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8440, help="0: any free one")
    verb(verbs, "init", _init, "make the folder, the database and the server's keys")
    verb(noun("org"), "add", _organization, "add an organization").add_argument("name")
    school = verb(noun("school"), "add", _school, "add a school")
    school.add_argument("organization")
    school.add_argument("name")
    group = verb(noun("group"), "add", _group, "add a testing group with its window")
    group.add_argument("school")
    group.add_argument("name")
    group.add_argument("--package", nargs=2, required=True, metavar=("ID", "VERSION"))
    group.add_argument("--code", required=True, help="the test code that test takers type")
    group.add_argument("--opens", type=_moment, required=True, help="2026-11-23T08:00+01:00")
    group.add_argument("--ends", type=_moment, required=True)
    group.add_argument("--seats", type=int, required=True)
    group.add_argument("--roster", choices=("open", "closed", "self_enrol"), default="closed")
    roster = noun("roster")
    add = verb(roster, "import", _roster_import, "add test takers from a CSV: first,last,login")
    add.add_argument("group")
    add.add_argument("file", type=Path)
    remove = verb(roster, "remove", _roster_remove, "take a test taker off a roster")
    remove.add_argument("group")
    remove.add_argument("login")
    verb(noun("code"), "new", _code, "make a single-use enrolment code").add_argument("organization")
    verb(noun("device"), "revoke", _revoke, "refuse a computer from now on").add_argument("device")
    package = verb(noun("package"), "add", _package, "take in a test package with its keys")
    package.add_argument("file", type=Path)
    package.add_argument("--keys", type=Path, help="default: FILE.keys.json")
    package.add_argument("--publisher", type=Path, required=True, help="the publisher's public key")
    verb(verbs, "sessions", _sessions, "list the sessions")
    verb(noun("session"), "show", _session, "replay a session and print its outcome").add_argument("session")
    recording = verb(noun("recording"), "export", _recording, "write a recording as FLAC")
    recording.add_argument("recording")
    recording.add_argument("-o", "--out", type=Path, required=True)
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()
