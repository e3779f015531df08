"""Serving stations: the socket, TLS, worker processes. It refuses to speak without TLS to anybody but this computer itself,
unless a proxy is said to stand in front.
"""

import logging
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from stamp_desktop.server import logs, metrics, tls
from stamp_desktop.server.app import create_app
from stamp_desktop.server.goodbye import Lines
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.rooms import as_hub
from stamp_desktop.server.settings import Settings
from stamp_desktop.sync.trust import LOOPBACK
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)
BACKLOG = 2048
GRACE_SECONDS = 25
"""For calls that are under way when the server is asked to end; a seal is the longest."""
HEALTH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how to serve. `names` are what stations call this server; `metrics` is HOST:PORT or ""."""

    settings: Settings
    host: str
    port: int
    workers: int
    tls: bool
    proxied: bool
    names: tuple[str, ...]
    metrics: str
    log: logs.Form
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker process begins with: it makes its own application."""

    serving: Serving

    def __call__(self) -> FastAPI:
        logs.set_up(self.serving.log)
        return create_app(open_house(self.serving.settings))


def serve(house: House, serving: Serving, announce: Callable[[str], None]) -> None:
    """Until it is asked to end; `announce` is told the address. Trouble `line-open`, `address-taken`, `workers-unfit`."""
    _fit(house, serving)
    listening = _socket(serving)
    logs.set_up(serving.log)
    if serving.workers > 1:
        metrics.several_processes(serving.settings.data / "metrics")
    files = _certificate(house, serving) if serving.tls else None
    options = uvicorn.Config(
        Worker(serving) if serving.workers > 1 else create_app(house),
        factory=serving.workers > 1,
        workers=serving.workers,
        http=Lines,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        lifespan="off",
        backlog=BACKLOG,
        proxy_headers=serving.proxied,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        timeout_worker_healthcheck=HEALTH_SECONDS,
        ssl_certfile=files.chain if files else None,
        ssl_keyfile=files.key if files else None,
    )
    scheme = "https" if serving.tls else "http"
    announce(f"{scheme}://{_shown(serving.host)}:{listening.getsockname()[1]}")
    if serving.metrics:
        host, _, port = serving.metrics.rpartition(":")
        at = metrics.show(host.strip("[]"), int(port))
        log.info("Metrics at http://%s:%s/metrics", host, at)
    log.info("The server %s (fingerprint %s) is up", house.identity.id, house.identity.fingerprint)
    with closing(listening), as_hub(house, serving.host, listening.getsockname()[1], scheme, silent=serving.silent):
        if serving.workers > 1:
            house.store.close()
            Multiprocess(options, sockets=[listening]).run()
        else:
            uvicorn.Server(options).run(sockets=[listening])


def _fit(house: House, serving: Serving) -> None:
    if serving.host not in LOOPBACK and not (serving.tls or serving.proxied):
        raise Trouble(
            "line-open",
            "Without TLS the server serves this computer only.",
            "The server was not started.",
            "Leave --no-tls out, or say --behind-proxy when a proxy on the way ends TLS.",
        )
    if serving.workers > 1 and (not house.store.for_processes or sys.platform == "win32"):
        raise Trouble(
            "workers-unfit",
            "Several worker processes need PostgreSQL, and are not for Windows.",
            "The server was not started.",
            "Leave --workers out, or give --database postgresql://…",
        )


def _socket(serving: Serving) -> socket.socket:
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    try:
        made = socket.create_server((serving.host, serving.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Trouble(
            "address-taken",
            f"The server cannot listen on {_shown(serving.host)}:{serving.port} ({error.strerror or error}).",
            "It was not started.",
            "Stop what listens there, or choose another --host or --port.",
        ) from error
    # For those accepted from it: asyncio only does it for sockets that say they are TCP's, and `create_server`'s do not. Else
    # each small answer, whose head and body are two writes, waits 40 ms for the caller's delayed acknowledgement.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.set_inheritable(True)
    return made


def _certificate(house: House, serving: Serving) -> tls.Certificate:
    own = {socket.gethostname(), "localhost", "127.0.0.1"}
    if serving.host not in {"0.0.0.0", "::"}:  # noqa: S104 (everywhere is no name of this computer)
        own.add(serving.host)
    names = (*serving.names, *sorted(own - set(serving.names)))
    return tls.certificate(serving.settings.data / "tls", house.identity, names, house.clock.wall_ms())


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
