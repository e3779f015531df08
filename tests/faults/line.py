"""A line that does its worst: it cuts, drops answers, sends twice, late, slowly. Between a station and a real server.

It knows where a request ends and nothing else of HTTP. Everything that it does is drawn from one seed.
"""

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Mischief: TypeAlias = Literal["none", "drop", "cut", "mute", "twice", "late", "slow", "half"]
ALL: tuple[Mischief, ...] = ("none", "none", "none", "drop", "cut", "mute", "twice", "late", "slow", "half")
"""
drop: the request is lost. cut: a part of it arrives. mute: it arrives, the answer is lost. half: a part of the answer comes.
twice: it arrives twice. late: again, some requests later, when it is stale. slow: in small parts.
"""
PATIENCE = 20.0


@dataclass
class BadLine:
    """A listening address that leads to `port`. `piece_bytes` counts bodies of PATCH requests as the station sent them."""

    port: int
    dice: random.Random
    mischiefs: tuple[Mischief, ...] = ALL
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    done: dict[str, int] = field(default_factory=dict)
    piece_bytes: int = 0
    largest_piece: int = 0
    breaks: int = 0
    _late: list[bytes] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)
    _ended: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def serve(self) -> None:
        threads = []
        while not self._ended:
            try:
                near, _ = self.listening.accept()
            except OSError:
                break
            near.settimeout(PATIENCE)
            self._open.add(near)
            threads.append(threading.Thread(target=self._carry, args=(near,), name="bad line"))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def end(self) -> None:
        self._ended = True
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            while request := _message(near):
                with self._turn:
                    if not self._act(near, request):
                        break
        self._open.discard(near)

    def _act(self, near: socket.socket, request: bytes) -> bool:
        """Do something with a request; whether the connection lives on."""
        mischief = self.dice.choice(self.mischiefs)
        self.done[mischief] = self.done.get(mischief, 0) + 1
        if request.startswith(b"PATCH"):
            size = len(request.partition(b"\r\n\r\n")[2])
            self.piece_bytes += size
            self.largest_piece = max(self.largest_piece, size)
        while self._late and self.dice.random() < 0.3:
            _ask(self.port, self._late.pop(self.dice.randrange(len(self._late))))
        match mischief:
            case "drop":
                pass
            case "cut":
                _send(self.port, request[: self.dice.randrange(1, len(request))])
            case "mute":
                _ask(self.port, request)
            case "half":
                answer = _ask(self.port, request)
                near.sendall(answer[: self.dice.randrange(len(answer) or 1)])
            case _:
                if mischief == "twice":
                    _ask(self.port, request)
                if mischief == "late":
                    self._late.append(request)
                answer = _ask(self.port, request, 700 if mischief == "slow" else 0)
                near.sendall(answer)
                return bool(answer)
        self.breaks += 1
        return False


@contextmanager
def bad_line(port: int, seed: int, mischiefs: tuple[Mischief, ...] = ALL) -> Iterator[BadLine]:
    """A line to this port, as long as it is wanted."""
    line = BadLine(port, random.Random(seed), mischiefs)
    thread = threading.Thread(target=line.serve, name="bad line's door")
    thread.start()
    try:
        yield line
    finally:
        line.end()
        thread.join()


def _ask(port: int, request: bytes, part: int = 0) -> bytes:
    """Send a whole request over a connection of its own; the whole answer, b"" where there is none."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE) as far:
        for at in range(0, len(request), part or len(request)):
            far.sendall(request[at : at + (part or len(request))])
        return _message(far, head=request.startswith(b"HEAD"))
    return b""


def _send(port: int, some: bytes) -> None:
    """Send a part and break off."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE) as far:
        far.sendall(some)


def _message(from_: socket.socket, *, head: bool = False) -> bytes:
    """One whole request or answer, b"" at the end of the connection."""
    whole = bytearray()
    while b"\r\n\r\n" not in whole:
        if not (some := from_.recv(2**16)):
            return b""
        whole += some
    fore, _, body = bytes(whole).partition(b"\r\n\r\n")
    length = 0 if head else _length(fore)
    while len(body) < length:
        if not (some := from_.recv(2**18)):
            return b""
        body += some
    return fore + b"\r\n\r\n" + body


def _length(fore: bytes) -> int:
    for line in fore.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def until(work: Callable[[], bool], tries: int) -> int:
    """Do it until it is done; after how many tries. AssertionError when it never is."""
    for number in range(1, tries + 1):
        if work():
            return number
    raise AssertionError(f"not done after {tries} tries")
