"""What several verbs share: the type of their parser, and where things lie on this computer."""

import argparse
from pathlib import Path
from typing import TypeAlias

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def user_folder(name: str = "stamp-desktop") -> Path:
    """This user's data folder of that program."""
    import platformdirs  # noqa: PLC0415  # most verbs do without it

    return Path(platformdirs.user_data_path(name, appauthor=False, roaming=False))


def assets() -> Path:
    """The assets, beside the package in a source tree or inside it in an installed wheel."""
    package = Path(__file__).resolve().parent.parent
    return next(folder for folder in (package / "assets", package.parent / "assets") if folder.is_dir())
