"""Things that stand in a server's place or in front of it: sign-in pages, liars, the silent, proxies that look inside."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Talk = Callable[[socket.socket], None]
PORTAL = "<!doctype html><title>Welcome to School-WiFi</title><form>Sign in</form>"


@contextmanager
def listening(talk: Talk) -> Iterator[int]:
    """Whoever connects to this port is talked to so, on a thread of its own."""
    door, threads, made_all = socket.create_server(("127.0.0.1", 0)), [], []

    def open_door() -> None:
        while True:
            try:
                made, _ = door.accept()
            except OSError:
                return
            made.settimeout(20)
            made_all.append(made)
            threads.append(threading.Thread(target=guarded, args=(made,)))
            threads[-1].start()

    def guarded(made: socket.socket) -> None:
        with suppress(OSError), made:
            talk(made)

    keeper = threading.Thread(target=open_door)
    keeper.start()
    try:
        yield door.getsockname()[1]
    finally:
        with suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()
        keeper.join()
        for made in made_all:
            with suppress(OSError):
                made.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def answering(status: str, content_type: str, body: str, *more: str) -> Talk:
    """The same to every request."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *more]
    said = ("\r\n".join([*head, "", ""]) + body).encode()

    def talk(made: socket.socket) -> None:
        while _request(made):
            made.sendall(said)

    return talk


def puzzled(made: socket.socket) -> None:
    """Speaks HTTP, and is spoken to in TLS."""
    made.recv(4096)
    made.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>")


def silent(made: socket.socket) -> None:
    """Takes everything and never says a word."""
    while made.recv(4096):
        pass


def proxy(status: str = "200 OK", inside: ssl.SSLContext | None = None, seen: list[str] | None = None) -> Talk:
    """One that tunnels, refuses, or looks inside with a certificate of its own."""

    def talk(made: socket.socket) -> None:
        asked = _request(made)
        target = asked.split(b" ")[1].decode()
        if seen is not None:
            seen.append(target)
        made.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if not status.startswith("200"):
            return
        if inside:
            with suppress(ssl.SSLError), inside.wrap_socket(made, server_side=True) as safe:
                silent(safe)
            return
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port)), 10) as far:
            back = threading.Thread(target=_carry, args=(far, made))
            back.start()
            _carry(made, far)
            back.join()

    return talk


def authority(folder: Path, name: str = "Inspection of School Net") -> ssl.SSLContext:
    """What an inspecting proxy speaks TLS with: a certificate for this computer that it made itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    said = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(said).issuer_name(said).public_key(key.public_key())
    made = builder.serial_number(7).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    chain, private = folder / "inspection.pem", folder / "inspection.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    return context


def _request(made: socket.socket) -> bytes:
    """Up to its empty line; requests here have no bodies."""
    whole = b""
    while b"\r\n\r\n" not in whole:
        if not (some := made.recv(4096)):
            return b""
        whole += some
    return whole


def _carry(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(2**16):
            to.sendall(some)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)
