import shutil
from pathlib import Path

import pytest

from tests.content.small import SmallPackage, build_small


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallPackage:
    """A small package that no test changes."""
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def sources(tmp_path: Path, small: SmallPackage) -> Path:
    """A source folder of its own for a test, without faults."""
    return shutil.copytree(small.path.parent / "small", tmp_path / "sources")
