"""Is a bundle as it was written? Everything in it that is not is named. It takes nothing in and changes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.storage import chain, recordings
from stamp_desktop.storage.keys import KeyStore
from stamp_desktop.storage.reader import Head
from stamp_desktop.storage.retention import key_name
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.storage.verify import Finding, Verdict, witnessed
from stamp_desktop.sync import bundle
from stamp_desktop.sync.bundle import Bundle
from stamp_desktop.sync.protocol import Certificate
from stamp_desktop.sync.words import decode, unb64, verified
from stamp_desktop.trouble import Trouble


def verify_bundle(
    path: Path, keys: KeyStore | None, server_keys: Sequence[bytes] = (), witnesses: Sequence[tuple[str, Head]] = ()
) -> Verdict:
    """Check a bundle against its signature, its events against each other, and everything against the session's key.

    `server_keys` tell whether the computer that signed it was enrolled by them; one that a hub enrolled they do not know.
    Trouble `disk-error`; damage is in the verdict.
    """
    try:
        with bundle.opened(path) as carried:
            said = carried.manifest
            raw = keys.get(key_name(said.session)) if keys else None
            key = SessionKey(raw) if raw else None
            found = list(_findings(path, carried, key, server_keys))
            found += witnessed(carried.rows(), witnesses)
            return Verdict(said.session, said.events, len(said.recordings), key is not None, tuple(dict.fromkeys(found)))
    except Trouble as trouble:
        if trouble.code in {"disk-error", "disk-full"}:
            raise
        return Verdict("", 0, 0, False, (Finding(path.name, trouble.advice.what),))


def _findings(path: Path, carried: Bundle, key: SessionKey | None, server_keys: Sequence[bytes]) -> Iterator[Finding]:
    said = carried.manifest
    try:
        facts = decode(Certificate, said.certificate.text.encode())
        carried.check(Ed25519PublicKey.from_public_bytes(unb64(facts.signing_key)))
        if facts.device != said.device:
            yield Finding(path.name, "it was signed by another computer than the one that it names")
    except (Trouble, ValueError) as error:
        yield Finding(path.name, error.advice.what if isinstance(error, Trouble) else "its signature is not a computer's")
    if server_keys and not _known(carried, server_keys):
        yield Finding(path.name, "the computer that made it was not enrolled by this computer's server itself")
    if key is None:
        return
    for row in carried.rows():
        try:
            chain.open_body(key, said.session, row)
        except Trouble:
            yield Finding(f"event {row.seq}", "was changed and its hash computed again, or is of another session")
    growing = {name: part.name for name, part in carried.growing()}
    for each in said.recordings:
        part = carried.part(each.id)
        name = part.name if part else growing.get(each.id)
        if name:
            data = b"".join(carried.pieces(name))
            wrong = recordings.problems(data, key, said.session, each.id, growing=part is None)
            yield from (Finding(f"recording {each.id}", what) for what in wrong)


def _known(carried: Bundle, server_keys: Sequence[bytes]) -> bool:
    with suppress(Trouble):
        verified(Certificate, carried.manifest.certificate, *server_keys)
        return True
    return False
