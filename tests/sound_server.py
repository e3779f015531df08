"""A real PulseAudio server of one's own: a null sink whose monitor is the microphone. It never touches the user's server."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MICROPHONE = "vmic"
LOUDSPEAKER = "vspk"
RATE = 48_000

BUFFER_MS = 2000
"""What the player has in hand: with 20 ms, a busy computer puts silence between the words, and no recorder can be blamed.

The silent player (`start`) keeps the sink itself at 20 ms, so that sound does not come in lumps.
"""

_MODULES = (
    "module-native-protocol-unix",
    f"module-null-sink sink_name={LOUDSPEAKER} rate={RATE} channels=1 sink_properties=device.description=Lab_Headphones",
    f"module-remap-source source_name={MICROPHONE} master={LOUDSPEAKER}.monitor source_properties=device.description=Lab_Mic",
)


def missing() -> str:
    """The reason why no server can be started here; "" when one can."""
    lacking = [name for name in ("pulseaudio", "pactl", "paplay", "parecord") if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


@dataclass(frozen=True, slots=True)
class SoundServer:
    """`env` leads a program to this server; `folder` is its private XDG_RUNTIME_DIR."""

    folder: Path
    process: subprocess.Popen[bytes]
    breath: subprocess.Popen[bytes]

    @property
    def env(self) -> Mapping[str, str]:
        """The variables that lead libpulse (and PortAudio on it) to this server."""
        return {
            "XDG_RUNTIME_DIR": str(self.folder),
            "PULSE_RUNTIME_PATH": str(self.folder / "pulse"),
            "PULSE_SERVER": f"unix:{self.folder / 'pulse' / 'native'}",
        }

    def play(self, file: Path) -> subprocess.Popen[bytes]:
        """Speak `file` (WAV) into the microphone; returns at once, `wait()` for the end."""
        command = ["paplay", f"--latency-msec={BUFFER_MS}", f"--device={LOUDSPEAKER}", str(file)]
        return subprocess.Popen(command, env=self._environ())

    def record(self, file: Path) -> subprocess.Popen[bytes]:
        """Write what the loudspeaker plays to `file` (WAV) until `terminate()`."""
        form = [f"--rate={RATE}", "--channels=1", "--file-format=wav"]
        command = ["parecord", "--latency-msec=20", f"--device={LOUDSPEAKER}.monitor", *form, str(file)]
        return subprocess.Popen(command, env=self._environ())

    def mute(self, on: bool = True) -> None:
        """The mute switch of the microphone: digital zeros."""
        self.pactl("set-source-mute", MICROPHONE, "1" if on else "0")

    def suspend(self, on: bool = True) -> None:
        """The microphone stays but gives nothing; the loudspeaker takes nothing."""
        self.pactl("suspend-sink", LOUDSPEAKER, "1" if on else "0")
        self.pactl("suspend-source", MICROPHONE, "1" if on else "0")

    def volume(self, percent: int) -> None:
        """The microphone's volume."""
        self.pactl("set-source-volume", MICROPHONE, f"{percent}%")

    def pactl(self, *words: str) -> str:
        """Run `pactl` against this server; its output."""
        done = subprocess.run(["pactl", *words], env=self._environ(), check=True, capture_output=True, text=True)
        return done.stdout

    def kill(self) -> None:
        """As a crash of the server: no farewell to its clients."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it; harmless when it is gone already."""
        for process in (self.breath, self.process):
            if process.poll() is None:
                process.terminate()
            process.wait(10)

    def _environ(self) -> dict[str, str]:
        return {**os.environ, **self.env}


def start(folder: Path) -> SoundServer:
    """Start a server in the private `folder` (made, mode 700; keep its path short: a socket lives in it)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    environ |= {"XDG_RUNTIME_DIR": str(folder), "PULSE_RUNTIME_PATH": str(folder / "pulse"), "HOME": str(folder)}
    # where it may, it goes before the tests: a starved sound server leaves gaps that nobody recorded
    first_served = ["nice", "-n", "-10"] if os.geteuid() == 0 else []
    command = [
        *first_served,
        "pulseaudio",
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--disallow-exit=yes",
    ]
    command += [word for module in _MODULES for word in ("-L", module)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            _wait_for_microphone(process, environ)
        except RuntimeError as error:
            process.kill()
            process.wait()
            raise RuntimeError(f"{error}: {(folder / 'log').read_text()}") from None
        # An idle null sink hands out its silence in lumps of two seconds; one silent low-latency player keeps it flowing.
        breath = ["pacat", "--playback", "--latency-msec=20", f"--device={LOUDSPEAKER}", "/dev/zero"]
        server = SoundServer(folder, process, subprocess.Popen(breath, env=environ, stdout=log, stderr=log))
    first = ["parec", "--latency-msec=20", f"--device={MICROPHONE}"]
    with subprocess.Popen(first, env=environ, stdout=subprocess.PIPE) as listener:
        assert listener.stdout is not None
        listener.stdout.read(1)
        listener.terminate()
    return server


def _wait_for_microphone(process: subprocess.Popen[bytes], environ: Mapping[str, str]) -> None:
    for _ in range(100):
        known = subprocess.run(["pactl", "list", "short", "sources"], env=environ, capture_output=True, text=True, check=False)
        if MICROPHONE in known.stdout:
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError("pulseaudio ended")
    raise RuntimeError("pulseaudio does not answer")
