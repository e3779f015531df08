"""Who talks to the X server, told by the server itself: true process ids, also of programs that only listen.

`judge` is pure; `Census` asks. A window's own word about its process (`_NET_WM_PID`) is not listened to: it can be forged.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from stamp_desktop.kiosk.guard import Finding
from stamp_desktop.kiosk.policy import PROGRAMS, Policy

LISTENS = {
    "RECORD CONTEXT": "listens to all keys and clicks",
    "XRecordContext": "listens to all keys and clicks",
    "DAMAGE": "follows what the screen shows",
    "DamageExt": "follows what the screen shows",
    "ShmSeg": "can copy the screen quickly",
    "XI EVENT": "listens to input devices",
}
"""Kinds of resources by which a client shows what it does, as the X server names them."""

_PYTHONS = ("python", "perl", "ruby", "bash", "sh")


@dataclass(frozen=True, slots=True)
class Program:
    """A process as the system knows it. `script` is the file that an interpreter runs, "" for other programs."""

    pid: int
    path: str
    script: str
    name: str
    parents: tuple[int, ...]
    owners: frozenset[int] = frozenset({0})
    """Whose files program and script are; -1 where others can write them, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Client:
    """A connection to the X server, with the kinds of resources that it holds."""

    base: int
    program: Program
    holds: frozenset[str] = frozenset()


def judge(client: Client, family: Collection[int], policy: Policy, now_ms: int) -> Finding | None:
    """None for the exam program, what it started, and what the policy trusts."""
    program = client.program
    if program.pid in family or any(parent in family for parent in program.parents) or trusted(program, policy):
        return None
    name = Path(program.script or program.path or program.name).name.lower()
    code = PROGRAMS.get(name) or PROGRAMS.get(program.name.lower()) or "foreign-program"
    seen = sorted({said for kind, said in LISTENS.items() if kind in client.holds})
    detail: dict[str, Any] = {"program": program.script or program.path or program.name, "pid": program.pid}
    if seen:
        detail["does"] = seen
    return Finding(code, f"{name} {program.pid}", now_ms, detail, f"End {name}, or let the policy trust its full path.")


def trusted(program: Program, policy: Policy) -> bool:
    """By full path, and only where nobody but those that the policy names could have put another there."""
    what = program.script or program.path
    return program.owners <= set(policy.owners) and any(fnmatchcase(what, pattern) for pattern in policy.trusted)


def program_of(pid: int, proc: Path = Path("/proc")) -> Program | None:
    """None when it is gone."""
    try:
        path = str((proc / str(pid) / "exe").readlink()).removesuffix(" (deleted)")
    except OSError:
        path = ""
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().split(b"\0")
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    name = stat[stat.index("(") + 1 : stat.rindex(")")]
    script = _script(path, [word.decode(errors="replace") for word in words])
    owners = frozenset(_owner(Path(each)) for each in (path, script) if each)
    return Program(pid, path, script, name, _parents(pid, proc), owners or frozenset({-1}))


def stopped(pid: int, proc: Path = Path("/proc")) -> bool:
    """Whether somebody has stopped it (SIGSTOP, a debugger)."""
    return state_of(pid, proc) in {"T", "t"}


def state_of(pid: int, proc: Path = Path("/proc")) -> str:
    """One letter as in proc(5), "" when it is gone or only waits for its parent."""
    try:
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    letter = stat[stat.rindex(")") + 2]
    return "" if letter in "ZXx" else letter


def started(pid: int, proc: Path = Path("/proc")) -> int:
    """When it was started, in ticks since boot: tells a process from a later one with its number. 0 when it is gone."""
    try:
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat[stat.rindex(")") + 2 :].split()[19])


def _script(path: str, words: Sequence[str]) -> str:
    if not Path(path).name.startswith(_PYTHONS):
        return ""
    return next((word for word in words[1:] if word.startswith("/")), "")


def _owner(path: Path) -> int:
    try:
        facts = path.stat()
    except OSError:
        return -1
    return -1 if facts.st_mode & 0o022 else facts.st_uid


def _parents(pid: int, proc: Path) -> tuple[int, ...]:
    above: list[int] = []
    while pid > 1 and len(above) < 64:
        try:
            stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            break
        pid = int(stat[stat.rindex(")") + 2 :].split()[1])
        above.append(pid)
    return tuple(above)


class Census:
    """Asks the X server. `display` is python-xlib's; processes that were looked at are not looked at again."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._programs: dict[int, tuple[int, Program]] = {}
        self._names: dict[int, str] = {}

    def clients(self) -> list[Client]:
        """All connections but the server's own."""
        found = []
        for base, pid in self.pids().items():
            program = self.program(pid)
            if program is not None:
                found.append(Client(base, program))
        return found

    def pids(self) -> Mapping[int, int]:
        """Resource base of each connection -> process id, 0 where the server does not know (another computer)."""
        from Xlib.ext import res  # noqa: PLC0415  # other systems have no Xlib

        reply = self._display.res_query_client_ids([{"client": 0, "mask": res.LocalClientPIDMask}])
        return {int(each.spec.client): int(each.value[0]) if each.value else 0 for each in reply.ids if each.spec.client}

    def pid_of(self, window: int) -> int:
        """The process that made a window; 0 when nobody knows."""
        from Xlib.ext import res  # noqa: PLC0415

        reply = self._display.res_query_client_ids([{"client": window, "mask": res.LocalClientPIDMask}])
        return next((int(each.value[0]) for each in reply.ids if each.value), 0)

    def holding(self, base: int) -> frozenset[str]:
        """The kinds of resources of a client."""
        reply = self._display.res_query_client_resources(base)
        return frozenset(self._name(int(each.resource_type)) for each in reply.types)

    def program(self, pid: int) -> Program | None:
        begun = started(pid)
        known = self._programs.get(pid)
        if known and known[0] == begun:
            return known[1]
        program = program_of(pid)
        if program is not None:
            self._programs[pid] = (begun, program)
        return program

    def _name(self, atom: int) -> str:
        if atom not in self._names:
            self._names[atom] = str(self._display.get_atom_name(atom))
        return self._names[atom]
