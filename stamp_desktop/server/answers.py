"""Records as HTTP answers, and how they stand on the OpenAPI page. It knows no call."""

from dataclasses import dataclass
from typing import Any

from fastapi import Response

from stamp_desktop.server.devices import Device
from stamp_desktop.server.house import House
from stamp_desktop.sync.words import encode

JSON = "application/json"


def answer(kind: type[Any], value: Any, status: int = 200) -> Response:
    return Response(encode(kind, value), status, media_type=JSON, headers={"Cache-Control": "no-store"})


def words(asked: type[Any] | None, answered: type[Any], status: int = 200, media_type: str = JSON) -> dict[str, Any]:
    """The records of a call, for the OpenAPI page: bodies are read by `decode`, not by FastAPI, and are stricter for it."""

    def content(kind: type[Any], as_type: str) -> dict[str, Any]:
        return {"content": {as_type: {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}}

    answers = {str(status): {"description": answered.__doc__, **content(answered, media_type)}}
    body = {"requestBody": {"required": True, **content(asked, JSON)}} if asked else {}
    return {"responses": answers, **body}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was proved to be a device's."""

    house: House
    device: Device
    body: bytes
