"""A real server in a process that has loaded its modules already: a thousand kills take no thousand loadings. Killed, it is
as dead as any. It ends only what it has started.
"""

import multiprocessing
import os
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from stamp_desktop.server.cli import main

PROGRAMS = multiprocessing.get_context("forkserver")


@dataclass
class ForkedServer:
    """As `ServerProcess`, on loopback, with its log in `data`/server.log."""

    data: Path
    url: str
    process: ForkServerProcess

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.join()

    def start_again(self) -> None:
        """On the same port, with the same data."""
        self.process, self.url = _started(self.data, int(self.url.rpartition(":")[2]))


def start(data: Path) -> ForkedServer:
    """A server that answers."""
    process, url = _started(data, 0)
    return ForkedServer(data, url, process)


def serve(data: Path, port: int, said: Connection) -> None:
    """The program: its output goes to whoever started it, its log to its file."""
    os.dup2(said.fileno(), 1)
    os.dup2(os.open(data / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    sys.exit(main(["serve", "--data", str(data), "--port", str(port)]))


def _started(data: Path, port: int) -> tuple[ForkServerProcess, str]:
    data.mkdir(parents=True, exist_ok=True)
    heard, said = PROGRAMS.Pipe(duplex=False)
    process = PROGRAMS.Process(target=serve, args=(data, port, said))
    process.start()
    said.close()
    with os.fdopen(os.dup(heard.fileno())) as lines:
        line = lines.readline()
    heard.close()
    if not line.startswith("Listening on "):
        process.kill()
        process.join()
        raise RuntimeError(f"The server did not start: {(data / 'server.log').read_text()[-2000:]}")
    return process, line.split()[-1]
