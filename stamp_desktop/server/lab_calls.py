"""The calls about readiness as HTTP: a computer's own report, an upload by a login, and what a login may see."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from stamp_desktop.readiness.check import Report
from stamp_desktop.readiness.lab import lab
from stamp_desktop.readiness.page import lab_page
from stamp_desktop.server import labs, logins
from stamp_desktop.server.answers import Call, answer, words
from stamp_desktop.server.house import House
from stamp_desktop.server.logins import Login
from stamp_desktop.sync.console import LabsInReach, ReadinessNoted
from stamp_desktop.sync.protocol import PREFIX

RECORDS = (Report, ReadinessNoted, LabsInReach)


def add(app: FastAPI, house: House, call: Callable[..., Call], body: Callable[..., Awaitable[bytes]]) -> None:
    """The calls; `call` proves a device's request, `body` reads one within bounds."""

    def login(request: Request) -> Login:
        return logins.signed_in(house, request.headers.get("authorization", ""))

    @app.post(f"{PREFIX}/readiness", openapi_extra=words(Report, ReadinessNoted, 201), status_code=201)
    def found(proof: Annotated[Call, Depends(call)]) -> Response:
        return answer(ReadinessNoted, labs.take_from(house, proof.device, proof.body), 201)

    @app.post(f"{PREFIX}/labs", openapi_extra=words(Report, ReadinessNoted, 201), status_code=201)
    def upload(said: Annotated[bytes, Depends(body)], by: Annotated[Login, Depends(login)]) -> Response:
        return answer(ReadinessNoted, labs.take_upload(house, by, said), 201)

    @app.get(f"{PREFIX}/labs", openapi_extra=words(None, LabsInReach))
    def rooms(by: Annotated[Login, Depends(login)]) -> Response:
        return answer(LabsInReach, labs.labs(labs.within_reach(house, by), labs.windows(house, by)))

    @app.get(f"{PREFIX}/labs/page", response_class=HTMLResponse)
    def page(by: Annotated[Login, Depends(login)]) -> HTMLResponse:
        made = lab_page(lab(labs.within_reach(house, by)), house.clock.wall_ms() / 1000)
        return HTMLResponse(made, headers={"Cache-Control": "no-store"})
