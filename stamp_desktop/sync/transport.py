"""One line to one server: signs, sends, waits so long and no longer, and sorts what can go wrong into three.

It repeats nothing but a request whose time was wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self, TypeVar

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stamp_desktop.storage.clock import Clock
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.station import Device, Station
from stamp_desktop.sync.pinned import OtherServerError, adapter
from stamp_desktop.sync.protocol import PREFIX, REFUSAL_HEADER, Health, ServerKeys, Succession
from stamp_desktop.sync.signing import authorization, to_sign
from stamp_desktop.sync.trust import fingerprint, followed, issuer_of, on_loopback, same_fingerprint
from stamp_desktop.sync.words import Refusal, decode, unb64
from stamp_desktop.trouble import Trouble

T = TypeVar("T")
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
"""The longest call is the seal, in which the server replays a test; every call may be repeated when its answer got lost."""
LONGEST_RETRY_AFTER = 3600.0
DEVICE_KEYS = "device"


class Offline(Trouble):
    """There is no way to the server, or it is not up. `retry_after` in seconds, 0 where it named none."""

    def __init__(self, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(
            "offline",
            "The server cannot be reached.",
            f"Everything is kept on this computer ({detail}).",
            "You need do nothing: it is sent when the line is back.",
        )
        self.retry_after = retry_after


class Broken(Trouble):
    """Something answered that is not the server: a sign-in page of the network, a proxy."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "line-broken",
            "Something between this computer and the server does not let messages through.",
            f"Everything is kept on this computer ({detail}).",
            "Ask the technology staff to allow this server's address.",
        )


class Refused(Trouble):
    """The server said no: its code and advice, the HTTP status, facts for the program in `more`, `retry_after` in seconds."""

    def __init__(self, status: int, refusal: Refusal, retry_after: float) -> None:
        super().__init__(refusal.code, refusal.what, refusal.meaning, refusal.todo)
        self.status = status
        self.more = refusal.more
        self.retry_after = retry_after

    def number(self, name: str) -> int:
        """A whole number of `more`; -1 where there is none."""
        value = self.more.get(name)
        return value if type(value) is int else -1


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """This computer's own private keys."""

    signing: Ed25519PrivateKey = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> "DeviceKeys":
        return cls(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def kept(cls, store: KeyStore) -> "DeviceKeys | None":
        """Those in the key store; None before this computer was enrolled."""
        raw = store.get(DEVICE_KEYS)
        if raw is None:
            return None
        return cls(Ed25519PrivateKey.from_private_bytes(raw[:32]), X25519PrivateKey.from_private_bytes(raw[32:]))

    def keep(self, store: KeyStore) -> None:
        store.put(DEVICE_KEYS, self.signing.private_bytes_raw() + self.sealing.private_bytes_raw())


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered; header names in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, kind: type[T]) -> T:
        """The record of the body; Broken when it is none."""
        try:
            return decode(kind, self.body)
        except Trouble as trouble:
            raise Broken(f"not an answer of this server: {trouble.advice.what}") from trouble

    def number(self, header: str) -> int:
        """The whole number in a header; Broken when there is none."""
        value = self.headers.get(header, "")
        if not (value.isascii() and value.isdigit()):
            raise Broken(f"an answer without {header}")
        return int(value)


class Line:
    """Calls to one server, for one thread. `device` "" makes no signatures (enrolling, health).

    `pinned`: the server's signing key, which has to have issued its certificate; b"" leaves that to the authorities.
    """

    def __init__(
        self, url: str, clock: Clock, device: str = "", signing: Ed25519PrivateKey | None = None, pinned: bytes = b""
    ) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._device = device
        self._signing = signing
        self.answers = 0
        """How many calls the server has answered."""
        self._offset_ms = 0
        self._session = requests.Session()
        self._pinned = pinned
        self.succession: tuple[Succession, ...] = ()
        """The server's keys, the newest last, once a certificate was met that a key issued to which the pinned one leads."""
        if pinned:
            self._session.mount("https://", adapter(self._check))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One call; Offline, Refused or Broken. A clock that the server says is wrong is corrected for, once."""
        with self._opened(method, target, body, headers) as response:
            return Answer(response.status_code, response.headers, _content(response))

    def download(self, target: str, headers: Mapping[str, str]) -> "Download":
        """A GET whose body is read piece by piece; close it. Offline, Refused or Broken."""
        return Download(self._opened("GET", target, b"", headers))

    def _opened(self, method: str, target: str, body: bytes, headers: Mapping[str, str] | None) -> requests.Response:
        response = self._sent(method, target, body, headers)
        refused = _refused(response)
        self.answers += 1
        if refused and refused.code == "clock" and (server_ms := refused.number("server_ms")) >= 0:
            response.close()
            self._offset_ms = server_ms - self._clock.wall_ms()
            response = self._sent(method, target, body, headers)
            refused = _refused(response)
        if refused:
            response.close()
            raise refused
        return response

    def prepared(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> requests.PreparedRequest:
        """The request as it would be sent now, signed."""
        prepared = self._session.prepare_request(
            requests.Request(method, self.url + target, headers=dict(headers), data=body or None)
        )
        if self._signing:
            prepared.headers["Authorization"] = self.signed(method, prepared.path_url, body)
        return prepared

    def signed(self, method: str, target: str, body: bytes) -> str:
        """The value of the Authorization header; "" on a line that makes no signatures."""
        if not self._signing:
            return ""
        at = self._clock.wall_ms() + self._offset_ms
        return authorization(self._device, at, self._signing.sign(to_sign(method, target, at, body)))

    def _sent(self, method: str, target: str, body: bytes, headers: Mapping[str, str] | None) -> requests.Response:
        return self.sent(self.prepared(method, target, body, headers or {}))

    def sent(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Whatever answers it; Offline or Broken where nobody does."""
        try:
            try:
                return self._send(prepared)
            except OtherServerError as other:
                self._follow(other.key)
                return self._send(prepared)
        except OtherServerError as error:
            raise Broken("its certificate is not this server's") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Offline(type(error).__name__) from error
        except requests.RequestException as error:
            raise Broken(type(error).__name__) from error

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        settings = self._session.merge_environment_settings(prepared.url or "", {}, True, not self._pinned, None)
        return self._session.send(prepared, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False, **settings)

    def _check(self, certificate: bytes) -> None:
        if (key := issuer_of(certificate)) != self._pinned:
            raise OtherServerError(key)

    def _follow(self, key: bytes) -> None:
        """Ask, on a line that proves nothing, how the pinned key leads to this one: the answer is signed or worth nothing."""
        if not key:
            raise OtherServerError(key)
        response = _unproved(f"{self.url}{PREFIX}/identity", lambda _: None)
        try:
            said = followed(self._pinned, decode(ServerKeys, response.content).announced)
        except Trouble:
            said = ()
        if not said or unb64(said[-1].signing_key) != key:
            raise OtherServerError(key)
        self._pinned, self.succession = key, said


class Download:
    """A body that is still coming."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def pieces(self) -> Iterator[bytes]:
        """At most 256 KiB each; Offline when the line breaks."""
        try:
            yield from self._response.iter_content(2**18)
        except requests.RequestException as error:
            raise Offline(type(error).__name__) from error

    def close(self) -> None:
        self._response.close()


def met_key(url: str) -> bytes:
    """The signing key of the server whose own certificate is met at this address, b"" for somebody else's. Offline, Broken."""
    met = [b""]

    def look(certificate: bytes) -> None:
        met[0] = issuer_of(certificate)
        raise OtherServerError(met[0])  # nothing is sent

    try:
        _unproved(url, look)
    except OtherServerError:
        pass
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Offline(type(error).__name__) from error
    except requests.RequestException as error:
        raise Broken(type(error).__name__) from error
    return met[0]


def _unproved(url: str, check: Callable[[bytes], None]) -> requests.Response:
    """A GET that no authority vouches for; nothing is sent once `check` raises."""
    with requests.Session() as session:
        session.mount("https://", adapter(check))
        timeouts = (CONNECT_SECONDS, ANSWER_SECONDS)
        return session.get(url, timeout=timeouts, allow_redirects=False, verify=False)


def proved_address(url: str, expected: str) -> bytes:
    """The signing key to pin, b"" where an authority vouches for the server."""
    if not url.startswith("https://"):
        if on_loopback(url):
            return b""
        raise Trouble(
            "line-open",
            "This address has no protected line.",
            "This computer was not enrolled.",
            "Use the server's address that begins with https://.",
        )
    key = met_key(url)
    shown = fingerprint(key) if key else ""
    if expected and not same_fingerprint(expected, shown):
        raise Trouble(
            "server-other",
            f"The server at this address has {f'the fingerprint {shown}' if key else 'another certificate'}, not {expected}.",
            "This computer was not enrolled.",
            "Check address and fingerprint with whoever runs the server. Something may stand in between.",
        )
    if key and not expected:
        raise Trouble(
            "server-unproved",
            f"The server at this address has the fingerprint {shown}.",
            "This computer was not enrolled.",
            f"If whoever runs the server confirms it, enrol again with: --fingerprint {shown}",
        )
    return key


def station_line(device: Device, keys: KeyStore, clock: Clock, url: str = "", pinned: bytes | None = None) -> Line:
    """The line of an enrolled computer, to its server or to a hub at `url`; Trouble `device-keys` when its keys are gone.

    `pinned`: the key that has to have issued the certificate there, where it is not the server's.
    """
    own = DeviceKeys.kept(keys)
    if own is None:
        raise Trouble(
            "device-keys",
            "This computer's own keys are missing.",
            "Everything is kept on this computer, but nothing can be sent.",
            "Enrol this computer again.",
        )
    key = (device.server_signing_key if device.server_pinned else b"") if pinned is None else pinned
    return Line(url or device.server_url, clock, device.id, own.signing, key)


def present_server(line: Line, station: Station, device: Device) -> Device:
    """This computer with its server's keys of today: new ones are kept when the pinned one leads to them. Offline, Broken."""
    said = line.succession
    if not said and line.call("GET", f"{PREFIX}/health").read(Health).server != device.server_id:
        said = followed(device.server_signing_key, line.call("GET", f"{PREFIX}/identity").read(ServerKeys).announced)
    if not said:
        return device
    newest, between = said[-1], b"".join(unb64(each.signing_key) for each in said[:-1])
    now = replace(
        device,
        server_id=newest.server,
        server_signing_key=unb64(newest.signing_key),
        server_hpke_key=unb64(newest.sealing_key),
        server_former=device.server_former + device.server_signing_key + between,
    )
    station.enrol(now)
    return now


def _content(response: requests.Response) -> bytes:
    try:
        content: bytes = response.content
    except requests.RequestException as error:
        raise Offline(type(error).__name__) from error
    return content


def _refused(response: requests.Response) -> Refused | None:
    """None when the server did what was asked; Offline or Broken when it was not the server that answered."""
    status = response.status_code
    if 200 <= status < 300:
        return None
    after = _seconds(response.headers.get("Retry-After", ""))
    header = response.headers.get(REFUSAL_HEADER, "")
    try:
        return Refused(status, Refusal.decode(unb64(header) if header else _content(response)), after)
    except Trouble as trouble:
        if trouble.code != "words-unknown":
            raise
    if status in {429, 502, 503, 504}:
        raise Offline(f"status {status}", after)
    raise Broken(f"status {status}")


def _seconds(header: str) -> float:
    """Retry-After in seconds; its other form, a date, would need this computer's clock to be right and counts as none."""
    return min(float(header), LONGEST_RETRY_AFTER) if header.isascii() and header.isdigit() else 0.0
