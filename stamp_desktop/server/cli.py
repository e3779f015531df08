"""`stamp-server`: one verb for each thing that people do with the server. What a verb does stands in `verbs`."""

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from stamp_desktop.server import labs_verbs, rooms, verbs
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.serving import Serving, serve
from stamp_desktop.server.settings import settings_of
from stamp_desktop.server.turns import UPLOADS
from stamp_desktop.sync.trust import LOOPBACK
from stamp_desktop.trouble import Trouble

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run: TypeAlias = Callable[[House, argparse.Namespace], Iterator[str]]


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 with the trouble on stderr; 2 for a wrong command."""
    asked = parser().parse_args(argv)
    asked.ask, asked.warn = _password, lambda said: print(said, file=sys.stderr)
    try:
        settings = settings_of(asked.data, asked.database, asked.objects, asked.uploads)
        if asked.run is not verbs.init and not (settings.data.is_dir() or asked.make):
            raise _no_server(settings.data)
        with closing(open_house(settings, who=_who())) as house:
            for line in asked.run(house, asked):
                print(line, flush=True)
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _serve(house: House, asked: argparse.Namespace) -> Iterator[str]:
    tls = not (asked.no_tls or asked.behind_proxy) and (asked.tls or asked.host not in LOOPBACK)
    settings = settings_of(asked.data, asked.database, asked.objects, asked.uploads)
    where, how = (settings, asked.host, asked.port, asked.workers), (tls, asked.behind_proxy, tuple(asked.called))
    serving = Serving(*where, *how, asked.metrics, asked.log, asked.silent)
    serve(house, serving, lambda url: print(f"Listening on {url}", flush=True))
    yield from ()


def parser() -> argparse.ArgumentParser:
    """Every verb with its options."""
    whole = argparse.ArgumentParser(prog="stamp-server", description="Receives tests, gives receipts, works results out again.")
    made = whole.add_subparsers(required=True, metavar="VERB")
    _add_serving(made)
    _add_places(made)
    _add_rosters(made)
    _add_access(made)
    _add_keeping(made)
    _add_rooms(made)
    return whole


def _verb(of: Verbs, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    made = of.add_parser(name, help=text, description=text)
    made.add_argument("--data", type=Path, required=True, help="the server's durable folder")
    made.add_argument("--database", default="", metavar="URL", help="postgresql://…; default: what `init` was told")
    made.add_argument("--objects", default="", metavar="URL", help="s3://BUCKET/PREFIX; default: what `init` was told")
    made.set_defaults(run=run, uploads=UPLOADS, make=False)
    return made


def _noun(of: Verbs, name: str) -> Verbs:
    return of.add_parser(name).add_subparsers(required=True, metavar="VERB")


def _add_serving(of: Verbs) -> None:
    _verb(of, "init", verbs.init, "make the folder, the database and the server's keys; remember both URLs")
    made = _verb(of, "serve", _serve, "serve stations")
    made.set_defaults(make=True)
    made.add_argument("--host", default="127.0.0.1", help="default: this computer only; 0.0.0.0: everybody, with TLS")
    made.add_argument("--silent", action="store_true", help="a hub: do not announce it in the local network")
    made.add_argument("--port", type=int, default=8440, help="0: any free one")
    made.add_argument("--workers", type=_count, default=1, metavar="N", help="processes behind the address; needs PostgreSQL")
    made.add_argument("--uploads", type=_count, metavar="N", help=f"recordings at a time over all of them; default {UPLOADS}")
    made.add_argument("--name", action="append", default=[], dest="called", help="what stations call this server; repeatable")
    made.add_argument("--tls", action="store_true", help="TLS on loopback, too")
    made.add_argument("--no-tls", action="store_true", help="no TLS: serves this computer only")
    made.add_argument("--behind-proxy", action="store_true", help="a proxy in front ends TLS: plain HTTP from anywhere")
    made.add_argument("--metrics", default="", type=_place, metavar="HOST:PORT", help="show Prometheus's figures there")
    made.add_argument("--log", choices=("text", "json"), default="text", help="the form of the log on stderr")


def _add_places(of: Verbs) -> None:
    _verb(_noun(of, "org"), "add", verbs.organization, "add an organization (a district)").add_argument("name")
    school = _verb(_noun(of, "school"), "add", verbs.school, "add a school")
    school.add_argument("organization")
    school.add_argument("name")
    groups = _noun(of, "group")
    group = _verb(groups, "add", verbs.group, "add a testing group with its window")
    group.add_argument("school")
    group.add_argument("name")
    group.add_argument("--package", nargs=2, required=True, metavar=("ID", "VERSION"))
    group.add_argument("--code", required=True, help="the test code that test takers type")
    group.add_argument("--seats", type=_count, required=True)
    group.add_argument("--roster", choices=("open", "closed", "self_enrol"), default="closed")
    window = _verb(groups, "window", verbs.window, "open a group for another time")
    window.add_argument("group")
    for each in (group, window):
        each.add_argument("--opens", type=_moment, required=True, metavar="TIME", help="2026-11-23T08:00+01:00")
        each.add_argument("--ends", type=_moment, required=True, metavar="TIME")
    _verb(groups, "list", verbs.groups, "list the testing groups")
    package = _verb(_noun(of, "package"), "add", verbs.package, "take in a test package with its keys")
    package.add_argument("file", type=Path)
    package.add_argument("--keys", type=Path, help="default: FILE.keys.json")
    package.add_argument("--publisher", type=Path, required=True, help="the publisher's public key")


def _add_rosters(of: Verbs) -> None:
    roster = _noun(of, "roster")
    add = _verb(roster, "import", verbs.roster_import, "add test takers from a CSV: first,last,login")
    add.add_argument("group")
    add.add_argument("file", type=Path)
    one = _verb(roster, "oneroster", verbs.roster_oneroster, "list the classes of a OneRoster zip, or take some of them")
    one.add_argument("file", type=Path)
    one.add_argument("--take", nargs=2, action="append", default=[], metavar=("CLASS", "GROUP"), help="repeatable")
    one.add_argument(
        "--login", choices=("username", "identifier", "email", "sourcedId"), default="username", help="the login name's column"
    )
    remove = _verb(roster, "remove", verbs.roster_remove, "take a test taker off a roster")
    remove.add_argument("group")
    remove.add_argument("login")


def _add_access(of: Verbs) -> None:
    codes = _noun(of, "code")
    code = _verb(codes, "new", verbs.code, "make single-use enrolment codes")
    code.add_argument("organization", nargs="?", default="", help="not needed at a hub")
    code.add_argument("--hub", action="store_true", help="for a room's hub, which brings what other computers have made")
    code.add_argument("--count", type=_count, default=1, metavar="N")
    line = _verb(codes, "line", verbs.code_line, "make a code and print what to type at the computer")
    line.add_argument("organization")
    line.add_argument("--server", required=True, metavar="URL", help="as the computer reaches it: https://HOST:8440")
    devices = _noun(of, "device")
    _verb(devices, "list", verbs.devices, "list the enrolled computers")
    _verb(devices, "revoke", verbs.revoke, "refuse a computer from now on").add_argument("device")
    logins = _noun(of, "login")
    login = _verb(logins, "add", verbs.login_add, "let somebody sign in; the password is asked, or stands in STAMP_PASSWORD")
    login.add_argument("name")
    reach = login.add_mutually_exclusive_group(required=True)
    reach.add_argument("--district", metavar="ORGANIZATION")
    reach.add_argument("--school", metavar="SCHOOL")
    reach.add_argument("--group", metavar="GROUP")
    _verb(logins, "end", verbs.login_end, "let somebody sign in no longer").add_argument("name")
    _verb(_noun(of, "identity"), "rotate", verbs.rotate, "new keys for the server, announced under the present ones")


def _add_keeping(of: Verbs) -> None:
    _verb(of, "sessions", verbs.sessions, "list the sessions")
    _verb(_noun(of, "session"), "show", verbs.session, "replay a session and print its outcome").add_argument("session")
    sound = _verb(of, "room", verbs.room, "how a group's room sounds: noise, findings and microphones by seat")
    found = _verb(of, "guard", verbs.guard, "what the kiosks of a group have found, who went on, and which alarms were false")
    unlock = _verb(of, "unlock", verbs.unlock, "let a paused test go on, where its computer has a line to the server")
    for each in (sound, found, unlock):
        each.add_argument("group", help="the group's id or its test code")
    unlock.add_argument("seat", help="the computer's name, as `guard` shows it")
    unlock.add_argument("--by", required=True, metavar="NAME", help="who lets it go on: written down at the seat and here")
    for each in (sound, found):
        each.add_argument("--json", action="store_true")
    ready = _verb(of, "readiness", labs_verbs.readiness, "which labs are ready for which window, by the reports that came")
    ready.add_argument("--site", default="", help="only this one")
    ready.add_argument("--json", action="store_true")
    ready.add_argument("--html", type=Path, metavar="FILE", help="computers and checks as a page")
    recording = _verb(_noun(of, "recording"), "export", verbs.recording, "write a recording as FLAC, or as Opus (FILE.opus)")
    recording.add_argument("recording")
    recording.add_argument("-o", "--out", type=Path, required=True)
    verify = _verb(of, "verify", verbs.verify, "name everything that is not as it was received")
    verify.add_argument("--session", help="only this one")
    log = _verb(of, "audit", verbs.audit_log, "print the audit log and check it")
    log.add_argument("--since", type=int, default=0, metavar="NUMBER")
    log.add_argument("--json", action="store_true", help="one JSON object a line")
    purge = _verb(of, "purge", verbs.purge, "let go of journals and recordings of tests that were received long ago")
    purge.add_argument("--days", type=_count, required=True, help="older than so many days")
    purge.add_argument("--alarms", action="store_true", help="those with alarms, too")
    purge.add_argument("--yes", action="store_true", help="do it")
    backup = _verb(of, "backup", verbs.back_up, "write everything to a tar, while the server runs")
    backup.add_argument("out", type=Path)


def _add_rooms(of: Verbs) -> None:
    bundle = _verb(of, "import", rooms.bring_in, "take in a session that comes by hand")
    bundle.add_argument("file", type=Path, help="what `stamp-desktop session carry` wrote")
    bundle.add_argument("--receipt", type=Path, help="write the receipt there, for `stamp-desktop session import`")
    hub = _noun(of, "hub")
    enrol = _verb(hub, "enrol", rooms.hub_enrol, "make this server a room's hub: it forwards to the server at URL")
    enrol.set_defaults(make=True)
    enrol.add_argument("upstream", metavar="URL")
    enrol.add_argument("code", help="made there with: stamp-server code new --hub")
    enrol.add_argument("--name", default="", help="what proctors call it")
    enrol.add_argument("--fingerprint", default="", help="the server's, as its coordinator has it")
    _verb(hub, "refresh", rooms.hub_refresh, "learn everything from the server and forward once, now")


def _password(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise Trouble(
            "login-unfit", "No password was given.", "The login was not made.", "Say it in STAMP_PASSWORD, or use a terminal."
        )
    return getpass.getpass(prompt)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user has no name
        return "console"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _place(text: str) -> str:
    host, _, port = text.rpartition(":")
    if text and not (host and port.isascii() and port.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def _no_server(data: Path) -> Trouble:
    return Trouble(
        "no-server", f"There is no server in {data}.", "Nothing was done.", "Check --data, or run: stamp-server init."
    )
