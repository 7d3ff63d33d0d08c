"""The colours of the page, the plots and the drawings: one value for light surroundings, one for dark.

Every series colour keeps a contrast of at least 4.5 to its surface, so labels may wear it. Colour never stands alone:
lines differ in marker and dash too, and carry their names.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Colour:
    """A CSS variable ``--name`` and its two values."""

    name: str
    light: str
    dark: str

    @property
    def variable(self) -> str:
        return f"var(--{self.name})"


PAGE: Final = Colour("page", "#f3f1ec", "#12151b")
SURFACE: Final = Colour("surface", "#fdfcfa", "#1a1f28")
INK: Final = Colour("ink", "#1b2330", "#e8ebf1")
MUTED: Final = Colour("muted", "#5a6475", "#a3adbd")
FAINT: Final = Colour("faint", "#dcdad4", "#343c4a")

BLUE: Final = Colour("blue", "#0a5fa5", "#70b5f2")
RED: Final = Colour("red", "#b53a0d", "#ff9a6c")
GREEN: Final = Colour("green", "#04715a", "#43cda5")
PURPLE: Final = Colour("purple", "#75399c", "#c89df0")
GOLD: Final = Colour("gold", "#826003", "#e0b944")
PINK: Final = Colour("pink", "#aa2f68", "#f48cb9")

SERIES: Final = (BLUE, RED, GREEN, PURPLE, GOLD, PINK)
PALETTE: Final = (PAGE, SURFACE, INK, MUTED, FAINT, *SERIES)


def family(operation: str) -> Colour:
    """The colour of an operation goes by what it does; its label tells the kernel size."""
    families = {"sep_conv": BLUE, "dil_conv": PURPLE, "nor_conv": BLUE, "pool": RED, "skip": GREEN, "none": INK}
    return next((colour for part, colour in families.items() if part in operation), PINK)
