"""The attacked computers. Where a part is missing the attacks are skipped, except where all must be there (CI)."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests import sound_server
from tests.attack import input_methods
from tests.attack.bench import TOOLS, Bench, bench
from tests.attack.report import Report
from tests.journeys import desktop

pytest.importorskip("Xlib")


@pytest.fixture(scope="session")
def attackers() -> None:
    """All that the attacks need is on this computer."""
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    reason = desktop.missing() or sound_server.missing() or (f"not installed: {', '.join(lacking)}" if lacking else "")
    if not reason and os.environ.get("CI"):
        reason = input_methods.lacking()
    if reason:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def report() -> Iterator[Report]:
    """Written at the end, whatever came of it."""
    made = Report()
    yield made
    made.write()


@pytest.fixture(scope="module")
def kiosk(attackers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:  # noqa: ARG001  # asked for first
    """A computer for the kiosk."""
    folder = tmp_path_factory.mktemp("kiosk")
    with bench(folder, guarded=True, more=input_methods.environment(folder)) as made:
        yield made


@pytest.fixture(scope="module")
def plain(attackers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:  # noqa: ARG001  # asked for first
    """The same computer without it."""
    with bench(tmp_path_factory.mktemp("plain"), guarded=False) as made:
        yield made
