"""Logins for proctoring and results: a name, a password, a reach. It shows nobody anything beside or above their reach.

A reach is a testing group, a school, or the whole district (organization). Passwords are kept as Argon2id, tokens as hashes.
"""

import hashlib
import os
import secrets
import unicodedata
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import ColumnElement, delete, insert, select, update

from stamp_desktop.server import audit, schema
from stamp_desktop.server.house import House
from stamp_desktop.server.refusals import Refused, unknown
from stamp_desktop.server.store import insert_new
from stamp_desktop.sync.console import Reach, SignedIn, SignIn
from stamp_desktop.sync.words import fold
from stamp_desktop.trouble import Trouble

PASSES, LANES, KIBIBYTES = 2, 1, 19 * 1024
"""OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
TOKEN_MS = 12 * 3_600_000
"""A school day."""
FREE_TRIES = 5
FIRST_WAIT_MS, LONGEST_WAIT_MS = 10_000, 15 * 60_000


@dataclass(frozen=True, slots=True)
class Login:
    """Whoever is signed in. `school` and `group` are "" where the reach is wider."""

    id: str
    name: str
    organization: str
    school: str
    group: str

    @property
    def reach(self) -> Reach:
        return "group" if self.group else "school" if self.school else "district"


def add(house: House, name: str, password: str, *, organization: str = "", school: str = "", group: str = "") -> Login:
    """A login that reaches one of the three. Trouble `login-unfit`, `login-taken`; 404 for a place that is not there."""
    name = name.strip()
    if not 0 < len(name) <= 100 or not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Trouble(
            "login-unfit",
            f"A login needs a name and a password of at least {SHORTEST_PASSWORD} characters.",
            "It was not made.",
            "Choose a longer password.",
        )
    kept = _hashed(password)
    with house.store.writing() as connection:
        place = select(schema.school.c.organization, schema.school.c.id, schema.testing_group.c.id.label("group"))
        if group:
            place = place.select_from(schema.school.join(schema.testing_group)).where(schema.testing_group.c.id == group)
        elif school:
            place = select(schema.school.c.organization, schema.school.c.id).where(schema.school.c.id == school)
        else:
            place = select(schema.organization.c.id).where(schema.organization.c.id == organization)
        found = connection.execute(place).first()
        if found is None:
            raise unknown("group" if group else "school" if school else "organization")
        organization, school = found[0], found[1] if school or group else ""
        made = Login(str(uuid.uuid4()), name, organization, school, group)
        values: dict[str, Any] = {"id": made.id, "name": fold(name), "organization": organization, "password": kept}
        values |= {"school": school or None, "testing_group": group or None, "failures": 0, "failed_ms": 0}
        if not insert_new(connection, schema.login, values | {"made_ms": house.clock.wall_ms()}):
            raise Trouble("login-taken", f"There is a login {name} already.", "It was left as it is.", "Choose another name.")
        audit.note(connection, house.clock.wall_ms(), house.who, "login added", login=name, reach=made.reach)
    return made


def end(house: House, name: str) -> None:
    """Refuse this login from now on, wherever it is signed in. 404 login-unknown."""
    own = schema.login.c
    with house.store.writing() as connection:
        found = connection.execute(select(own.id).where(own.name == fold(name))).scalar()
        if found is None:
            raise unknown("login")
        connection.execute(update(schema.login).where(own.id == found).values(ended_ms=house.clock.wall_ms()))
        connection.execute(delete(schema.token).where(schema.token.c.login == found))
        audit.note(connection, house.clock.wall_ms(), house.who, "login ended", login=name)


def sign_in(house: House, wish: SignIn) -> SignedIn:
    """A token for TOKEN_MS. 401 sign-in-wrong; 429 sign-in-later after too many wrong passwords, 503 in a rush."""
    now, own = house.clock.wall_ms(), schema.login.c
    with house.store.glancing() as connection:
        row = connection.execute(select(schema.login).where(own.name == fold(wish.name))).mappings().first()
    waits = row["failed_ms"] + wait_ms(row["failures"]) - now if row else 0
    if waits > 0:
        raise Refused(
            429, "sign-in-later", "Too many wrong passwords.", "", "Wait, then try again.", retry_after=-(-waits // 1000)
        )
    with house.seals.passed(now):
        right = _is_right(row["password"] if row else _nobodys(), wish.password)
    if row is None or not right or row["ended_ms"] is not None:
        with house.store.writing() as connection:
            if row:
                connection.execute(
                    update(schema.login).where(own.id == row["id"]).values(failures=own.failures + 1, failed_ms=now)
                )
            audit.note(connection, now, "nobody", "sign-in refused", login=wish.name[:100])
        raise Refused(401, "sign-in-wrong", "Name and password do not fit.", "", "Try again, or ask your coordinator.")
    token = secrets.token_urlsafe(32)
    with house.store.writing() as connection:
        connection.execute(update(schema.login).where(own.id == row["id"]).values(failures=0))
        connection.execute(delete(schema.token).where(schema.token.c.login == row["id"], schema.token.c.expires_ms <= now))
        kept = {"sha256": _token_hash(token), "login": row["id"], "expires_ms": now + TOKEN_MS}
        connection.execute(insert(schema.token).values(kept))
        audit.note(connection, now, row["name"], "signed in")
    login = _login(row)
    return SignedIn(token, now + TOKEN_MS, login.name, login.reach)


def signed_in(house: House, authorization: str) -> Login:
    """Whose token this is; 401 token-unknown."""
    scheme, _, token = authorization.partition(" ")
    own, kept = schema.login.c, schema.token.c
    query = select(schema.login).select_from(schema.login.join(schema.token)).where(own.ended_ms.is_(None))
    with house.store.glancing() as connection:
        now = house.clock.wall_ms()
        row = connection.execute(query.where(kept.sha256 == _token_hash(token), kept.expires_ms > now)).mappings().first()
    if scheme != "Bearer" or row is None:
        raise Refused(401, "token-unknown", "You are not signed in.", "", "Sign in again.")
    return _login(row)


def sign_out(house: House, authorization: str) -> None:
    """The token is worth nothing from now on."""
    login = signed_in(house, authorization)
    with house.store.writing() as connection:
        kept = schema.token.c.sha256
        connection.execute(delete(schema.token).where(kept == _token_hash(authorization.partition(" ")[2])))
        audit.note(connection, house.clock.wall_ms(), login.name, "signed out")


def within(login: Login) -> ColumnElement[bool]:
    """What of the tables `testing_group` and `school`, joined, the login reaches."""
    if login.group:
        return schema.testing_group.c.id == login.group
    if login.school:
        return schema.school.c.id == login.school
    return schema.school.c.organization == login.organization


def wait_ms(failures: int) -> int:
    """How long after the last of so many wrong passwords in a row the next one is looked at."""
    return min(FIRST_WAIT_MS << min(failures - FREE_TRIES, 16), LONGEST_WAIT_MS) if failures >= FREE_TRIES else 0


def _login(row: Any) -> Login:
    return Login(row["id"], row["name"], row["organization"], row["school"] or "", row["testing_group"] or "")


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=32, iterations=PASSES, lanes=LANES, memory_cost=KIBIBYTES)


def _hashed(password: str) -> str:
    return _argon(os.urandom(16)).derive_phc_encoded(_folded(password))


def _is_right(kept: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        Argon2id.verify_phc_encoded(_folded(password), kept)
    except InvalidKey:
        return False
    return True


@cache
def _nobodys() -> str:
    """What an unknown name's password is compared with: it takes as long as a known one's."""
    return _argon(bytes(16)).derive_phc_encoded(b"nobody")


def _folded(password: str) -> bytes:
    """Composed or not, a letter is the same letter (RFC 8265)."""
    return unicodedata.normalize("NFC", password).encode(errors="replace")


def _token_hash(token: str) -> str:
    return hashlib.sha256(f"stamp-token-1 {token}".encode(errors="replace")).hexdigest()
