"""Finding a room's hub on the local network, and being found (mDNS, DNS-SD). What is found has to prove itself (see `ways`).

It keeps nothing: a hub that was found today may have another address tomorrow.
"""

import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from zeroconf import InterfaceChoice, ServiceBrowser, ServiceInfo, ServiceListener, Zeroconf

KIND = "_stamp-hub._tcp.local."
LOOK_SECONDS = 3.0
"""As long as computers of one room take to answer, three times over."""


class Announcement:
    """This hub, as long as it is announced. `interfaces` are addresses of this computer, none: all of them."""

    def __init__(self, name: str, server: str, port: int, scheme: str, interfaces: Sequence[str] = ()) -> None:
        self._zeroconf = Zeroconf(interfaces=list(interfaces) or InterfaceChoice.All)
        said = {"server": server, "scheme": scheme}
        addresses = [socket.inet_aton(each) for each in interfaces or _addresses()]
        label = "".join(letter for letter in name if letter.isalnum() or letter in " -")[:40] or "hub"
        info = ServiceInfo(KIND, f"{label}.{KIND}", port=port, addresses=addresses, properties=said)
        self._zeroconf.register_service(info, allow_name_change=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def end(self) -> None:
        """Say that it is gone, and wait for it."""
        self._zeroconf.close()


class _Heard(ServiceListener):
    def __init__(self, server: str) -> None:
        self.urls: list[str] = []
        self.some = threading.Event()
        self._server = server

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        info = zc.get_service_info(type_, name)
        said = {key: value for key, value in info.properties.items() if value is not None} if info else {}
        if info and said.get(b"server", b"").decode(errors="replace") == self._server:
            scheme = "https" if said.get(b"scheme") == b"https" else "http"
            self.urls += [f"{scheme}://{address}:{info.port}" for address in info.parsed_addresses()]
            self.some.set()

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """What changed is heard when it is looked for next."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A hub that is gone does not answer."""


def hubs(server: str, seconds: float = LOOK_SECONDS, interfaces: Sequence[str] = ()) -> list[str]:
    """Addresses of hubs that say they forward to this server; none where there is no network."""
    heard = _Heard(server)
    try:
        with Zeroconf(interfaces=list(interfaces) or InterfaceChoice.All) as zeroconf:
            browser = ServiceBrowser(zeroconf, KIND, heard)
            heard.some.wait(seconds)
            browser.cancel()
    except OSError:
        return []
    return list(dict.fromkeys(heard.urls))


def _addresses() -> list[str]:
    import ifaddr  # noqa: PLC0415  # comes with zeroconf; a hub needs it once

    found = [each.ip for adapter in ifaddr.get_adapters() for each in adapter.ips if isinstance(each.ip, str)]
    return [address for address in found if not address.startswith("127.")] or found
