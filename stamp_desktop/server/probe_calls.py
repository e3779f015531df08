"""The probes as HTTP: turns, a stream of chance down, a sink up whose receiver counts, a small question.

They need no enrolment: a room is looked at before its computers are enrolled. What they may take is `probe`'s to say, and
nothing that comes in is kept but what a computer has measured, for the others behind its address and for some minutes.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
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
    STREAM_BYTES,
    STREAM_SECONDS,
    TURNS,
    UP,
    Counted,
    Gauged,
    Pinged,
    Shared,
    Turn,
    TurnWish,
)
from stamp_desktop.sync.words import decode, encode

CHUNK, SMALL_CHUNK, SMALL_BYTES = 64 * 2**10, 4 * 2**10, 2**20
"""A stream begins in small chunks: TLS hands on whole records only, and one of 16 KiB takes a second on a slow line."""
LINES = "application/jsonl"
BYTES = "application/octet-stream"
UNCHANGED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
"""No proxy is to squeeze what cannot be squeezed, or to collect it first (nginx's word for that)."""
Seconds = Annotated[int, Query(ge=1, le=STREAM_SECONDS)]


def add(app: FastAPI, house: House, body: Callable[..., Awaitable[bytes]]) -> None:
    """The calls; `house` tells the time and whether this is a room's hub, `body` reads one within bounds."""
    probes = Probes(house.incoming / "probes.json", house.turns, house.clock)

    def place(request: Request) -> str:
        return place_of(request.client.host if request.client else "", room=house.upstream is not None)

    @app.get(PING, openapi_extra=words(None, Pinged))
    async def ping(request: Request) -> Response:
        probes.ping(place(request))
        return answer(Pinged, Pinged(house.identity.id, house.clock.wall_ms()))

    @app.post(TURNS, openapi_extra=_turns(), status_code=201)
    def begin(request: Request, said: Annotated[bytes, Depends(body)]) -> Response:
        try:
            found = probes.begin(place(request), decode(TurnWish, said) if said else TurnWish())
        except Refused:
            metrics.PROBES.labels("later").inc()
            raise
        if isinstance(found, Shared):
            metrics.PROBES.labels("shared").inc()
            return answer(Shared, found)
        metrics.PROBES.labels("begun" if found.streams else "quiet").inc()
        return answer(Turn, found, 201)

    @app.put(f"{TURNS}/{{turn}}", openapi_extra={"requestBody": words(Gauged, Turn)["requestBody"]}, status_code=204)
    def leave(request: Request, turn: str, said: Annotated[bytes, Depends(body)]) -> Response:
        probes.leave(turn, place(request), decode(Gauged, said))
        return Response(status_code=204)

    @app.delete(f"{TURNS}/{{turn}}", status_code=204)
    def end(request: Request, turn: str) -> Response:
        probes.end(turn, place(request))
        return Response(status_code=204)

    @app.get(DOWN, response_class=Response, responses={200: {"description": "Bytes of chance", "content": {BYTES: {}}}})
    def down(request: Request, turn: str, seconds: Seconds) -> Response:
        probes.check(turn, place(request), seconds)
        return Downward(probes, turn, seconds)

    @app.post(UP, openapi_extra=words(None, Counted, media_type=LINES) | _any_body())
    def up(request: Request, turn: str, seconds: Seconds) -> Response:
        probes.check(turn, place(request), seconds, last=True)
        return Upward(probes, turn, seconds, house.clock)


def _turns() -> dict[str, Any]:
    """Two answers, both good: a turn, or what another computer has measured."""
    taken, shared = words(TurnWish, Turn, 201), words(None, Shared)
    return taken | {"responses": taken["responses"] | shared["responses"]}


def _any_body() -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}}


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
                    size = SMALL_CHUNK if sent < SMALL_BYTES else CHUNK
                    await send({"type": "http.response.body", "body": os.urandom(size), "more_body": True})
                    sent += size
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
