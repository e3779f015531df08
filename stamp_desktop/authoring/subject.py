"""What is simulated: one adaptive section with its bank, from a package or from an outside bank and blueprint."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from stamp_desktop.authoring.bank_file import has_stripes, read_bank
from stamp_desktop.authoring.blueprint_file import read_blueprint
from stamp_desktop.authoring.dealing import deal
from stamp_desktop.authoring.proof import prove
from stamp_desktop.content.plain import canonical, plain
from stamp_desktop.content.stripes import dealt
from stamp_desktop.engine.blueprint import AdaptiveSection, Blueprint
from stamp_desktop.engine.form import Form, Stock
from stamp_desktop.engine.items import Bank
from stamp_desktop.trouble import Trouble


@dataclass(frozen=True)
class Subject:
    """A section and its bank; `package_hash` is "" where there is no package. Trouble form-unfit where they do not fit."""

    title: str
    section: AdaptiveSection
    bank: Bank
    package_hash: str = ""
    stock: Stock = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        form = Form(Blueprint("simulation", "und", (self.section,)), self.bank, "simulation", self.package_hash)
        object.__setattr__(self, "stock", form.stocks[self.section.id])

    def __getstate__(self) -> dict[str, object]:
        """Without the tables: each process works them out."""
        return {"title": self.title, "section": self.section, "bank": self.bank, "package_hash": self.package_hash}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    @property
    def bank_hash(self) -> str:
        """SHA-256 of the bank as canonical JSON, its sets in order of id: the order of the rows of a file does not count."""
        ordered = replace(self.bank, sets=tuple(sorted(self.bank.sets, key=lambda each: each.id)))
        return hashlib.sha256(canonical(plain(Bank, ordered))).hexdigest()


def outside(bank_file: Path, blueprint_file: Path) -> Subject:
    """The subject of a bank CSV and a blueprint TOML; the sets are dealt where the bank has no stripes."""
    section = read_blueprint(blueprint_file)
    bank = read_bank(bank_file, section)
    if not has_stripes(bank_file):
        bank = dealt(Blueprint("simulation", "und", (section,)), bank, deal)
    prove(section, bank.sets)
    return Subject(f"{bank_file.name}, {blueprint_file.name}", section, bank)


def packaged(file: Path, publisher: Path | None, section_id: str | None) -> Subject:
    """A section of a package, the first adaptive one if none is named.

    The package's keys lie beside it; so does `publisher.pub`, unless the publisher's public key is named.
    """
    from stamp_desktop.content import keys, reader  # noqa: PLC0415  # cryptography, which an outside bank does without

    package = reader.open_package(
        file, [keys.load_public_key(publisher or file.with_name("publisher.pub"))], keys.load_keys(keys.keys_path(file))
    )
    sections = {each.id: each for each in package.blueprint.sections if isinstance(each, AdaptiveSection)}
    wanted = section_id or next(iter(sections), "")
    if wanted not in sections:
        raise Trouble(
            "section-unknown",
            f"The package has no adaptive section {wanted!r}." if wanted else "The package has no adaptive section.",
            "Nothing was simulated.",
            f"Choose one of: {', '.join(sections)}." if sections else "Simulate a test with Reading or Listening.",
        )
    bank = Bank(tuple(each for each in package.bank.sets if each.section == wanted))
    title = f"{package.manifest.title} {package.manifest.version}, {wanted}"
    return Subject(title, sections[wanted], bank, package.hash)
