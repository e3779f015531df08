"""TLS that trusts one server's certificate instead of the authorities'. It sends nothing before it has looked."""

import ssl
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool


class OtherServerError(Exception):
    """A certificate that was not issued by the key that was expected; `key` is the one that did, b"" for somebody else's."""

    def __init__(self, key: bytes) -> None:
        super().__init__("the certificate is another server's")
        self.key = key


def adapter(check: Callable[[bytes], None]) -> HTTPAdapter:
    """TLS that trusts a certificate (DER) when `check` lets it pass, before a byte is sent; no authority is asked."""

    class Connection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            found = self.sock.getpeercert(binary_form=True) if isinstance(self.sock, ssl.SSLSocket) else None
            try:
                check(found or b"")
            except OtherServerError:
                self.close()
                raise
            self.is_verified = True

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
            super().init_poolmanager(*arguments, **named)
            self.poolmanager.pool_classes_by_scheme = {**self.poolmanager.pool_classes_by_scheme, "https": Pool}

        def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
            manager = super().proxy_manager_for(*arguments, **named)
            manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": Pool}
            return manager

    return Adapter()
