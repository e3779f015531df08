"""Filling the line: six streams at once, down or up, and what arrives of them by time. One thread reads or writes them all.

Downloads are counted here as they arrive. **Uploads are counted by the receiver**, who says so while it receives: what a sender
has written lies in its own buffers for seconds, which on an uplink of 1 Mbit/s is most of it.
"""

import re
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

from stamp_desktop.readiness.line_facts import Rate, rate_of
from stamp_desktop.readiness.line_way import StoppedError, Way, opened
from stamp_desktop.sync.probe import DOWN, STREAM_BYTES, UP, Turn

STREAMS = 6
WARM_SECONDS = 2.0
COUNTED_SECONDS, SLOW_COUNTED_SECONDS = 8.0, 12.0
SLOW_LINE = 5.0
"""Mbit/s below which is counted for longer: there a queue is worth seconds of an upload, and of a download, which TLS hands on
in whole records only, what six streams have begun to bring is worth some percent of eight seconds."""
GRACE_SECONDS = 8.0
"""For counts that are still on their way when the time is over."""
BLOCK = 64 * 2**10
SMALL_BLOCK, SMALL_BYTES = 4 * 2**10, 2**20
"""A stream begins in small records: one of 16 KiB, which counts when it is whole, takes a second of a slow line."""
READS = 16
CHANCE = 2**20
"""Random bytes of which uploads are cut, each stream at another place: squeezing them on the way gains nothing."""
COUNT = re.compile(rb'\{"bytes":(\d{1,15}),"ms":(\d{1,9})\}')
WANTS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Times:
    """How long is not counted, is counted, and is counted on a slow line, in seconds."""

    warm: float = WARM_SECONDS
    counted: float = COUNTED_SECONDS
    slow: float = SLOW_COUNTED_SECONDS


@dataclass(slots=True)
class _Stream:
    made: socket.socket
    out: memoryview
    heard: bytearray = field(default_factory=bytearray)
    whole_head: bool = False
    written: int = 0
    ended: bool = False
    counts: list[tuple[float, int]] = field(default_factory=list)


def fill_down(way: Way, turn: Turn, times: Times, running: Callable[[float], None]) -> Rate:
    """`running` is told the share of the time that is over, some times a second. StoppedError."""
    seconds = int(times.warm + max(times.counted, times.slow) + GRACE_SECONDS)
    path = f"{DOWN}?turn={turn.id}&seconds={min(seconds, turn.stream_seconds)}"
    arrived: list[tuple[float, int]] = []
    streams = _open(way, turn, f"GET {way.target(path)} HTTP/1.1\r\nHost: {way.named}\r\n\r\n".encode(), b"")
    buffer = bytearray(BLOCK)
    try:
        with selectors.DefaultSelector() as waiting:
            for each in streams:
                each.made.sendall(each.out)
                each.made.setblocking(False)
                waiting.register(each.made, selectors.EVENT_READ, each)
            began = time.monotonic()
            end, told, longer = began + times.warm + times.counted, 0.0, times.slow - times.counted
            while (now := time.monotonic()) < end or longer > 0:
                if now >= end:
                    if rate_of(arrived, began + times.warm, end, len(streams)).mbit >= SLOW_LINE:
                        break
                    end, longer = end + longer, 0.0
                if now - told > 0.2:
                    running((now - began) / (end - began))
                    told = now
                for key, _ in waiting.select(min(0.2, end - now)):
                    if size := _read(key.data, buffer):
                        arrived.append((time.monotonic(), size))
                    elif key.data.ended:
                        waiting.unregister(key.fileobj)
    finally:
        _hang_up(streams)
    if not arrived:
        raise StoppedError("probes", "silent", "no byte arrived")
    if all(each.ended for each in streams):
        end = _cut(arrived[-1][0] - began, sum(size for _, size in arrived), turn) + began
    return rate_of(arrived, min(began + times.warm, began + (end - began) / 4), end, len(streams))


def fill_up(way: Way, turn: Turn, times: Times, running: Callable[[float], None], chance: bytes) -> Rate:
    """`chance`: at least CHANCE random bytes. StoppedError; `lying` when more was counted than was sent."""
    longest = int(times.warm + max(times.counted, times.slow) + GRACE_SECONDS)
    path = f"{UP}?turn={turn.id}&seconds={min(longest, turn.stream_seconds)}"
    size = min(turn.stream_bytes, STREAM_BYTES)
    head = f"POST {way.target(path)} HTTP/1.1\r\nHost: {way.named}\r\nContent-Type: application/octet-stream\r\n"
    streams = _open(way, turn, f"{head}Content-Length: {size}\r\n\r\n".encode(), chance)
    counted = times.counted
    try:
        with selectors.DefaultSelector() as waiting:
            for each in streams:
                each.made.setblocking(False)
                waiting.register(each.made, selectors.EVENT_READ | selectors.EVENT_WRITE, each)
            began, told = time.monotonic(), 0.0
            until = times.warm + counted
            while (now := time.monotonic()) < began + until + GRACE_SECONDS:
                if now - told > 0.2:
                    running(min(1.0, (now - began) / until))
                    told = now
                for key, events in waiting.select(0.2):
                    _write_and_hear(key.data, events, chance)
                    if key.data.ended:
                        waiting.unregister(key.fileobj)
                heard = _heard_through(streams)
                if heard >= until * 1000:
                    slow = _between(streams, times.warm, until).mbit < SLOW_LINE
                    if not slow or counted >= times.slow:
                        break
                    counted = times.slow
                    until = times.warm + counted
    finally:
        _hang_up(streams)
    return _checked(streams, times.warm, counted, turn)


def _open(way: Way, turn: Turn, head: bytes, body: bytes) -> list[_Stream]:
    """All of them before the first one begins."""
    streams: list[_Stream] = []
    try:
        for number in range(min(STREAMS, turn.streams)):
            at = number * len(body) // (STREAMS + 1)
            streams.append(_Stream(opened(way), memoryview(head + body[at : at + BLOCK])))
    except BaseException:
        _hang_up(streams)
        raise
    return streams


def _read(stream: _Stream, buffer: bytearray) -> int:
    """Bytes of the body that came, with whatever frames them (a tenth of a thousandth). TLS gives 16 KiB at a time."""
    total = 0
    for _ in range(READS):
        try:
            size = stream.made.recv_into(buffer)
        except WANTS:
            break
        except OSError:
            size = 0
        if not size:
            stream.ended = True
            break
        if stream.whole_head:
            total += size
            continue
        stream.heard += buffer[:size]
        head, found, body = bytes(stream.heard).partition(b"\r\n\r\n")
        if found:
            _said_yes(head, body)
            stream.whole_head = True
            total += len(body)
    return total


def _said_yes(head: bytes, body: bytes) -> None:
    status = head.split(b" ", 2)[1:2]
    if status == [b"429"]:
        raise StoppedError("probes", "silent", "the server has no time for this now")
    if status != [b"200"]:
        raise StoppedError("probes", "lying", f"{head[:60].decode('latin-1')!r}, {body[:60].decode('latin-1')!r}")


def _write_and_hear(stream: _Stream, events: int, chance: bytes) -> None:
    if events & selectors.EVENT_READ:
        try:
            some = stream.made.recv(BLOCK)
        except WANTS:
            some = None
        except OSError:
            some = b""
        if some == b"":
            stream.ended = True
            return
        if some:
            _hear(stream, some)
    if events & selectors.EVENT_WRITE:
        with suppress(*WANTS):
            try:
                for _ in range(4):
                    if not stream.out:
                        at = stream.written % (len(chance) - BLOCK)
                        stream.out = memoryview(chance)[at : at + BLOCK]
                    size = stream.made.send(stream.out[:SMALL_BLOCK] if stream.written < SMALL_BYTES else stream.out)
                    stream.out = stream.out[size:]
                    stream.written += size
            except (BrokenPipeError, ConnectionResetError):
                stream.ended = True


def _hear(stream: _Stream, some: bytes) -> None:
    stream.heard += some
    if not stream.whole_head:
        head, found, _ = bytes(stream.heard).partition(b"\r\n\r\n")
        if not found:
            return
        _said_yes(head, b"")
        stream.whole_head = True
    last = 0
    for match in COUNT.finditer(stream.heard):
        stream.counts.append((int(match[2]) / 1000, int(match[1])))
        last = match.end()
    del stream.heard[:last]


def _heard_through(streams: Sequence[_Stream]) -> float:
    """Milliseconds up to which every receiver has counted; those that have ended have no more to say."""
    going = [each.counts[-1][0] if each.counts else 0.0 for each in streams if not each.ended]
    return 1000 * min(going, default=float("inf"))


def _at(counts: Sequence[tuple[float, int]], moment: float) -> float:
    """Bytes that had arrived by then, in a straight line between two counts."""
    before = (0.0, 0)
    for after in counts:
        if after[0] >= moment:
            span = after[0] - before[0]
            return before[1] + (after[1] - before[1]) * ((moment - before[0]) / span if span else 1.0)
        before = after
    return float(before[1])


def _between(streams: Sequence[_Stream], start: float, end: float) -> Rate:
    seconds = end - start
    marks = [start + number for number in range(max(1, int(seconds)))] + [end]
    totals = [sum(_at(each.counts, mark) for each in streams) for mark in marks]
    spans = [after - before for before, after in pairwise(marks)]
    slots = tuple((after - before) * 8 / 1e6 / span for (before, after), span in zip(pairwise(totals), spans, strict=True))
    return Rate((totals[-1] - totals[0]) * 8 / 1e6 / seconds, seconds, len(streams), slots)


def _cut(after: float, size: int, turn: Turn) -> float:
    """Seconds after which all streams had ended; right only where the line is so fast that they were full by then."""
    if size < 0.9 * turn.stream_bytes * min(STREAMS, turn.streams):
        raise StoppedError("probes", "broken", f"all streams ended after {after:.1f} s")
    return after


def _checked(streams: Sequence[_Stream], warm: float, counted: float, turn: Turn) -> Rate:
    if not any(each.counts for each in streams):
        raise StoppedError(
            "probes", "silent", "the receiver said nothing of what it received; something on the way collects it"
        )
    if any(each.counts and each.counts[-1][1] > each.written + BLOCK for each in streams):  # TLS may hold a record that it took
        raise StoppedError("probes", "lying", "more was counted than was sent")
    heard = min(max((each.counts[-1][0] if each.counts else 0.0) for each in streams), warm + counted)
    if heard < warm + counted / 2:
        heard = _cut(heard, sum(each.counts[-1][1] for each in streams if each.counts), turn)
        warm = heard / 4
    return _between(streams, warm, heard)


def _hang_up(streams: Sequence[_Stream]) -> None:
    """At once: what still waits to be sent is thrown away, or it would fill the line of whoever comes next."""
    for each in streams:
        with suppress(OSError):
            each.made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            each.made.close()
