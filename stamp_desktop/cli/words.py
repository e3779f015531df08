"""What several verbs share: the type of their parser, and where things lie on this computer."""

import argparse
from pathlib import Path
from typing import TypeAlias

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def need_authoring() -> None:
    """Trouble authoring-missing where the solver and the pictures are not installed: a lab computer does without them."""
    from importlib.util import find_spec  # noqa: PLC0415  # most verbs do without it

    from stamp_desktop.trouble import Trouble  # noqa: PLC0415

    if missing := [name for name in ("scipy", "matplotlib") if find_spec(name) is None]:
        raise Trouble(
            "authoring-missing",
            f"This needs {' and '.join(missing)}, which the programs of a lab do without.",
            "Nothing was done.",
            'Install them: pip install "stamp-desktop[authoring]". A package can also be built with --deal cards.',
        )


def user_folder(name: str = "stamp-desktop") -> Path:
    """This user's data folder of that program."""
    import platformdirs  # noqa: PLC0415  # most verbs do without it

    return Path(platformdirs.user_data_path(name, appauthor=False, roaming=False))


def assets() -> Path:
    """The assets, beside the package in a source tree or inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    return next(folder for folder in (package / "assets", package.parent / "assets") if folder.is_dir())
