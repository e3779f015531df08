"""A line of a known rate, delay and loss, between two computers that exist only while it is wanted. Linux, as root.

Three network namespaces: near, a router, far. The router's qdiscs (`tbf`) are the bottleneck of each direction; the kernel
may lack `netem`, so every packet also goes through a TUN device and a process of our own that keeps it for half the round
trip and loses some. Nothing has a name that could be left behind: the namespaces live as long as their processes, and those
are killed by the kernel when whoever asked for them ends, however it ends.
"""

import argparse
import ctypes
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.platform == "linux":
    import fcntl

NEAR, FAR = "10.77.1.2", "10.77.2.2"
TOOLS = ("ip", "tc", "ethtool", "nsenter", "unshare", "setpriv")
LONGEST_SECONDS = 3 * 3600
PAYLOAD, FRAME = 1448, 1514
"""Of a full TCP segment with timestamps, and of the frame that carries it: a rate of R has a goodput of R x 1448/1514."""
HELD_SECONDS = 0.02
"""How much longer a packet is kept that others are to overtake."""
CLONE_NEWNET = 0x40000000
TUN = 0x400454CA, 0x0001 | 0x1000  # TUNSETIFF, IFF_TUN | IFF_NO_PI


@dataclass(frozen=True, slots=True)
class Shape:
    """A line as the near end sees it: rates in Mbit/s, `loss` as a share of the packets in each direction.

    `queue_ms`: how long the bottleneck's queue is when it is full. `congestion`: how both ends' TCP behaves. `twice`: the share
    of packets that come twice, `late`: of those that others overtake.
    """

    down: float
    up: float
    rtt_ms: float = 30.0
    loss: float = 0.0
    queue_ms: float = 100.0
    congestion: str = "cubic"
    twice: float = 0.0
    late: float = 0.0

    def goodput(self, rate: float) -> float:
        return rate * PAYLOAD / FRAME


@dataclass(frozen=True, slots=True)
class End:
    """One end of the line; `address` is its own."""

    address: str
    pid: int

    def command(self, *words: str) -> list[str]:
        """The command that runs this one there, and ends with whoever started it."""
        return ["setpriv", "--pdeathsig", "KILL", "--", "nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *words]

    def run(self, *words: str, timeout: float = 60.0) -> str:
        """Its output; CalledProcessError when it fails."""
        return subprocess.run(self.command(*words), check=True, capture_output=True, text=True, timeout=timeout).stdout

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        """`options` are Popen's."""
        return subprocess.Popen(self.command(*words), text=True, **options)


@dataclass(frozen=True, slots=True)
class ShapedLine:
    shape: Shape
    near: End
    router: End
    far: End


def missing(*more: str) -> str:
    """Why there can be no shaped line here; "" where there can. `more`: programs that are needed besides."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a shaped line needs Linux and root"
    if gone := [tool for tool in (*TOOLS, *more) if not shutil.which(tool)]:
        return f"missing for a shaped line: {', '.join(gone)}"
    if not Path("/dev/net/tun").exists():
        return "a shaped line needs /dev/net/tun"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "a shaped line needs leave to make network namespaces"


def ended(process: int, seconds: float) -> bool:
    """Whether the process of this descriptor (`os.pidfd_open`) ends within that time."""
    return bool(select.select((process,), (), (), seconds)[0])


@contextmanager
def shaped(shape: Shape, seed: int = 1) -> Iterator[ShapedLine]:
    """The line, as long as it is wanted. `seed` decides which packets are lost, as far as their order is the same."""
    started: list[subprocess.Popen[str]] = []
    try:
        near, router, far = (_namespace(started, address) for address in (NEAR, "", FAR))
        _join(router, near, "near", 1, shape)
        _join(router, far, "far", 2, shape)
        for side, rate in (("near", shape.down), ("far", shape.up)):
            _limit(router, side, rate, shape.queue_ms)
        _delay(started, router, shape, seed)
        yield ShapedLine(shape, near, router, far)
    finally:
        for process in reversed(started):
            process.kill()
        for process in started:
            process.communicate()


@contextmanager
def standing(end: End) -> Iterator[None]:
    """Whatever this thread connects or listens to is at that end meanwhile; so is a thread that it starts."""
    own = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{end.pid}/ns/net", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(own)
        os.close(own)
        os.close(there)


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _namespace(started: "list[subprocess.Popen[str]]", address: str) -> End:
    command = ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--net", "--"]
    command += ["sh", "-c", f"echo made; exec sleep {LONGEST_SECONDS}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    started.append(process)
    if not (process.stdout and process.stdout.readline()):
        raise RuntimeError("no network namespace could be made")
    end = End(address, process.pid)
    end.run("ip", "link", "set", "lo", "up")
    return end


def _join(router: End, end: End, name: str, number: int, shape: Shape) -> None:
    """A cable from the router's `name` to the end's `line`; packets of every size travel as they are, not put together."""
    router.run("ip", "link", "add", name, "type", "veth", "peer", "name", "line", "netns", str(end.pid))
    net = f"10.77.{number}"
    _up(router, name, f"{net}.1")
    _up(end, "line", end.address)
    end.run("ip", "route", "add", "default", "via", f"{net}.1", "congctl", shape.congestion)
    _set(end, "ipv4/tcp_no_metrics_save", "1")  # or each measurement would begin where the one before has ended


def _up(end: End, device: str, address: str) -> None:
    end.run("ethtool", "-K", device, "tso", "off", "gso", "off", "gro", "off")
    end.run("ip", "addr", "add", f"{address}/24", "dev", device)
    end.run("ip", "link", "set", device, "up")


def _limit(router: End, device: str, mbit: float, queue_ms: float) -> None:
    burst = max(2 * FRAME, int(mbit * 250))  # two milliseconds
    limit = burst + max(4 * FRAME, int(mbit * 125 * queue_ms))
    rate = f"{int(mbit * 1e6)}bit"
    router.run("tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", rate, "burst", str(burst), "limit", str(limit))


def _delay(started: "list[subprocess.Popen[str]]", router: End, shape: Shape, seed: int) -> None:
    """What comes in from either side is sent through the delaying process, and from there on its way."""
    facts = (shape.rtt_ms / 2, shape.loss, seed, shape.twice, shape.late)
    words = (sys.executable, "-S", __file__, *map(str, facts))
    process = router.start(*words, stdout=subprocess.PIPE)
    started.append(process)
    if not (process.stdout and process.stdout.readline()):
        raise RuntimeError("no TUN device could be made")
    router.run("ip", "link", "set", "delay", "up", "txqueuelen", "20000")
    router.run("ip", "route", "add", "default", "dev", "delay", "table", "100")
    for side in ("near", "far"):
        router.run("ip", "rule", "add", "iif", side, "table", "100")
    _set(router, "ipv4/ip_forward", "1")
    for name in ("all", "delay", "near", "far"):
        _set(router, f"ipv4/conf/{name}/rp_filter", "0")


def _set(end: End, name: str, value: str) -> None:
    end.run("sh", "-c", f"echo {value} > /proc/sys/net/{name}")


def delay(seconds: float, loss: float, seed: int, twice: float, late: float) -> None:
    """Keep each packet of the TUN device `delay` so long; lose, repeat and hold back these shares. Until it is killed."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # a fifth of a processor at 100 Mbit/s, but in time
    dice, waiting, held = random.Random(seed).random, deque[tuple[float, bytes]](), deque[tuple[float, bytes]]()
    request, flags = TUN
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, request, struct.pack("16sH", b"delay", flags))
    sys.stdout.write("made\n")
    sys.stdout.flush()
    now, read, write = time.monotonic, os.read, os.write
    while True:
        first = min((queue[0][0] for queue in (waiting, held) if queue), default=None)
        wait = None if first is None else max(0.0, first - now())
        ready = select.select((device,), (), (), wait)[0]
        if ready:
            due = now() + seconds
            with suppress(BlockingIOError):
                for _ in range(256):
                    packet = read(device, 2048)
                    if loss and dice() < loss:
                        continue
                    if late and dice() < late:
                        held.append((due + HELD_SECONDS, packet))
                        continue
                    waiting.append((due, packet))
                    if twice and dice() < twice:
                        waiting.append((due, packet))
        at = now()
        for queue in (waiting, held):
            while queue and queue[0][0] <= at:
                with suppress(OSError):
                    write(device, queue.popleft()[1])


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("milliseconds", type=float)
    asked.add_argument("loss", type=float)
    asked.add_argument("seed", type=int)
    asked.add_argument("twice", type=float)
    asked.add_argument("late", type=float)
    said = asked.parse_args()
    delay(said.milliseconds / 1000, said.loss, said.seed, said.twice, said.late)
