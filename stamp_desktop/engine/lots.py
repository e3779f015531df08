"""Chance that can be drawn again: a lot is a keyed hash of the seed and of what it is drawn for. Refuses to keep a state."""

import hashlib


def lot(seed: int, *words: str | int) -> int:
    """A number of 64 bits, even over its range, fixed by the seed and the words."""
    message = "\x1f".join(str(word) for word in (seed, *words))
    return int.from_bytes(hashlib.sha256(message.encode("utf-8", "surrogatepass")).digest()[:8], "big")
