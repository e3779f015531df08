import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from stamp_desktop.storage import vault
from stamp_desktop.storage.vault import SessionKey, fields, place
from stamp_desktop.trouble import Trouble

PARTS = st.lists(st.none() | st.text() | st.integers() | st.binary(), max_size=5)


@given(PARTS, PARTS)
def test_two_different_records_never_have_the_same_bytes(
    one: list[str | int | bytes | None], other: list[str | int | bytes | None]
) -> None:
    assert (fields(*one) == fields(*other)) == (one == other)


def test_parts_that_look_alike_when_joined_are_told_apart() -> None:
    assert len({fields("ab", "c"), fields("a", "bc"), fields("abc"), fields("ab", b"c"), fields("ab", "c", None)}) == 5


def test_the_encoding_is_the_documented_one() -> None:
    assert fields("é", -7, b"\0", None) == (
        b"s\0\0\0\0\0\0\0\2\xc3\xa9" + b"i\0\0\0\0\0\0\0\2-7" + b"b\0\0\0\0\0\0\0\1\0" + b"n\0\0\0\0\0\0\0\0"
    )


def test_what_was_sealed_opens_at_its_place(key: SessionKey) -> None:
    sealed = vault.seal(key.raw, b"answer", place("s", "event", 3))
    assert vault.open_sealed(key.raw, sealed, place("s", "event", 3)) == b"answer"
    assert b"answer" not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("t", "event", 3),
        place("s", "recording", 3),
        place("s", "event", 4),
        place("s", "event", 3, final=True),
        place("s", "event", 3, clear=b"x"),
    ],
)
def test_what_was_sealed_opens_nowhere_else(key: SessionKey, elsewhere: bytes) -> None:
    sealed = vault.seal(key.raw, b"answer", place("s", "event", 3))
    with pytest.raises(Trouble, match="does not open") as trouble:
        vault.open_sealed(key.raw, sealed, elsewhere)
    assert trouble.value.code == "seal-broken"


def test_any_changed_bit_and_any_cut_is_noticed(key: SessionKey) -> None:
    sealed = vault.seal(key.raw, b"answer", b"")
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Trouble):
            vault.open_sealed(key.raw, bytes(changed), b"")
    for length in range(len(sealed)):
        with pytest.raises(Trouble):
            vault.open_sealed(key.raw, sealed[:length], b"")


def test_the_same_thing_sealed_twice_looks_different(key: SessionKey) -> None:
    assert vault.seal(key.raw, b"x", b"") != vault.seal(key.raw, b"x", b"")


def test_only_the_server_unwraps_a_session_key_and_only_for_its_session() -> None:
    server, key = X25519PrivateKey.generate(), SessionKey.new()
    wrapped = vault.wrap(key, "s1", server.public_key().public_bytes_raw())
    assert vault.unwrap(wrapped, "s1", server) == key
    assert key.raw not in wrapped
    for private, session, what in [
        (X25519PrivateKey.generate(), "s1", wrapped),
        (server, "s2", wrapped),
        (server, "s1", wrapped[:-1]),
        (server, "s1", b""),
    ]:
        with pytest.raises(Trouble):
            vault.unwrap(what, session, private)


def test_a_session_key_is_shown_nowhere() -> None:
    key = SessionKey.new()
    assert key.raw.hex() not in f"{key!r} {key}"
    assert repr(key.raw) not in f"{key!r} {key}"
    with pytest.raises(ValueError, match="32"):
        SessionKey(b"short")
