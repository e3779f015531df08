"""The server keeps what its OpenAPI page says, whatever is sent: Schemathesis makes the calls, an enrolled computer signs them.

Seeded and bounded; `STAMP_SOAK=1` makes 500 of each call, `STAMP_SOAK=0.1` fifty.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import CHECKS, load_all_checks

from stamp_desktop.server import logins
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.sync.console import SignedIn, SignIn
from stamp_desktop.sync.transport import Line
from stamp_desktop.sync.words import decode, encode
from tests.faults.conftest import SOAK, many
from tests.server_process import ServerProcess
from tests.sync.lab import LabComputer, in_house

EXAMPLES = many(12, 500)
LOOKED_AT = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
PASSWORD = "correct horse battery"
load_all_checks()
pytestmark = pytest.mark.parametrize("data", ["sites"], indirect=True, scope="module")
"""PostgreSQL refuses more than SQLite does: texts with a zero byte, numbers beyond 63 bits."""


class Signing(requests.auth.AuthBase):
    """A computer's signature; where a console is asked, a login's token instead."""

    def __init__(self, line: Line, token: str) -> None:
        self._line = line
        self._token = token

    def __call__(self, asked: requests.PreparedRequest) -> requests.PreparedRequest:
        path = asked.path_url
        if path.startswith(("/v1/groups", "/v1/labs", "/v1/sign-out")):
            asked.headers["Authorization"] = f"Bearer {self._token}"
        else:
            body = asked.body or b""
            raw = body.encode() if isinstance(body, str) else body
            asked.headers["Authorization"] = self._line.signed(asked.method or "", path, raw if isinstance(raw, bytes) else b"")
        return asked


def operations(server: ServerProcess) -> list[Any]:
    page: Any = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    return [found.ok() for found in page.get_all_operations()]


@pytest.mark.timeout(36_000 if SOAK else 180)
def test_no_call_breaks_what_the_page_says(server: ServerProcess, computer: LabComputer, facts: DemoFacts) -> None:
    in_house(server.data, lambda house: logins.add(house, "fuzz", PASSWORD, group=facts.open.id))
    said = requests.post(f"{server.url}/v1/sign-in", data=encode(SignIn, SignIn("fuzz", PASSWORD)), timeout=30)
    token, made = decode(SignedIn, said.content).token, 0
    checks = [CHECKS.get_one(name) for name in LOOKED_AT]
    with computer.line() as line:
        signing = Signing(line, token)
        for operation in operations(server):
            if operation.path.endswith("sign-out"):
                continue  # the token would be gone

            @seed(20261124)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def calls(case: Any) -> None:
                nonlocal made
                made += 1
                headers = {"Tus-Resumable": "1.0.0"}
                case.call_and_validate(auth=signing, headers=headers, checks=checks, timeout=60)

            calls()
    assert made >= 20 * 5


@pytest.mark.parametrize(
    "body",
    [
        b'{"code": "\\u0000", "name": "a", "signing_key": "", "sealing_key": ""}',
        b'{"code": "\\ud800", "name": "\\ud800", "signing_key": "", "sealing_key": ""}',
        b"[" * 100_000,
        b'{"code": 1e999}',
        b"\xff\xfe",
        b"",
    ],
)
def test_words_that_nobody_writes_are_refused(server: ServerProcess, body: bytes) -> None:
    answer = requests.post(f"{server.url}/v1/devices", data=body, timeout=30)
    assert 400 <= answer.status_code < 500, answer.text
