"""The verbs about test packages."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import sys
from pathlib import Path

from stamp_desktop.cli.words import Verbs, need_authoring


def add_verbs(verbs: Verbs) -> None:
    """package build, validate, inspect."""
    package = verbs.add_parser("package", help="build, validate, inspect test packages").add_subparsers(
        required=True, metavar="VERB"
    )
    build = package.add_parser("build", help="make a package from a source folder")
    build.set_defaults(run=_package_build)
    build.add_argument("folder", type=Path)
    build.add_argument("-o", "--out", type=Path, required=True)
    build.add_argument("--key", type=Path, default=Path("publisher.pem"), help="the publisher's signing key; made when missing")
    build.add_argument(
        "--deal",
        choices=("solver", "cards"),
        default="solver",
        help="deal the sets into stripes as alike as can be, and prove that each fills the blueprint; or in turn, unproved",
    )
    validate = package.add_parser("validate", help="check a package, or all of a source folder")
    validate.set_defaults(run=_package_validate)
    validate.add_argument("path", type=Path)
    validate.add_argument("--publisher", type=Path, help="the publisher's public key")
    inspect = package.add_parser("inspect", help="what a package says of itself")
    inspect.set_defaults(run=_package_inspect)
    inspect.add_argument("path", type=Path)


def _package_build(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import build, keys

    file: Path = asked.out
    key_file: Path = asked.key
    if not key_file.exists():
        keys.save_publisher_key(key_file, keys.new_publisher_key())
        print(f"A new publisher key: {key_file}. Keep it safe; its public half lies beside it.")
    package_keys = keys.keys_path(file)
    if not package_keys.exists():
        keys.save_keys(package_keys, keys.new_keys())
    publisher, sealing = keys.load_publisher_key(key_file), keys.load_keys(package_keys)
    if asked.deal == "solver":
        need_authoring()
        from stamp_desktop.authoring import dealing, proof

        made = build.build(asked.folder, file, publisher, sealing, dealing.deal, proof.prove)
    else:
        made = build.build(asked.folder, file, publisher, sealing)
    print(made.report)
    return 0


def _package_validate(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import keys, manifest, reader, sources

    path: Path = asked.path
    if path.is_dir():
        _, faults = sources.inspect_sources(path)
        print(sources.fault_report(faults) or "No faults: a package can be built from this folder.")
        return 1 if any(not fault.warning for fault in faults) else 0
    if not asked.publisher:
        print("A package is verified against its publisher's public key: --publisher FILE.pub", file=sys.stderr)
        return 2
    print(manifest.describe(reader.verify(path, [keys.load_public_key(asked.publisher)])))
    print("The package is whole, unaltered and signed by this publisher.")
    return 0


def _package_inspect(asked: argparse.Namespace) -> int:
    from stamp_desktop.content import manifest, reader

    print(manifest.describe(reader.inspect(asked.path)))
    return 0
