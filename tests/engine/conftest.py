import pytest

from stamp_desktop.engine.session import Form
from tests.engine.bank import Sitter, by_chance, generated_form, whole_sitting


@pytest.fixture(scope="session")
def form() -> Form:
    """A generated form of four sections; forms never change, so one serves all tests."""
    return generated_form()


@pytest.fixture(scope="session")
def sitting(form: Form) -> Sitter:
    """A finished sitting. Read its journal, do not step it."""
    return whole_sitting(form, by_chance(1))


@pytest.fixture
def sitter(form: Form) -> Sitter:
    """A sitting at the dashboard."""
    return Sitter(form).start()
