"""Linear lower and upper bounds of one operation, and how a linear functional is pulled back through them."""

from dsrna.bounds.relaxations.constant import Constant
from dsrna.bounds.relaxations.lines import Lines
from dsrna.bounds.relaxations.relaxation import Relaxation, inner
from dsrna.bounds.relaxations.windows import Windows

__all__ = ["Constant", "Lines", "Relaxation", "Windows", "inner"]
