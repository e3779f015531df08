"""The server's calls as HTTP: what comes in is proved, read and handed on; what goes out is a record or a refusal.

It decides nothing. Calls and refusals are described in docs/protocol.md; the OpenAPI page is made of the same records.
"""

import base64
import logging
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from stamp_desktop.server import (
    consoles,
    devices,
    imports,
    lab_calls,
    logins,
    metrics,
    moving,
    packages,
    probe_calls,
    receipts,
    recordings,
    room,
    roster,
    sessions,
    unlock_calls,
)
from stamp_desktop.server.answers import JSON, Call
from stamp_desktop.server.answers import answer as _record
from stamp_desktop.server.answers import words as _words
from stamp_desktop.server.house import House
from stamp_desktop.server.logins import Login
from stamp_desktop.server.refusals import Refused, refusal_of, status_of
from stamp_desktop.server.watch import Watch
from stamp_desktop.sync import probe
from stamp_desktop.sync.console import GroupsInReach, SessionsInReach, SignedIn, SignIn
from stamp_desktop.sync.protocol import (
    LARGEST_BODY,
    LARGEST_RECORDING,
    PREFIX,
    REFUSAL_HEADER,
    TUS,
    Acked,
    Elsewhere,
    Enrol,
    Enrolled,
    Events,
    Health,
    Imported,
    Introduction,
    KeyWish,
    KnownDevices,
    Roster,
    Rows,
    Seal,
    SealedKey,
    SealedKeys,
    ServerKeys,
    SessionBegin,
    SessionState,
    TakeOver,
)
from stamp_desktop.sync.signing import read_authorization
from stamp_desktop.sync.words import Refusal, Signed, b64, decode
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)
CONSOLE = (SignIn, SignedIn, GroupsInReach, SessionsInReach, *lab_calls.RECORDS, *unlock_calls.RECORDS)
REFUSED = {
    "description": "A refusal: code, what, meaning, todo, and facts for the program beside them",
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}
RECORDS = (
    Enrol,
    Enrolled,
    Roster,
    SealedKeys,
    ServerKeys,
    SessionBegin,
    SessionState,
    Events,
    Acked,
    Seal,
    Signed,
    Imported,
    Introduction,
    KnownDevices,
    Elsewhere,
    Rows,
    TakeOver,
    KeyWish,
    SealedKey,
    Health,
)


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused(413, "too-large", f"A message has at most {LARGEST_BODY} bytes.")
        parts.append(part)
    return b"".join(parts)


async def _house(request: Request) -> House:
    return _house_of(request)


def _house_of(request: Request) -> House:
    house: House = request.app.state.house
    return house


def _target(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return (raw + (b"?" + query if query else b"")).decode("latin-1")


def _call(request: Request, body: Annotated[bytes, Depends(_body)]) -> Call:
    house = _house_of(request)
    authorization = request.headers.get("authorization", "")
    return Call(house, devices.proved(house, request.method, _target(request), authorization, body), body)


async def _at_once(request: Request, work: Callable[[Call], Response]) -> Response:
    """Prove the request and do the work on one thread: calls that come by the thousand go from thread to thread once."""
    body = await _body(request)
    return await run_in_threadpool(lambda: work(_call(request, body)))


async def _spooled(request: Request) -> imports.Spooled:
    """A body that is too large for memory, in a file; whoever takes it removes it. Only of computers that are known."""
    house, authorization = _house_of(request), request.headers.get("authorization", "")
    devices.require_signature(authorization)
    await run_in_threadpool(devices.signer, house, read_authorization(authorization)[0])
    return await imports.spooled(house, _target(request), authorization, request.stream())


def _login(request: Request) -> Login:
    return logins.signed_in(_house_of(request), request.headers.get("authorization", ""))


Proved = Annotated[Call, Depends(_call)]
Body = Annotated[bytes, Depends(_body)]
Here = Annotated[House, Depends(_house)]
SignedInBy = Annotated[Login, Depends(_login)]


def create_app(house: House) -> FastAPI:
    """The application; `house` stays the caller's to close."""
    app = FastAPI(title="STAMP Desktop server", version="1", docs_url=None, redoc_url=None)
    app.state.house = house
    _refusals(app)
    _stations(app)
    _deliveries(app)
    _uploads(app)
    _consoles(app)
    probe_calls.add(app, house, _body)
    lab_calls.add(app, house, _call, _body)
    unlock_calls.add(app, house, _call)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # the documented way to add to what FastAPI finds
    return app


def _stations(app: FastAPI) -> None:
    @app.get(f"{PREFIX}/health", openapi_extra=_words(None, Health))
    def health(house: Here) -> Response:
        return _record(Health, Health("ok", 1, house.identity.id, house.clock.wall_ms()))

    @app.get(f"{PREFIX}/ready", openapi_extra=_words(None, Health))
    def ready(house: Here) -> Response:
        house.check()
        return _record(Health, Health("ok", 1, house.identity.id, house.clock.wall_ms()))

    @app.get(f"{PREFIX}/identity", openapi_extra=_words(None, ServerKeys))
    def keys(house: Here) -> Response:
        announced = house.upstream.announced if house.upstream else house.identity.announced
        return _record(ServerKeys, ServerKeys(house.server.id, announced))

    @app.post(f"{PREFIX}/devices", openapi_extra=_words(Enrol, Enrolled, 201), status_code=201)
    def enrol(house: Here, body: Body) -> Response:
        return _record(Enrolled, devices.enrol(house, decode(Enrol, body)), 201)

    @app.get(f"{PREFIX}/hub", openapi_extra=_words(None, Introduction))
    def hub(house: Here, nonce: str) -> Response:
        return _record(Introduction, room.introduce(house, nonce))

    @app.get(f"{PREFIX}/hub/word", openapi_extra=_words(None, Signed))
    def word(call: Proved) -> Response:
        return _record(Signed, room.word(call.house, call.device))

    @app.get(f"{PREFIX}/hub/devices", openapi_extra=_words(None, KnownDevices))
    def known_devices(call: Proved, after: str = "") -> Response:
        return _record(KnownDevices, room.known_devices(call.house, call.device, after))

    @app.post(f"{PREFIX}/hub/devices", openapi_extra=_words(KnownDevices, KnownDevices))
    def adopt_devices(call: Proved) -> Response:
        room.adopt_devices(call.house, call.device, decode(KnownDevices, call.body))
        return _record(KnownDevices, KnownDevices(()))

    @app.get(f"{PREFIX}/roster", openapi_extra=_words(None, Roster))
    def changes(call: Proved, cursor: str = "") -> Response:
        return _record(Roster, roster.changes(call.house, call.device, cursor))

    @app.get(f"{PREFIX}/packages/{{package}}/{{version}}", response_class=FileResponse)
    def package_file(call: Proved, request: Request, package: str, version: str) -> FileResponse:
        found = packages.package_file(call.house, call.device, package, version)
        digest = f"sha-256=:{base64.b64encode(found.sha256).decode()}:"
        headers = {"ETag": f'"{found.sha256.hex()}"', "Repr-Digest": digest}
        asked = request.headers.get("range", "")
        if not asked:  # RFC 9530: Content-Digest is of what is sent, Repr-Digest of the whole
            headers["Content-Digest"] = digest
        start = re.fullmatch(r"bytes=(\d{1,15})-", asked, re.ASCII)
        if start and int(start[1]) >= found.path.stat().st_size:
            raise Refused(416, "range-unfit", "The package has no bytes there.")
        return FileResponse(found.path, media_type="application/octet-stream", headers=headers)

    @app.get(f"{PREFIX}/packages/{{package}}/{{version}}/keys", openapi_extra=_words(None, SealedKeys))
    def package_keys(call: Proved, package: str, version: str, group: str) -> Response:
        return _record(SealedKeys, packages.sealed_keys(call.house, call.device, package, version, group))


def _deliveries(app: FastAPI) -> None:
    path = f"{PREFIX}/sessions/{{session}}"

    @app.put(path, openapi_extra=_words(SessionBegin, SessionState))
    def begin(call: Proved, session: str) -> Response:
        facts = decode(SessionBegin, call.body)
        sessions.begin(call.house, call.device, session, facts)
        return _record(SessionState, sessions.state(call.house, call.device, session, facts.epoch))

    @app.get(path, openapi_extra=_words(None, SessionState))
    def state(call: Proved, session: str) -> Response:
        return _record(SessionState, sessions.state(call.house, call.device, session))

    @app.get(f"{path}/copy", openapi_extra=_words(None, Elsewhere))
    def elsewhere(call: Proved, session: str) -> Response:
        return _record(Elsewhere, moving.elsewhere(call.house, call.device, session))

    @app.get(f"{path}/events", openapi_extra=_words(None, Rows))
    def rows(call: Proved, session: str, after: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
        return _record(Rows, moving.rows(call.house, call.device, session, after))

    @app.post(f"{path}/take", openapi_extra=_words(TakeOver, SessionState))
    def take_over(call: Proved, session: str) -> Response:
        wish = decode(TakeOver, call.body)
        moving.take_over(call.house, call.device, session, wish)
        return _record(SessionState, sessions.state(call.house, call.device, session, wish.epoch))

    @app.post(f"{PREFIX}/hub/keys", openapi_extra=_words(KeyWish, SealedKey))
    def key_for(call: Proved) -> Response:
        return _record(SealedKey, moving.key_for(call.house, call.device, decode(KeyWish, call.body)))

    @app.post(f"{path}/events", openapi_extra=_words(Events, Acked))
    async def events(request: Request, session: str) -> Response:
        def take(call: Call) -> Response:
            said = decode(Events, call.body)
            acked = sessions.receive(call.house, call.device, session, said)
            metrics.EVENTS.inc(len(said.events))
            return _record(Acked, acked)

        return await _at_once(request, take)

    @app.post(f"{PREFIX}/import", openapi_extra=_words(None, Imported))
    def take_in(file: Annotated[imports.Spooled, Depends(_spooled)]) -> Response:
        try:
            device = devices.proved_of(file.house, "POST", file.target, file.authorization, file.sha256)
            return _record(Imported, imports.take(file.house, file.path, device.organization))
        finally:
            file.path.unlink(missing_ok=True)

    @app.post(f"{path}/seal", openapi_extra=_words(Seal, Signed))
    def seal(call: Proved, session: str) -> Response:
        signed = receipts.seal(call.house, call.device, session, decode(Seal, call.body))
        metrics.RECEIPTS.inc()
        return _record(Signed, signed)


def _uploads(app: FastAPI) -> None:
    path = f"{PREFIX}/recordings"
    tus = {"Tus-Resumable": TUS, "Cache-Control": "no-store"}

    async def speaks_tus(request: Request) -> None:
        if request.headers.get("tus-resumable") != TUS:
            raise Refused(412, "tus-version", f"Recordings are taken by tus {TUS}.")

    asks_tus = [Depends(speaks_tus)]

    @app.options(path, status_code=204)
    def abilities() -> Response:
        can = {
            "Tus-Version": TUS,
            "Tus-Extension": "creation,checksum",
            "Tus-Checksum-Algorithm": ",".join(recordings.CHECKSUMS),
        }
        return Response(status_code=204, headers={**tus, **can, "Tus-Max-Size": str(LARGEST_RECORDING)})

    @app.post(path, status_code=201, dependencies=asks_tus)
    def create(call: Proved, request: Request) -> Response:
        said = request.headers
        upload = recordings.create(call.house, call.device, said.get("upload-length", ""), said.get("upload-metadata", ""))
        return Response(
            status_code=201, headers={**tus, "Location": f"{path}/{upload.id}", "Upload-Offset": str(upload.offset)}
        )

    @app.head(f"{path}/{{upload}}", dependencies=asks_tus)
    def offset(call: Proved, upload: str) -> Response:
        found = recordings.offset(call.house, call.device, upload)
        return Response(headers={**tus, "Upload-Offset": str(found.offset), "Upload-Length": str(found.length)})

    @app.patch(f"{path}/{{upload}}", status_code=204, dependencies=asks_tus)
    async def append(request: Request, upload: str) -> Response:
        def take(call: Call) -> Response:
            said = request.headers
            if said.get("content-type") != "application/offset+octet-stream":
                raise Refused(415, "content-type", "A piece of a recording is application/offset+octet-stream.")
            at, checksum = said.get("upload-offset", ""), said.get("upload-checksum", "")
            found = recordings.append(call.house, call.device, upload, at, checksum, call.body)
            metrics.BYTES.inc(len(call.body))
            return Response(status_code=204, headers={**tus, "Upload-Offset": str(found.offset)})

        return await _at_once(request, take)


def _consoles(app: FastAPI) -> None:
    @app.post(f"{PREFIX}/sign-in", openapi_extra=_words(SignIn, SignedIn))
    def sign_in(house: Here, body: Body) -> Response:
        return _record(SignedIn, logins.sign_in(house, decode(SignIn, body)))

    @app.post(f"{PREFIX}/sign-out", status_code=204)
    def sign_out(house: Here, request: Request) -> Response:
        logins.sign_out(house, request.headers.get("authorization", ""))
        return Response(status_code=204)

    @app.get(f"{PREFIX}/groups", openapi_extra=_words(None, GroupsInReach))
    def groups(house: Here, login: SignedInBy) -> Response:
        return _record(GroupsInReach, consoles.groups(house, login))

    @app.get(f"{PREFIX}/groups/{{group}}/sessions", openapi_extra=_words(None, SessionsInReach))
    def sessions_of(house: Here, login: SignedInBy, group: str) -> Response:
        return _record(SessionsInReach, consoles.sessions(house, login, group))


def _refusals(app: FastAPI) -> None:
    app.add_middleware(Watch)

    @app.exception_handler(Trouble)
    def refused(request: Request, trouble: Trouble) -> Response:
        said = refusal_of(trouble).encode()
        metrics.REFUSALS.labels(trouble.code).inc()
        if status_of(trouble) >= 500:
            log.error("%s", trouble.advice.what, extra={"code": trouble.code}, exc_info=trouble)
        else:
            log.info("Refused: %s", trouble.code, extra={"code": trouble.code, "call": request.method})
        headers = {REFUSAL_HEADER: b64(said)} if request.method == "HEAD" else {}
        if isinstance(trouble, Refused) and "retry_after" in trouble.more:
            headers["Retry-After"] = str(trouble.more["retry_after"])
        return Response(said, status_of(trouble), media_type=JSON, headers=headers)

    @app.exception_handler(RequestValidationError)
    def unfit(_: Request, error: RequestValidationError) -> Response:
        where = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        said = Refusal(
            "words-unknown",
            f"A part of this call is missing or unfit ({where}).",
            "",
            "Bring both programs to the same version.",
        )
        return Response(said.encode(), 400, media_type=JSON)

    @app.exception_handler(HTTPException)
    def not_here(_: Request, error: HTTPException) -> Response:
        code = {404: "call-unknown", 405: "method-unknown"}.get(error.status_code, "call-unfit")
        said = Refusal(code, "The server does not know this call.", "", "Bring both programs to the same version.")
        return Response(said.encode(), error.status_code, media_type=JSON, headers=error.headers)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        page = FastAPI.openapi(app)
        asked: list[tuple[Any, Literal["validation"], TypeAdapter[Any]]] = [
            (kind, "validation", TypeAdapter(kind)) for kind in (*RECORDS, *CONSOLE, *probe.RECORDS, Refusal)
        ]
        _, found = TypeAdapter.json_schemas(asked, ref_template="#/components/schemas/{model}")
        schemas = page.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(found["$defs"])
        for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own words, which are never sent
            schemas.pop(name, None)
        for call in (call for path in page["paths"].values() for call in path.values()):
            call["responses"].pop("422", None)
            call["responses"] |= {"4XX": REFUSED, "5XX": REFUSED}
        app.openapi_schema = page
    return app.openapi_schema
