"""OneRoster zips: read whole or not at all, with every fault named by file and line."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from stamp_desktop.server import admin, cli, oneroster
from stamp_desktop.server.demo import DemoFacts
from stamp_desktop.trouble import Trouble
from tests.server_process import ServerProcess
from tests.sync.lab import in_house

KINDS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
V11 = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    "d1,,,Riverside District,district,,\ns1,,,Riverside High,school,,d1\n",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
    "t1,,,Spring,term,2026-01-01,2026-06-30,,2026\n",
    "courses": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects\n"
    "c1,,,,Spanish,SPA,10,d1,\n",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    'termSourcedIds\nk1,,,Spanish 3,10,c1,SPA-3,scheduled,,s1,t1\nk2,,,Latin 1,10,c1,LAT-1,scheduled,,s1,"t1, t1"\n',
    "users": "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,agentSourcedIds\n"
    "u1,,,true,s1,student,ana,Ana,Diaz,\nu2,,,true,s1,student,bo,Bo,Li,u3\nu3,,,true,s1,teacher,mx,Max,Ott,\n"
    "u4,,,false,s1,student,gone,Gone,By,\n",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary\n"
    "e1,,,k1,s1,u1,student,\ne2,,,k1,s1,u2,student,\ne3,,,k1,s1,u3,teacher,true\ne4,,,k2,s1,u1,student,\ne5,,,k1,s1,u4,student,\n",
}
USERS12 = (
    "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,agentSourcedIds,primaryOrgSourcedId\n"
    "u1,,,true,ana,Ana,Diaz,,s1\nu2,,,true,bo,Bo,Li,u3,s1\nu3,,,true,mx,Max,Ott,,s1\nu4,,,false,gone,Gone,By,,s1\n"
)
V12 = V11 | {
    "users": USERS12,
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
    "r1,,,u1,primary,student,,,s1\nr2,,,u2,primary,student,,,s1\n",
}


def zipped(folder: Path, files: Mapping[str, str], version: str = "1.1", *, modes: Mapping[str, str] | None = None) -> Path:
    manifest = f"propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\n"
    for kind in (*KINDS, "roles"):
        manifest += f"file.{kind},{(modes or {}).get(kind, 'bulk' if kind in files else 'absent')}\n"
    path = folder / "roster.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.csv", manifest)
        for kind, text in files.items():
            archive.writestr(f"{kind}.csv", text)
    return path


def faults(path: Path, login: oneroster.LoginColumn = "username") -> str:
    with pytest.raises(Trouble) as refused:
        oneroster.read(path, login)
    assert refused.value.code == "roster-unfit"
    assert refused.value.advice.meaning == "Nothing was imported."
    return refused.value.advice.what


@pytest.mark.parametrize(("version", "files"), [("1.1", V11), ("1.2", V12)])
def test_the_students_of_each_class_are_read(tmp_path: Path, version: str, files: Mapping[str, str]) -> None:
    latin, spanish = oneroster.read(zipped(tmp_path, files, version))
    assert (spanish.id, spanish.title, spanish.school) == ("k1", "Spanish 3", "Riverside High")
    assert [(each.first, each.last, each.login) for each in spanish.students] == [("Ana", "Diaz", "ana"), ("Bo", "Li", "bo")]
    assert [each.login for each in latin.students] == ["ana"]


def test_every_id_that_leads_nowhere_is_named_with_its_line(tmp_path: Path) -> None:
    broken = dict(V12)
    broken["orgs"] += "s2,,,Lost School,school,,nowhere\n"
    broken["classes"] += "k3,,,French,10,c9,F,scheduled,,s9,t9\n"
    broken["users"] += "u5,,,true,eve,Eve,Ash,u9,s9\n"
    broken["roles"] += "r3,,,u8,primary,student,,,s8\n"
    broken["enrollments"] += "e6,,,k9,s9,u9,student,\n"
    said = faults(zipped(tmp_path, broken, "1.2"))
    for wanted in (
        "orgs.csv line 4: parentSourcedId nowhere is not in orgs.csv",
        "classes.csv line 4: courseSourcedId c9",
        "classes.csv line 4: schoolSourcedId s9",
        "classes.csv line 4: termSourcedIds t9",
        "users.csv line 6: agentSourcedIds u9",
        "users.csv line 6: primaryOrgSourcedId s9",
        "roles.csv line 4: userSourcedId u8",
        "roles.csv line 4: orgSourcedId s8",
        "enrollments.csv line 7: classSourcedId k9",
        "enrollments.csv line 7: schoolSourcedId s9",
        "enrollments.csv line 7: userSourcedId u9",
    ):
        assert wanted in said
    assert len(said.strip().splitlines()) == 1 + 11


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"users": V11["users"] + "u1,,,true,s1,student,x,X,Y,\n"}, "users.csv line 6: sourcedId u1 is there twice"),
        ({"users": V11["users"].replace(",ana,", ",,")}, "users.csv line 2: no username"),
        ({"users": V11["users"].replace(",bo,", ",ANA,")}, "users.csv line 3: username ANA is another student's"),
        ({"users": V11["users"].replace("givenName", "name")}, "users.csv line 1: no column givenName"),
        ({"orgs": V11["orgs"] + "s3\n"}, "orgs.csv line 4: another number of columns"),
        ({"orgs": V11["orgs"] + '"s3\n'}, "orgs.csv line 4"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, change: dict[str, str], wanted: str) -> None:
    assert wanted in faults(zipped(tmp_path, V11 | change))


def test_what_is_no_whole_oneroster_zip_is_refused(tmp_path: Path) -> None:
    without = {kind: text for kind, text in V11.items() if kind != "classes"}
    assert "classes.csv is missing" in faults(zipped(tmp_path, without))
    assert "manifest.csv names classes.csv" in faults(zipped(tmp_path, without, modes={"classes": "bulk"}))
    assert "users are a delta" in faults(zipped(tmp_path, V11, modes={"users": "delta"}))
    assert "oneroster.version is 1.0" in faults(zipped(tmp_path, V11, "1.0"))
    (tmp_path / "roster.zip").write_bytes(b"PK\3\4 nothing")
    assert "not a zip" in faults(tmp_path / "roster.zip")
    with zipfile.ZipFile(tmp_path / "roster.zip", "w") as archive:
        archive.writestr("users.csv", "")
    assert "manifest.csv is missing" in faults(tmp_path / "roster.zip")
    assert "is not UTF-8" in faults(zipped_bytes(tmp_path, "users", "sourcedId,é".encode("latin-1")))


def zipped_bytes(folder: Path, kind: str, content: bytes) -> Path:
    path = zipped(folder, {each: text for each, text in V11.items() if each != kind}, modes={kind: "bulk"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{kind}.csv", content)
    return path


def test_classes_are_taken_into_groups_by_command_all_or_none(
    server: ServerProcess, facts: DemoFacts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, where = zipped(tmp_path, V11), ("--data", str(server.data))
    assert cli.main(["roster", "oneroster", str(path), *where]) == 0
    assert "k1  Spanish 3  Riverside High  2 students" in capsys.readouterr().out
    take = ["--take", "k1", facts.open.id, "--take", "k2", "no-such-group"]
    assert cli.main(["roster", "oneroster", str(path), *take, *where]) == 1
    assert cli.main(["roster", "oneroster", str(path), "--take", "k9", facts.open.id, *where]) == 1
    assert in_house(server.data, lambda house: admin.people(house, facts.open.id)) == []
    assert cli.main(["roster", "oneroster", str(path), *take[:3], *where]) == 0
    assert [each.login for each in in_house(server.data, lambda house: admin.people(house, facts.open.id))] == ["ana", "bo"]
