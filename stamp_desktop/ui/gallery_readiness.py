"""Sample views of the readiness window: rooms and computers are invented."""

from dataclasses import replace
from typing import Final

from stamp_desktop.readiness.check import Check, Point, Report
from stamp_desktop.readiness.runner import Progress
from stamp_desktop.readiness.views import ReadinessView, view

_CHECKS: Final = (
    Check("computer.system", "System", "pass", "Debian GNU/Linux 12"),
    Check("computer.processor", "Processor", "pass", "4 cores", 4, "cores", 2),
    Check("computer.memory", "Memory", "pass", "8 GB memory", 8e9, "B", 4e9),
    Check("computer.disk", "Disk", "pass", "61 GB free", 61e9, "B", 2e9),
    Check("computer.screen", "Screen", "pass", "1366×768", 1366, "px", 1280),
    Check("sound.microphone", "Microphone", "pass", "Logitech H390, 48 kHz"),
    Check("sound.noise", "Noise of the room", "pass", "Quiet room (−57 dBFS)", -57, "dBFS"),
    Check("line.server", "Server", "pass", "Answers in 86 ms", 0.086, "s"),
    Check(
        "line.up",
        "Line, up",
        "warn",
        "4.8 Mbit/s; 6.5 would let 30 test takers send as they go",
        4.8,
        "Mbit/s",
        6.5,
        "Use a room hub, or test in two groups.",
    ),
    Check("line.down", "Line, down", "pass", "19.1 Mbit/s", 19.1, "Mbit/s", 1.0),
    Check("line.latency", "Answer time", "pass", "41 ms", 41, "ms", 300),
    Check("line.loaded", "Answer time of a full line", "pass", "86 ms", 86, "ms", 600),
    Check("language.fonts.es", "Font, Spanish", "pass", "Spanish: drawn by the program's own font"),
    Check(
        "computer.clock",
        "Clock",
        "warn",
        "3 min 12 s ahead of the server.",
        192,
        "s",
        60,
        "Let the system set its clock by the network (timedatectl set-ntp true), and check the time zone.",
    ),
    Check("package.file.es", "Test es", "pass", "Spanish STAMP (es 2026.1) is here, whole and signed"),
    Check("camera.device", "Camera", "skipped", "Not needed for this test"),
    Check("kiosk.grade", "Kiosk", "pass", "The kiosk session is installed: grade A"),
)
_WAITS: Final = {1: 0.2, 6: 0.35, 10: 0.55, 14: 0.85, 18: 1.2, 20: 1.55, 22: 1.96, 24: 2.5, 27: 3.1, 30: 3.8}
_CURVE: Final = tuple(Point(group, seconds, 15.3 * group) for group, seconds in _WAITS.items())
_REPORT: Final = Report(
    computer="lab-07",
    room="214",
    site="North High",
    system="Debian GNU/Linux 12",
    program="0.1.0",
    server="https://stamp.example.org:8440",
    packages=("es 2026.1",),
    group=30,
    mode="direct",
    taken=1_790_000_000.0,
    checks=_CHECKS,
    curve=_CURVE,
    limit=22,
)
_WELL: Final = tuple(
    replace(check, verdict="pass", remedy="", found=found)
    if (found := {"line.up": "41 Mbit/s", "computer.clock": "As the server's"}.get(check.id))
    else check
    for check in _CHECKS
)
_QUICK: Final = tuple(Point(group, 0.12 + 0.004 * group, 1.2 * group) for group in range(0, 61, 6))[1:]
_BAD: Final = (
    *(check for check in _CHECKS if check.area == "computer" and check.id not in {"computer.clock", "computer.disk"}),
    Check(
        "computer.disk",
        "Disk",
        "fail",
        "1.1 GB free; the booked tests want 1.6 GB.",
        1.1e9,
        "B",
        1.6e9,
        "Make room on the disk.",
    ),
    Check(
        "sound.microphone", "Microphone", "fail", "Logitech H390 is muted.", remedy="Unmute it in the system's sound settings."
    ),
    Check(
        "sound.hum",
        "Hum",
        "fail",
        "There is a loud hum. There is a hum under your voice, from a plug or a cable.",
        remedy="Plug the headset into another port and record again.",
    ),
    Check(
        "line.server",
        "Server",
        "fail",
        "Something answers at https://stamp.example.org:8440 that is not this server: status 302.",
        remedy="Sign in to the network in a browser, or have this address excepted from the sign-in page or proxy.",
    ),
    Check("computer.clock", "Clock", "skipped", "The server was not there to compare with"),
    Check(
        "language.fonts.zh",
        "Font, Chinese",
        "fail",
        "No font has the letters of Chinese: they would be empty boxes.",
        remedy="Install Noto Sans CJK SC (fonts-noto-cjk).",
    ),
    Check(
        "language.typing.zh",
        "Keyboard, Chinese",
        "fail",
        "Chinese cannot be typed here: nothing is set up for its script.",
        remedy="Install ibus-libpinyin, choose it for Chinese, and sign in again.",
    ),
    Check("camera.device", "Camera", "skipped", "Not needed for this test"),
    Check(
        "kiosk.grade",
        "Kiosk",
        "warn",
        "Grade B; not protected here: screen covered, consoles, power keys.",
        remedy="Install the kiosk session (installers/linux/kiosk/install), and give the test in the session STAMP Kiosk.",
    ),
)


_STEPS: Final = ("computer", "computer.screen", "sound", "language", "package", "camera", "kiosk", "line.server", "line")


def samples() -> list[tuple[str, ReadinessView]]:
    """Named views of the window in each of its states."""
    bad = replace(_REPORT, checks=_BAD, curve=(), limit=0, packages=("zh 2026.1",))
    half = replace(_REPORT, checks=_CHECKS[:5], curve=(), limit=0)
    begun = replace(_REPORT, checks=(), curve=(), limit=0)
    doing = "A tone is played, then the room is recorded"
    return [
        ("readiness", view(_REPORT, "Spanish STAMP", clock="15:38")),
        (
            "readiness-ready",
            view(replace(_REPORT, checks=_WELL, curve=_QUICK, limit=60, group=60), "Spanish STAMP", clock="15:38"),
        ),
        ("readiness-bad", view(bad, "Chinese STAMP", clock="15:38")),
        ("readiness-begun", view(begun, "Spanish STAMP", Progress("computer", "Computer", "", 0.0), waiting=_STEPS)),
        ("readiness-running", view(half, "Spanish STAMP", Progress("sound", "Headset", doing, 0.34), waiting=_STEPS[2:])),
        (
            "readiness-row",
            view(_REPORT, "Spanish STAMP", Progress("line.server", "Server", "", 0.5), only=True),
        ),
        (
            "readiness-unsaved",
            view(
                _REPORT,
                "Spanish STAMP",
                told="/media/usb/readiness.html cannot be written: Read-only file system.",
                trouble=True,
            ),
        ),
    ]
