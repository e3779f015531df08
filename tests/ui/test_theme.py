"""The look: contrast from the tokens alone, the bundled type, and icons that exist."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stamp_desktop.ui import theme
from stamp_desktop.ui.parts.layout import column, sized
from stamp_desktop.ui.theme import fonts, icons, style
from stamp_desktop.ui.theme.assets import assets
from stamp_desktop.ui.theme.style import Look
from stamp_desktop.ui.theme.tokens import LIGHT, THEMES, Role, Theme, contrast

TEXT: tuple[tuple[Role, Role], ...] = (
    *((ink, ground) for ink in ("ink", "second", "good", "attention", "bad", "primary") for ground in ("paper", "card")),
    *(("ink", ground) for ground in ("soft", "good_soft", "attention_soft", "bad_soft", "quiet", "mark")),
    ("second", "soft"),
    ("second", "quiet"),
    ("primary", "soft"),
    ("good", "good_soft"),
    ("attention", "attention_soft"),
    ("bad", "bad_soft"),
    ("on_primary", "primary"),
    ("on_primary", "primary_down"),
    *(
        (ink, ground)
        for ink in ("night_ink", "night_second", "night_good", "night_attention", "night_bad")
        for ground in ("night", "night_card")
    ),
)


def test_contrast_knows_the_ends_of_its_scale() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES, ids=lambda one: one.id)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read_in_every_theme(theme: Theme, ink: Role, ground: Role) -> None:
    assert contrast(theme.colours.of(ink), theme.colours.of(ground)) >= theme.least_contrast


@pytest.mark.parametrize("theme", THEMES, ids=lambda one: one.id)
def test_the_focus_ring_stands_out(theme: Theme) -> None:
    for ground in (theme.colours.paper, theme.colours.card):
        assert contrast(theme.colours.primary, ground) >= 3


@pytest.mark.usefixtures("qapp")
def test_the_bundled_typeface_is_really_used() -> None:
    layout = QTextLayout("Is this you? ¿Qué?", fonts.font(18))
    layout.beginLayout()
    layout.createLine().setLineWidth(1000)
    layout.endLayout()
    assert {run.rawFont().familyName() for run in layout.glyphRuns()} == {fonts.FAMILY}


def test_zoom_scales_type_and_space_together(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    inner = sized(QWidget(), height=40)
    layout = column(inner, gap=16, pad=24, on=page)
    style.apply(Look(zoom=1.5))
    assert (layout.spacing(), layout.contentsMargins().left(), inner.height()) == (24, 36, 60)
    assert style.look().font().pixelSize() == 27


@pytest.mark.usefixtures("qapp")
def test_an_icon_takes_the_colour_it_is_given() -> None:
    drawn = icons.pixmap("square", "#1D4ED8", 24).toImage()
    seen = {drawn.pixelColor(x, y).name() for x in range(24) for y in range(24) if drawn.pixelColor(x, y).alpha() == 255}
    assert seen == {"#1d4ed8"}


def test_every_icon_named_in_the_code_is_bundled() -> None:
    code = Path(theme.__file__).parents[1]
    used = re.compile(r"(?:Icon|Medallion|IconButton)\(\s*\"([a-z0-9-]+)\"")
    named = {name for file in code.rglob("*.py") for name in used.findall(file.read_text(encoding="utf-8"))}
    assert named
    assert not [name for name in named if not (assets() / "icons" / f"{name}.svg").is_file()]


def test_a_look_of_the_same_values_is_the_same_sheet() -> None:
    assert style.style_sheet(Look(LIGHT, 1.0)) == style.style_sheet(Look())
