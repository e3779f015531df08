"""Lines that end when the server hangs up. TLS waits for the other end's goodbye, and an idle station sends none."""

from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

GOODBYE_SECONDS = 1.0
"""For what was answered to leave; then the line ends, whether the other end has said anything or not."""


class Lines(H11Protocol):
    """uvicorn's own, which says goodbye and does not wait for long."""

    def shutdown(self) -> None:
        super().shutdown()
        self._hang_up()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._hang_up()

    def _hang_up(self) -> None:
        transport: Any = self.transport
        if transport.is_closing():
            self.loop.call_later(GOODBYE_SECONDS, transport.abort)
