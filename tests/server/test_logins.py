"""Logins and their reach: tried for every login with every group."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
import requests

from stamp_desktop.server import admin, audit, logins, schema
from stamp_desktop.server.demo import DAY, DemoFacts
from stamp_desktop.server.house import House, open_house
from stamp_desktop.server.logins import FREE_TRIES, LONGEST_WAIT_MS, wait_ms
from stamp_desktop.server.settings import settings_of
from stamp_desktop.sync.console import GroupsInReach, SessionsInReach, SignedIn, SignIn
from stamp_desktop.sync.words import Refusal, decode, encode
from stamp_desktop.trouble import Trouble
from tests.server_process import ServerProcess
from tests.sync.lab import in_house

PASSWORD = "correct horse battery"


@dataclass
class Districts:
    """Two districts of two schools of two groups, and a login for each place: its name -> the groups that it reaches."""

    reach: dict[str, set[str]] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)


def made(house: House, facts: DemoFacts) -> Districts:
    all_of = Districts()
    for district in ("north", "south"):
        organization = admin.add_organization(house, district)
        in_district: set[str] = set()
        for number in (1, 2):
            school = admin.add_school(house, organization, f"{district} {number}")
            in_school: set[str] = set()
            for letter in "ab":
                name = f"{district}-{number}-{letter}"
                new = admin.NewGroup(school, name, facts.open.package_id, facts.open.package_version, name, 0, DAY, 30, "open")
                group = admin.add_group(house, new).id
                logins.add(house, name, PASSWORD, group=group)
                all_of.reach[name] = {group}
                in_school.add(group)
            logins.add(house, f"{district}-{number}", PASSWORD, school=school)
            all_of.reach[f"{district}-{number}"] = in_school
            in_district |= in_school
        logins.add(house, district, PASSWORD, organization=organization)
        all_of.reach[district] = in_district
        all_of.groups |= in_district
    return all_of


@pytest.fixture(scope="module")
def districts(server: ServerProcess, facts: DemoFacts) -> Districts:
    all_of: Districts = in_house(server.data, lambda house: made(house, facts))
    all_of.groups |= {facts.open.id, facts.closed.id}
    return all_of


def signed_in(server: ServerProcess, name: str, password: str = PASSWORD) -> requests.Response:
    said = encode(SignIn, SignIn(name, password))
    return requests.post(f"{server.url}/v1/sign-in", data=said, timeout=30)


def asked(server: ServerProcess, path: str, token: str) -> requests.Response:
    return requests.get(server.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def refusal(answer: requests.Response) -> str:
    return Refusal.decode(answer.content).code


def token_of(server: ServerProcess, name: str) -> str:
    return decode(SignedIn, signed_in(server, name).content).token


def test_a_login_sees_its_own_reach_and_nothing_beside_or_above_it(server: ServerProcess, districts: Districts) -> None:
    tokens = {name: token_of(server, name) for name in districts.reach}
    for name, token in tokens.items():
        listed = decode(GroupsInReach, asked(server, "/v1/groups", token).content)
        assert {group.id for group in listed.groups} == districts.reach[name]
    for name, group in product(districts.reach, districts.groups):
        answer = asked(server, f"/v1/groups/{group}/sessions", tokens[name])
        if group in districts.reach[name]:
            assert decode(SessionsInReach, answer.content) == SessionsInReach(())
        else:
            assert (answer.status_code, refusal(answer)) == (404, "group-unknown"), (name, group)


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(server: ServerProcess, districts: Districts) -> None:
    assert districts.reach
    answers = [signed_in(server, "north-1", "not the password"), signed_in(server, "nobody at all", PASSWORD)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert refusal(answers[0]) == "sign-in-wrong"


def test_after_too_many_wrong_passwords_even_the_right_one_has_to_wait(server: ServerProcess, facts: DemoFacts) -> None:
    in_house(server.data, lambda house: logins.add(house, "tried", PASSWORD, group=facts.open.id))
    for _ in range(FREE_TRIES):
        assert signed_in(server, "tried", "wrong").status_code == 401
    answer = signed_in(server, "tried")
    assert (answer.status_code, refusal(answer)) == (429, "sign-in-later")
    assert int(answer.headers["Retry-After"]) >= 1


def test_the_wait_grows_and_ends() -> None:
    waits = [wait_ms(failures) for failures in range(40)]
    assert waits[: FREE_TRIES + 1] == [0] * FREE_TRIES + [10_000]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_MS


@pytest.mark.parametrize("how", ["", "Bearer", "Bearer nonsense", "Stamp1 device=a, ts=1, sig=a", "Basic bm8="])
def test_without_a_token_nothing_is_shown(server: ServerProcess, how: str) -> None:
    for path in ("/v1/groups", "/v1/groups/any/sessions"):
        answer = requests.get(server.url + path, headers={"Authorization": how} if how else {}, timeout=30)
        assert (answer.status_code, refusal(answer)) == (401, "token-unknown")


def test_a_login_that_was_ended_or_signed_out_is_refused_at_once(server: ServerProcess, facts: DemoFacts) -> None:
    in_house(server.data, lambda house: logins.add(house, "Frau Groß", PASSWORD, group=facts.open.id))
    first, second = token_of(server, "FRAU GROSS"), token_of(server, "frau groß")
    out = requests.post(f"{server.url}/v1/sign-out", headers={"Authorization": f"Bearer {first}"}, timeout=30)
    assert out.status_code == 204
    assert asked(server, "/v1/groups", first).status_code == 401
    assert asked(server, "/v1/groups", second).status_code == 200
    in_house(server.data, lambda house: logins.end(house, "Frau Groß"))
    assert asked(server, "/v1/groups", second).status_code == 401
    assert signed_in(server, "Frau Groß").status_code == 401


def test_passwords_and_tokens_are_not_kept(server: ServerProcess, districts: Districts) -> None:
    assert districts.reach
    token = token_of(server, "south")

    def everything(house: House) -> str:
        with house.store.reading() as connection:
            tables = (schema.login, schema.token, schema.audit)
            return repr([connection.execute(table.select()).all() for table in tables])

    kept = in_house(server.data, everything)
    assert "$argon2id$" in kept
    assert token not in kept
    assert PASSWORD not in kept


@pytest.fixture
def house(server: ServerProcess) -> Iterator[Any]:
    opened = open_house(settings_of(server.data), who="test")
    yield opened
    opened.close()


def test_a_login_needs_a_place_and_a_password_of_its_own(house: House, facts: DemoFacts) -> None:
    for name, password, code in (("x", "short", "login-unfit"), ("", PASSWORD, "login-unfit")):
        with pytest.raises(Trouble) as refused:
            logins.add(house, name, password, group=facts.open.id)
        assert refused.value.code == code
    for place in ({"group": "no"}, {"school": "no"}, {"organization": "no"}):
        with pytest.raises(Trouble) as refused:
            logins.add(house, "x", PASSWORD, **place)
        assert refused.value.code.endswith("-unknown")
    logins.add(house, "Twice", PASSWORD, group=facts.open.id)
    with pytest.raises(Trouble) as refused:
        logins.add(house, "twice ", PASSWORD, group=facts.open.id)
    assert refused.value.code == "login-taken"


def test_who_did_what_stands_in_the_audit_log(house: House, facts: DemoFacts) -> None:
    logins.add(house, "Logged", PASSWORD, group=facts.open.id)
    with house.store.reading() as connection:
        last = list(audit.entries(connection))[-1]
        assert audit.faults(connection) == []
    assert (last.who, last.act) == ("test", "login added")
    assert PASSWORD not in last.facts
