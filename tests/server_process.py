"""A real server in a process of its own, which can be stopped, killed and started again. It ends only what it has started."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass
class ServerProcess:
    """A server on loopback. `data` is its folder; `url` stays the same over restarts."""

    data: Path
    url: str
    process: "subprocess.Popen[str]"
    options: tuple[str, ...] = ()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self.process.terminate()
        self._wait()

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self._wait()

    def start_again(self) -> None:
        """On the same port, with the same data."""
        self.process, self.url = _started(self.data, self.port, self.options)

    def _wait(self) -> None:
        self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()


def start(data: Path, port: int = 0, options: tuple[str, ...] = ()) -> ServerProcess:
    """A server that answers. Its log is `data`/server.log."""
    process, url = _started(data, port, options)
    return ServerProcess(data, url, process, options)


def _started(data: Path, port: int, options: tuple[str, ...]) -> "tuple[subprocess.Popen[str], str]":
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "stamp_desktop.server", "serve", "--data", str(data), "--port", str(port)]
    command += options
    with (data / "server.log").open("a") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("Listening on "):
        process.kill()
        process.communicate()
        raise RuntimeError(f"The server did not start: {(data / 'server.log').read_text()[-2000:]}")
    return process, line.split()[-1]
