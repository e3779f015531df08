"""The probes as HTTP: a stream of chance down, a sink up whose receiver counts, a small question, a piece of a recording.

They need no enrolment: a room is looked at before its computers are enrolled. What they may take is `probe`'s to say, and
nothing that comes in is kept.
"""

import asyncio
import base64
import hashlib
import os
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from stamp_desktop.server import metrics
from stamp_desktop.server.answers import answer, words
from stamp_desktop.server.house import House
from stamp_desktop.server.probe import Probes, place_of
from stamp_desktop.server.refusals import Refused
from stamp_desktop.storage.clock import Clock
from stamp_desktop.sync.probe import (
    COUNT_MS,
    DOWN,
    PING,
    SPEECH,
    STREAM_BYTES,
    STREAM_SECONDS,
    TURNS,
    UP,
    Counted,
    Pinged,
    Spoken,
    Turn,
)
from stamp_desktop.sync.protocol import LARGEST_PIECE
from stamp_desktop.sync.words import encode

CHUNK = 64 * 2**10
LINES = "application/jsonl"
BYTES = "application/octet-stream"
UNCHANGED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
"""No proxy is to squeeze what cannot be squeezed, or to collect it first (nginx's word for that)."""
Seconds = Annotated[int, Query(ge=1, le=STREAM_SECONDS)]


def add(app: FastAPI, house: House) -> None:
    """The calls; `house` tells the time and whether this is a room's hub."""
    probes = Probes(house.incoming / "probes.json", house.turns, house.clock)

    def place(request: Request) -> str:
        return place_of(request.client.host if request.client else "", room=house.upstream is not None)

    @app.get(PING, openapi_extra=words(None, Pinged))
    async def ping(request: Request) -> Response:
        probes.ping(place(request))
        return answer(Pinged, Pinged(house.identity.id, house.clock.wall_ms()))

    @app.post(TURNS, openapi_extra=words(None, Turn, 201), status_code=201)
    def begin(request: Request) -> Response:
        try:
            turn = probes.begin(place(request))
        except Refused:
            metrics.PROBES.labels("later").inc()
            raise
        metrics.PROBES.labels("begun").inc()
        return answer(Turn, turn, 201)

    @app.delete(f"{TURNS}/{{turn}}", status_code=204)
    def end(request: Request, turn: str) -> Response:
        probes.end(turn, place(request))
        return Response(status_code=204)

    @app.get(DOWN, response_class=Response, responses={200: {"description": "Bytes of chance", "content": {BYTES: {}}}})
    def down(request: Request, turn: str, seconds: Seconds) -> Response:
        probes.check(turn, place(request))
        return Downward(probes, turn, seconds)

    @app.post(UP, openapi_extra=words(None, Counted, media_type=LINES) | _any_body())
    def up(request: Request, turn: str, seconds: Seconds) -> Response:
        probes.check(turn, place(request))
        return Upward(probes, turn, seconds, house.clock)

    @app.post(SPEECH, openapi_extra=words(None, Spoken) | _any_body())
    async def speech(request: Request, turn: str) -> Response:
        await run_in_threadpool(probes.check, turn, place(request))
        with probes.stream(turn):
            return answer(Spoken, await _piece(request, house.clock))


def _any_body() -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}


async def _piece(request: Request, clock: Clock) -> Spoken:
    """Read whole and verified, as a piece of a recording is."""
    parts, size, began = [], 0, 0
    async for part in request.stream():
        began = began or clock.mono_ms()
        parts.append(part)
        size += len(part)
        if size > LARGEST_PIECE:
            raise Refused(413, "too-large", f"A piece has at most {LARGEST_PIECE} bytes.")
    digest = base64.b64encode(hashlib.sha256(b"".join(parts)).digest()).decode()
    if request.headers.get("upload-checksum") != f"sha256 {digest}":
        raise Refused(460, "piece-altered", "The piece is not what was sent.")
    metrics.PROBE_BYTES.labels("up").inc(size)
    return Spoken(size, clock.mono_ms() - began if began else 0)


class Downward(Response):
    """Fresh random bytes, as fast as they go, until the time is over, it is enough, or the caller has gone."""

    def __init__(self, probes: Probes, turn: str, seconds: float) -> None:
        super().__init__(media_type=BYTES, headers=UNCHANGED)
        del self.headers["content-length"]
        self._hold = partial(probes.stream, turn)
        self._seconds = seconds

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        sent, loop = 0, asyncio.get_running_loop()
        end = loop.time() + self._seconds
        with self._hold():
            gone = asyncio.ensure_future(_until_gone(receive))
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                while loop.time() < end and sent < STREAM_BYTES and not gone.done():
                    await send({"type": "http.response.body", "body": os.urandom(CHUNK), "more_body": True})
                    sent += CHUNK
                    await asyncio.sleep(0)  # a line that takes all at once would leave nobody else a turn
                await send({"type": "http.response.body", "body": b""})
            finally:
                gone.cancel()
                metrics.PROBE_BYTES.labels("down").inc(sent)


class Upward(Response):
    """Takes what comes and says, while it comes, how much has arrived: a sender only knows what it has handed on."""

    def __init__(self, probes: Probes, turn: str, seconds: float, clock: Clock) -> None:
        super().__init__(media_type=LINES, headers=UNCHANGED | {"Connection": "close"})
        del self.headers["content-length"]
        self._hold = partial(probes.stream, turn)
        self._ms = int(seconds * 1000)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken, began, said = 0, 0, 0
        with self._hold():
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                with suppress(ClientDisconnect):
                    async for part in Request(scope, receive).stream():
                        now = self._clock.mono_ms()
                        began, taken = began or now, taken + len(part)
                        if now - began - said >= COUNT_MS or taken == len(part):
                            said = now - began
                            await send({"type": "http.response.body", "body": _line(said, taken), "more_body": True})
                        if said >= self._ms or taken >= STREAM_BYTES:
                            break
                last = self._clock.mono_ms() - began if began else 0
                await send({"type": "http.response.body", "body": _line(last, taken)})
            finally:
                metrics.PROBE_BYTES.labels("up").inc(taken)


def _line(ms: int, taken: int) -> bytes:
    return encode(Counted, Counted(ms, taken)) + b"\n"


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
