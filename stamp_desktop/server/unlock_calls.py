"""The calls about unlocking as HTTP: a login gives a ticket, a computer or its hub fetches it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response

from stamp_desktop.server import logins, unlocking
from stamp_desktop.server.answers import Call, answer, words
from stamp_desktop.server.house import House
from stamp_desktop.server.logins import Login
from stamp_desktop.sync.protocol import PREFIX
from stamp_desktop.sync.unlocking import TICKETS, UnlockGiven, UnlockTickets

RECORDS = (UnlockGiven, UnlockTickets)


def add(app: FastAPI, house: House, call: Callable[..., Call]) -> None:
    """The calls; `call` proves a device's request."""

    def login(request: Request) -> Login:
        return logins.signed_in(house, request.headers.get("authorization", ""))

    @app.post(f"{PREFIX}/sessions/{{session}}/unlock", openapi_extra=words(None, UnlockGiven, 201), status_code=201)
    def give(session: str, by: Annotated[Login, Depends(login)]) -> Response:
        return answer(UnlockGiven, unlocking.give(house, session, by), 201)

    @app.get(TICKETS, openapi_extra=words(None, UnlockTickets))
    def own(proof: Annotated[Call, Depends(call)]) -> Response:
        return answer(UnlockTickets, unlocking.tickets(house, proof.device))

    @app.get(f"{TICKETS}/{{device}}", openapi_extra=words(None, UnlockTickets))
    def carried(proof: Annotated[Call, Depends(call)], device: str) -> Response:
        return answer(UnlockTickets, unlocking.tickets_for(house, proof.device, device))
