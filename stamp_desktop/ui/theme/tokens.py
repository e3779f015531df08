"""The measures and colours of the look, as typed frozen values. No Qt: contrast is tested from these numbers alone.

Lengths are logical pixels at zoom 1. Colours are "#rrggbb". Text contrast is at least 4.5:1 in every theme, 7:1 in the
high-contrast ones (WCAG 2.2, 1.4.3 and 1.4.6).
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

Colour: TypeAlias = str

SPACE: Final = 8
BAR: Final = 64
FOOT: Final = 80
CONTROL: Final = 48
TARGET: Final = 44
RADIUS_CONTROL: Final = 10
RADIUS_CHOICE: Final = 12
RADIUS_CARD: Final = 16
RING: Final = 2
SMALL: Final = 14
NOTE: Final = 16
BASE: Final = 18
LEAD: Final = 20
TITLE: Final = 22
LARGE: Final = 26
HUGE: Final = 30
DISPLAY: Final = 72

Role: TypeAlias = Literal[
    "paper",
    "card",
    "ink",
    "second",
    "line",
    "border",
    "primary",
    "primary_down",
    "on_primary",
    "soft",
    "good",
    "good_soft",
    "attention",
    "attention_soft",
    "bad",
    "bad_soft",
    "quiet",
    "mark",
    "zone_quiet",
    "zone_good",
    "zone_loud",
    "record",
    "night",
    "night_card",
    "night_ink",
    "night_second",
    "night_good",
    "night_attention",
    "night_bad",
]


@dataclass(frozen=True, slots=True)
class Colours:
    """One colour for each role. `*_soft` and `soft` are grounds for text; `quiet` is the ground of what is off or neutral."""

    paper: Colour
    card: Colour
    ink: Colour
    second: Colour
    line: Colour
    border: Colour
    primary: Colour
    primary_down: Colour
    on_primary: Colour
    soft: Colour
    good: Colour
    good_soft: Colour
    attention: Colour
    attention_soft: Colour
    bad: Colour
    bad_soft: Colour
    quiet: Colour
    mark: Colour
    zone_quiet: Colour
    zone_good: Colour
    zone_loud: Colour
    record: Colour
    night: Colour = "#17202E"
    night_card: Colour = "#22304A"
    night_ink: Colour = "#FFFFFF"
    night_second: Colour = "#A9B8CD"
    night_good: Colour = "#BDEBD1"
    night_attention: Colour = "#F6C66B"
    night_bad: Colour = "#FFB4AB"

    def of(self, role: Role) -> Colour:
        """The colour of a role."""
        return str(getattr(self, role))


@dataclass(frozen=True, slots=True)
class Theme:
    """A set of colours with its name. `shadow` 0-1 is the strength of the shadow under cards."""

    id: str
    name: str
    colours: Colours
    shadow: float
    least_contrast: float = 4.5


LIGHT: Final = Theme(
    "light",
    "Light",
    Colours(
        paper="#F4F6F9",
        card="#FFFFFF",
        ink="#16202E",
        second="#4A5768",
        line="#DCE2EA",
        border="#B8C2CF",
        primary="#1D4ED8",
        primary_down="#173FB0",
        on_primary="#FFFFFF",
        soft="#E9EFFE",
        good="#0F7B4A",
        good_soft="#E5F4EC",
        attention="#8A5200",
        attention_soft="#FFF4DD",
        bad="#B42318",
        bad_soft="#FDECEA",
        quiet="#EAEEF3",
        mark="#FFF0B3",
        zone_quiet="#F3D9A0",
        zone_good="#A9DEC0",
        zone_loud="#F5B5AE",
        record="#D92D20",
    ),
    shadow=1.0,
)

CREAM: Final = Theme(
    "cream",
    "Cream",
    replace(
        LIGHT.colours,
        paper="#F6EFDF",
        card="#FFF9EC",
        ink="#2A2317",
        second="#5A4F3D",
        line="#E6DAC0",
        border="#C9B995",
        primary="#1E4A8C",
        primary_down="#173B70",
        soft="#E6EAEE",
        good_soft="#E4EFDD",
        good="#0B6A3F",
        attention="#7E4A00",
        attention_soft="#FBE9C4",
        bad_soft="#FBE3DA",
        quiet="#EFE5CF",
        mark="#FFE08A",
    ),
    shadow=0.8,
)

DARK: Final = Theme(
    "dark",
    "Dark",
    Colours(
        paper="#111824",
        card="#1A2333",
        ink="#F1F5FA",
        second="#B4C0D0",
        line="#2C384B",
        border="#4D5C73",
        primary="#8FB4FF",
        primary_down="#B5CEFF",
        on_primary="#0B1424",
        soft="#22335A",
        good="#7ADBA8",
        good_soft="#15352A",
        attention="#F6C66B",
        attention_soft="#3A2E14",
        bad="#FFA79E",
        bad_soft="#43201E",
        quiet="#263146",
        mark="#5C4B12",
        zone_quiet="#7A6230",
        zone_good="#2F7D58",
        zone_loud="#8C443D",
        record="#FF6B5E",
        night="#0B111B",
    ),
    shadow=0.0,
)

YELLOW_ON_BLACK: Final = Theme(
    "yellow",
    "Yellow on black",
    Colours(
        paper="#000000",
        card="#000000",
        ink="#FFEE32",
        second="#FFEE32",
        line="#FFEE32",
        border="#FFEE32",
        primary="#FFEE32",
        primary_down="#FFFFFF",
        on_primary="#000000",
        soft="#2B2900",
        good="#7CFFB2",
        good_soft="#00210F",
        attention="#FFD27A",
        attention_soft="#2A1D00",
        bad="#FFB3AB",
        bad_soft="#330500",
        quiet="#1F1F1F",
        mark="#5A4B00",
        zone_quiet="#8A6A1E",
        zone_good="#1E8A55",
        zone_loud="#A33A30",
        record="#FF6B5E",
        night="#000000",
        night_card="#1F1F1F",
        night_ink="#FFEE32",
        night_second="#FFEE32",
    ),
    shadow=0.0,
    least_contrast=7.0,
)

BLACK_ON_WHITE: Final = Theme(
    "black",
    "Black on white",
    Colours(
        paper="#FFFFFF",
        card="#FFFFFF",
        ink="#000000",
        second="#1A1A1A",
        line="#000000",
        border="#000000",
        primary="#0B2A8A",
        primary_down="#000000",
        on_primary="#FFFFFF",
        soft="#E6ECFF",
        good="#00482A",
        good_soft="#E6F7EE",
        attention="#5C3500",
        attention_soft="#FFF4DD",
        bad="#7A0F08",
        bad_soft="#FDECEA",
        quiet="#EDEDED",
        mark="#FFE45C",
        zone_quiet="#F3D9A0",
        zone_good="#A9DEC0",
        zone_loud="#F5B5AE",
        record="#B00000",
        night="#000000",
        night_card="#1F1F1F",
    ),
    shadow=0.0,
    least_contrast=7.0,
)

THEMES: Final = (LIGHT, CREAM, DARK, BLACK_ON_WHITE, YELLOW_ON_BLACK)


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, 1-21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: Colour) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4) for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
