"""Where fonts, icons and sounds lie: beside the package in a source tree, inside it in an installed wheel."""

from functools import cache
from pathlib import Path


@cache
def assets() -> Path:
    """The folder of assets. FileNotFoundError when the installation lacks it."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "assets", package.parent / "assets"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no assets folder beside or in {package}")
