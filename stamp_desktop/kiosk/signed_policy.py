"""Whose policy it is: signed by a publisher that this computer trusts, or set by its administrator. Any other is refused.

The kiosk reads it once, when it starts: what is in force stays in force to its end, whatever becomes of the file.
"""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stamp_desktop.content.keys import load_public_key, publisher_id
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.policy import Policy, load
from stamp_desktop.storage.durable import write_whole
from stamp_desktop.trouble import Trouble

BOUND: Final = b"stamp kiosk policy\0"
BUILT_IN, ADMINISTRATOR = "the program", "the administrator"


def in_force(home: Home) -> Policy:
    """The policy of this computer, with whose it is in `signed_by`. Trouble `kiosk-policy`, `kiosk-policy-unsigned`."""
    if not home.policy.exists():
        return replace(Policy(), signed_by=BUILT_IN)
    policy = load(home.policy)
    trusted = [load_public_key(file) for file in sorted((home.data / "publishers").glob("*.pub"))]
    signer = signer_of(home, trusted)
    if not signer and _only_roots(home.policy):
        signer = ADMINISTRATOR
    if not signer:
        raise Trouble(
            "kiosk-policy-unsigned",
            "The kiosk's policy is not signed by anybody whom this computer trusts.",
            "No test was begun.",
            f"Technology staff: sign {home.policy.name} (`stamp-desktop kiosk policy --sign KEY.pem`), or make it root's.",
        )
    return replace(policy, signed_by=signer)


def sign(home: Home, key: Ed25519PrivateKey) -> None:
    """Sign the policy file as it is. Trouble `kiosk-policy` where it is none."""
    load(home.policy)
    write_whole(home.policy_signature, key.sign(BOUND + home.policy.read_bytes()).hex().encode())


def signer_of(home: Home, trusted: Collection[Ed25519PublicKey]) -> str:
    """The publisher that signed the policy file, "" where none of these did."""
    try:
        signature = bytes.fromhex(home.policy_signature.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return ""
    for key in trusted:
        try:
            key.verify(signature, BOUND + home.policy.read_bytes())
        except InvalidSignature:
            continue
        return publisher_id(key)
    return ""


def _only_roots(file: Path) -> bool:
    """Where nobody but an administrator can have written it. There is no such owner on Windows."""
    facts = file.stat()
    return os.name == "posix" and facts.st_uid == 0 and not facts.st_mode & 0o022
