"""Around every call: it is counted, a refusal is logged, and a fault of the program ends in a refusal. It reads no body."""

import logging
import time
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stamp_desktop.server import metrics
from stamp_desktop.sync.probe import PROBE
from stamp_desktop.sync.words import Refusal

log = logging.getLogger(__name__)
SLOW_SECONDS = 2.0
GONE = 499
"""Counted for a caller who went away before the answer."""


class Watch:
    """ASGI around ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            status = status or GONE
        except Exception:
            log.exception("A call met a fault of the program", extra=_call(scope, 500))
            metrics.FAULTS.inc()
            if status:
                raise
            status = 500
            await _faulty(send)
        took = time.monotonic() - began
        path = _path(scope)
        metrics.CALLS.labels(f"{scope['method']} {path}", str(status)).inc()
        metrics.SECONDS.labels(f"{scope['method']} {path}").observe(took)
        if took > SLOW_SECONDS and not path.startswith(PROBE):  # those last as long as they are asked to
            log.warning("A call took %.1f s", took, extra=_call(scope, status))
        else:
            log.debug("A call", extra=_call(scope, status) | {"seconds": round(took, 4)})


async def _faulty(send: Send) -> None:
    said = Refusal("server-fault", "The server has a fault.", "Everything stays on this computer.", "It tries again by itself.")
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"30")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": said.encode()})


def _path(scope: Scope) -> str:
    """As it stands on the OpenAPI page: without ids."""
    return getattr(scope.get("route"), "path", "unknown")


def _call(scope: Scope, status: int) -> dict[str, Any]:
    return {"call": f"{scope['method']} {_path(scope)}", "status": status}
