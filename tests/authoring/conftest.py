import importlib.util
import os

import pytest

MISSING = [name for name in ("scipy", "matplotlib") if importlib.util.find_spec(name) is None]


@pytest.fixture(autouse=True, scope="session")
def _authoring() -> None:
    """The extra `authoring`; where it is missing nothing here can be tested."""
    if MISSING and "CI" in os.environ:
        pytest.fail(f"the extra `authoring` is not installed: {', '.join(MISSING)}")
    if MISSING:
        pytest.skip(f"the extra `authoring` is not installed: {', '.join(MISSING)}")
