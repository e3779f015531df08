"""What is closed, watched and how grave it is: tables, and nothing that acts on them.

The organization may put other values in place of these, in one file that only an administrator can write.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from stamp_desktop.trouble import Trouble

Severity: TypeAlias = Literal["inform", "warn", "pause"]
Lifts: TypeAlias = Literal["proctor", "cause"]
SEVERITIES: Final = ("inform", "warn", "pause")
LIFTS: Final = ("proctor", "cause")


@dataclass(frozen=True, slots=True)
class Rule:
    """How grave a finding is, what is said of it, and who lifts a pause: the proctor, or the end of its cause as well."""

    severity: Severity
    said: str
    lifts: Lifts = "proctor"


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "foreign-window": Rule("warn", "A window of another program was hidden."),
        "foreign-program": Rule("pause", "Another program was found that can see this screen or its keys."),
        "other-program": Rule("warn", "A program was started that the kiosk does not know."),
        "screen-recorder": Rule("pause", "A program was found that records the screen."),
        "remote-control": Rule("pause", "A program was found that lets somebody else see or use this computer."),
        "key-logger": Rule("pause", "A program was found that listens to the keys."),
        "exam-hidden": Rule("warn", "Another program tried to hide the test. It is back on top."),
        "clipboard-taken": Rule("inform", "Another program offered something to paste. It was thrown away."),
        "second-screen": Rule("pause", "A second screen was connected.", "cause"),
        "clock-stepped": Rule("inform", "The computer's clock was changed. The time of the test is not touched by it."),
        "program-killed": Rule("pause", "The test program was ended from outside and has been started again."),
        "program-hung": Rule("pause", "The test program did not answer and has been started again."),
        "window-destroyed": Rule("pause", "Another program destroyed the test's window. The test has been started again."),
        "guardian-gone": Rule("pause", "The program that guards the test was ended from outside."),
        "settings-changed": Rule("pause", "The kiosk's settings were changed while the test runs."),
        "answers-changed": Rule("pause", "What is saved on this computer was changed from outside."),
        "answers-damaged": Rule("pause", "What is saved on this computer is damaged, or was changed from outside."),
        "pin-refused": Rule("inform", "A wrong PIN was entered several times."),
        "input-method-hung": Rule("inform", "The input method did not answer. It was made to go on."),
        "ticket-refused": Rule("inform", "A word to go on came that this computer's server has not signed for it."),
        "virtual-machine": Rule("warn", "This computer looks like a virtual machine."),
        "remote-session": Rule("warn", "This session seems to be shown on another computer."),
    }
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key combination as it is printed on keyboards, and what it does on an ordinary desktop."""

    combination: str
    does: str
    how: Literal["taken", "no listener", "configured"] = "taken"


KEYS: Final = (
    Key("Alt+Tab", "switch programs"),
    Key("Alt+Shift+Tab", "switch programs"),
    Key("Alt+Escape", "switch windows"),
    Key("Alt+F1", "open a menu"),
    Key("Alt+F2", "run a command"),
    Key("Alt+F4", "close the window"),
    Key("Alt+F7", "move the window"),
    Key("Alt+F8", "resize the window"),
    Key("Alt+F9", "minimise"),
    Key("Alt+F10", "restore"),
    Key("Alt+space", "open the window's menu"),
    Key("Alt+Print", "picture of the window"),
    Key("Ctrl+Alt+t", "open a terminal"),
    Key("Ctrl+Alt+l", "lock the screen"),
    Key("Ctrl+Alt+d", "show the desktop"),
    Key("Ctrl+Alt+Delete", "log out"),
    Key("Ctrl+Alt+Left", "change desktop"),
    Key("Ctrl+Alt+Right", "change desktop"),
    Key("Ctrl+Alt+Up", "change desktop"),
    Key("Ctrl+Alt+Down", "change desktop"),
    Key("Ctrl+Escape", "open the start menu"),
    Key("Ctrl+Shift+Escape", "open the task manager"),
    Key("Print", "picture of the screen"),
    Key("Shift+Print", "picture of a part"),
    Key("Ctrl+Print", "picture to the clipboard"),
    Key("Super+d", "show the desktop"),
    Key("Super+e", "open the files"),
    Key("Super+l", "lock the screen"),
    Key("Super+m", "minimise all"),
    Key("Super+p", "choose a screen"),
    Key("Super+r", "run a command"),
    Key("Super+s", "search"),
    Key("Super+Tab", "show all windows"),
    Key("Super+Up", "maximise"),
    Key("Super+Down", "minimise"),
    Key("Super+Left", "tile"),
    Key("Super+Right", "tile"),
    Key("Super", "open the start menu", "no listener"),
    Key("Ctrl+Alt+BackSpace", "end the X server", "configured"),
    Key("Ctrl+Alt+F1", "change console", "configured"),
    Key("Alt+Print+b", "restart at once (SysRq)", "configured"),
)
"""Those that are *taken* are grabbed by the guardian, so that neither a window manager nor a hot-key program can have them.

Super alone is left: taking it would take Super+Space from input methods, and nothing listens to it in the kiosk.
"""

OPEN_KEYS: Final = (
    Key("AltGr", "third level of a layout"),
    Key("dead_acute", "accents"),
    Key("Super+space", "next input method"),
    Key("Ctrl+space", "input method on and off"),
    Key("Shift+Super+space", "previous input method"),
    Key("Ctrl+c", "copy inside the answer"),
    Key("Ctrl+v", "paste inside the answer"),
    Key("Ctrl+z", "undo"),
)

Kind: TypeAlias = Literal["screen-recorder", "remote-control", "key-logger"]

PROGRAMS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "anydesk": "remote-control",
        "chrome-remote-desktop-host": "remote-control",
        "gnome-remote-desktop-daemon": "remote-control",
        "krfb": "remote-control",
        "nxnode": "remote-control",
        "rustdesk": "remote-control",
        "teamviewer": "remote-control",
        "teamviewerd": "remote-control",
        "tigervnc": "remote-control",
        "vino-server": "remote-control",
        "vncserver-x11": "remote-control",
        "winvnc": "remote-control",
        "x0vncserver": "remote-control",
        "x11vnc": "remote-control",
        "xrdp-chansrv": "remote-control",
        "ffmpeg": "screen-recorder",
        "flameshot": "screen-recorder",
        "gpu-screen-recorder": "screen-recorder",
        "import": "screen-recorder",
        "kazam": "screen-recorder",
        "maim": "screen-recorder",
        "obs": "screen-recorder",
        "obs64": "screen-recorder",
        "recordmydesktop": "screen-recorder",
        "scrot": "screen-recorder",
        "simplescreenrecorder": "screen-recorder",
        "snippingtool": "screen-recorder",
        "spectacle": "screen-recorder",
        "sharex": "screen-recorder",
        "logkeys": "key-logger",
        "screenkey": "key-logger",
        "xinput": "key-logger",
        "xev": "key-logger",
    }
)
"""Names by which a finding can say more. A program under another name is found all the same, as one that is not allowed."""

TRUSTED: Final = (
    "/usr/bin/ibus-daemon",
    "/usr/libexec/ibus-*",
    "/usr/lib/ibus/ibus-*",
    "/usr/share/ibus-*/engine/main.py",
    "/usr/bin/fcitx5",
    "/usr/bin/onboard",
    "/usr/bin/orca",
    "/usr/bin/pipewire",
    "/usr/bin/pulseaudio",
    "/usr/bin/setxkbmap",
    "/usr/libexec/at-spi*",
)
"""Programs beside the exam that may talk to the screen: input methods, screen readers, sound. Path of program or script."""

VIRTUAL_MARKS: Final = ("virtualbox", "vmware", "qemu", "kvm", "bochs", "parallels", "xen", "hyper-v", "virtual machine")
REMOTE_MARKS: Final = ("SSH_CONNECTION", "SSH_TTY", "XRDP_SESSION", "VNCDESKTOP", "NXSESSIONID", "X2GO_SESSION")
REMOTE_SCREENS: Final = ("xvnc", "xrdp", "tigervnc", "nx", "x2go")


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. `owners` are the users (numbers) whose files can be trusted; `screens` is how many may show at once; a hang is
    silence of the program for `hang_seconds`; `signed_by` says whose policy it is.
    """

    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)
    trusted: tuple[str, ...] = TRUSTED
    owners: tuple[int, ...] = (0,)
    screens: int = 1
    hang_seconds: float = 20.0
    clock_step_seconds: float = 120.0
    source: str = ""
    signed_by: str = ""

    def rule(self, code: str) -> Rule:
        """KeyError for a finding that there is none of."""
        return self.rules[code]


def load(path: Path) -> Policy:
    """The policy of an organization's file; what the file does not name stays as it is here. Trouble `kiosk-policy`."""
    try:
        return from_facts(json.loads(path.read_text(encoding="utf-8")), str(path))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Trouble(
            "kiosk-policy",
            f"The kiosk's policy cannot be read: {error}.",
            "No test was begun.",
            f"Technology staff: mend {path}; `stamp-desktop kiosk policy` prints one that is right.",
        ) from error


_NAMES: Final = {"severities", "trusted", "owners", "screens", "hang_seconds", "clock_step_seconds"}


def from_facts(facts: Mapping[str, Any], source: str) -> Policy:
    """ValueError, TypeError, KeyError or AttributeError where the facts are no policy."""
    if strange := set(facts) - _NAMES:
        raise ValueError(f"unknown: {', '.join(sorted(strange))}")
    rules = dict(RULES)
    for code, severity in facts.get("severities", {}).items():
        if severity not in SEVERITIES:
            raise ValueError(f"{code}: {severity} is none of {', '.join(SEVERITIES)}")
        rules[code] = replace(rules[code], severity=severity)
    trusted = facts.get("trusted", [])
    if not isinstance(trusted, list) or not all(isinstance(path, str) and path.startswith("/") for path in trusted):
        raise ValueError("trusted: a list of full paths")
    screens, hang, step = facts.get("screens", 1), facts.get("hang_seconds", 20), facts.get("clock_step_seconds", 120)
    if not isinstance(screens, int) or screens < 1 or float(hang) < 2 or float(step) < 1:
        raise ValueError("screens from 1, hang_seconds from 2, clock_step_seconds from 1")
    owners = facts.get("owners", [0])
    if not isinstance(owners, list) or not all(isinstance(owner, int) for owner in owners):
        raise ValueError("owners: a list of user numbers")
    return Policy(MappingProxyType(rules), TRUSTED + tuple(trusted), tuple(owners), screens, float(hang), float(step), source)


def to_facts(policy: Policy) -> Mapping[str, Any]:
    """The policy as an organization's file has it."""
    return {
        "severities": {code: rule.severity for code, rule in policy.rules.items()},
        "trusted": [path for path in policy.trusted if path not in TRUSTED],
        "owners": list(policy.owners),
        "screens": policy.screens,
        "hang_seconds": policy.hang_seconds,
        "clock_step_seconds": policy.clock_step_seconds,
    }


def digest(policy: Policy) -> str:
    """A name for what is in it (SHA-256, hex): two computers with the same policy have the same."""
    return hashlib.sha256(json.dumps(to_facts(policy), sort_keys=True).encode()).hexdigest()
