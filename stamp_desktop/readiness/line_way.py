"""The way to a server: name, port, proxy, TLS, a small call. It fills no line; whatever fails is an `Obstacle`.

`requests`, which carries the tests, hides where a call failed and when a byte arrived. So the sockets here are bare; proxies
and authorities are looked up as `requests` does it, so that what passes here passes there.
"""

import base64
import errno
import http.client
import os
import socket
import ssl
import threading
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import requests.utils
from cryptography import x509

from stamp_desktop.readiness.line_facts import Cause, Obstacle, Step
from stamp_desktop.sync.trust import issuer_of

NAME_SECONDS, CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 5.0, 8.0
MOST_ANSWER = 64 * 2**10
OTHER_PORTS = (443, 80)
"""Asked where the server's own port does not answer: if the host does there, a firewall stands before the port."""


class StoppedError(Exception):
    """The way ends here."""

    def __init__(self, step: Step, cause: Cause, detail: str = "") -> None:
        super().__init__(detail)
        self.obstacle = Obstacle(step, cause, detail)


@dataclass(frozen=True, slots=True)
class Way:
    """Where to connect, how, and what is trusted there. `proxy` is a URL or ""."""

    host: str
    port: int
    tls: bool
    proxy: str = ""
    authorities: str = ""
    checked: bool = False
    """Whether an authority has to vouch for the server; otherwise the key that was met at first is looked for."""
    key: bytes = field(default=b"", repr=False)

    @property
    def first(self) -> tuple[str, int]:
        """Who is connected to: the server, or the proxy."""
        if not self.proxy:
            return self.host, self.port
        parts = urlsplit(self.proxy)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def named(self) -> str:
        """The server's address as a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def target(self, path: str) -> str:
        """What stands in the request line: a proxy without TLS is told the whole address."""
        return f"http://{self.named}{path}" if self.proxy and not self.tls else path


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, at most MOST_ANSWER bytes of it."""

    status: int
    content_type: str
    location: str
    body: bytes


def way_of(url: str, environment: dict[str, str] | None = None) -> Way:
    """The way that `requests` would go to this address. StoppedError `address-unfit`."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise StoppedError("address", "address-unfit", str(error)) from None
    if parts.scheme not in {"http", "https"} or not host or not url.isascii():
        raise StoppedError("address", "address-unfit", f"{url!r} is not an address")
    environment = dict(os.environ) if environment is None else environment
    proxies = requests.utils.get_environ_proxies(url)
    proxy = requests.utils.select_proxy(url, proxies) or ""
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    if proxy and urlsplit(proxy).scheme not in {"http", "https"}:
        raise StoppedError("proxy", "proxy-away", f"{urlsplit(proxy).scheme} proxies are not spoken by this program")
    authorities = (
        environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH
    )
    tls = parts.scheme == "https"
    return Way(host, port or (443 if tls else 80), tls, proxy, authorities)


def shown_proxy(proxy: str) -> str:
    """Without its password."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or 80}" if proxy else ""


def addresses(host: str, port: int) -> list[str]:
    """What a name stands for. The system's own waiting is not ours to shorten, so it waits on a thread that is left behind."""
    found: list[str] = []
    failed: list[OSError] = []

    def look() -> None:
        try:
            found.extend(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failed.append(error)
        except UnicodeError as error:
            failed.append(OSError(str(error)))

    thread = threading.Thread(target=look, name="name look-up", daemon=True)
    thread.start()
    thread.join(NAME_SECONDS)
    if failed:
        raise StoppedError("name", "name-unknown", f"{host}: {failed[0].strerror or failed[0]}")
    if not found:
        raise StoppedError("name", "name-slow", f"{host}: no answer in {NAME_SECONDS:.0f} s")
    return list(dict.fromkeys(found))


def connected(way: Way) -> socket.socket:
    """A connection to the server or its proxy, without TLS. StoppedError of step `port` or `proxy`."""
    host, port = way.first
    step: Step = "proxy" if way.proxy else "port"
    try:
        made = socket.create_connection((host, port), CONNECT_SECONDS)
    except socket.gaierror as error:
        raise StoppedError("name", "name-unknown", f"{host}: {error.strerror or error}") from error
    except OSError as error:
        raise StoppedError(step, _why_not(error, way), f"{host}:{port}: {error.strerror or error}") from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.settimeout(ANSWER_SECONDS)
    if way.proxy and way.tls:
        try:
            _through(made, way)
        except BaseException:
            made.close()
            raise
    return made


def _why_not(error: OSError, way: Way) -> Cause:
    if way.proxy:
        return "proxy-away"
    if isinstance(error, ConnectionRefusedError):
        return "port-closed"
    if error.errno in {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}:
        return "no-network"
    return "port-blocked"


def host_answers(host: str, ports: tuple[int, ...] = OTHER_PORTS) -> int:
    """A port at which the host says anything, even no; 0 for none."""
    for port in ports:
        try:
            socket.create_connection((host, port), CONNECT_SECONDS / 2).close()
        except ConnectionRefusedError:
            return port
        except OSError:
            continue
        return port
    return 0


def _through(made: socket.socket, way: Way) -> None:
    """Ask a proxy for a tunnel."""
    parts, words = urlsplit(way.proxy), [f"CONNECT {way.named} HTTP/1.1", f"Host: {way.named}"]
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        words.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
    try:
        made.sendall("\r\n".join([*words, "", ""]).encode())
        head = _head(made)
    except OSError as error:
        raise StoppedError("proxy", "proxy-away", str(error)) from error
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        said = head.split(b"\r\n", 1)[0].decode("latin-1")
        raise StoppedError("proxy", "proxy-refuses", said[:120])


def _head(made: socket.socket) -> bytes:
    """Byte for byte: what follows belongs to TLS."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < 8192:
        if not (one := made.recv(1)):
            break
        head += one
    return head


def secured(made: socket.socket, way: Way) -> tuple[socket.socket, bytes]:
    """The same under TLS, and the certificate (DER) that was met, b"" without TLS. StoppedError of step `tls`."""
    if not way.tls:
        return made, b""
    context = ssl.create_default_context(cafile=way.authorities) if way.checked else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not way.checked:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        safe = context.wrap_socket(made, server_hostname=way.host)
    except ssl.SSLCertVerificationError as error:
        raise StoppedError("tls", "untrusted", error.verify_message or str(error)) from error
    except ssl.SSLError as error:
        raise StoppedError("tls", "not-tls", error.reason or str(error)) from error
    except OSError as error:
        raise StoppedError("tls", "broken", str(error) or type(error).__name__) from error
    met = safe.getpeercert(binary_form=True) or b""
    if way.key and issuer_of(met) != way.key:
        safe.close()
        raise StoppedError("tls", "intercepted", f"now another certificate, by {issuer_name(met)}")
    return safe, met


def opened(way: Way) -> socket.socket:
    """A connection on which the server can be spoken to. StoppedError."""
    made = connected(way)
    try:
        return secured(made, way)[0]
    except BaseException:
        made.close()
        raise


def issuer_name(certificate: bytes) -> str:
    try:
        return x509.load_der_x509_certificate(certificate).issuer.rfc4514_string()
    except ValueError:
        return "nobody"


def asked(connection: http.client.HTTPConnection, way: Way, method: str, path: str, body: bytes = b"") -> Answer:
    """One small call. StoppedError `silent` or `broken`."""
    headers = {"Host": way.named, "Accept": "application/json"}
    try:
        connection.request(method, way.target(path), body or None, headers)
        response = connection.getresponse()
        said = response.read(MOST_ANSWER)
    except TimeoutError as error:
        raise StoppedError("server", "silent", f"no answer in {ANSWER_SECONDS:.0f} s") from error
    except (OSError, http.client.HTTPException) as error:
        raise StoppedError("server", "broken", str(error) or type(error).__name__) from error
    met = response.headers
    return Answer(response.status, met.get("Content-Type", ""), met.get("Location", ""), said)


def calling(way: Way, made: socket.socket | None = None) -> http.client.HTTPConnection:
    """For small calls, on a connection that is open already."""
    connection = http.client.HTTPConnection(way.host, way.port, timeout=ANSWER_SECONDS)
    connection.sock = made or opened(way)
    return connection
