"""Find, train, attack and certify neural architectures that withstand adversarial perturbations."""

from dsrna.comparison import Comparison
from dsrna.recipes import Recipe
from dsrna.recipes import named as recipe
from dsrna.report import Run
from dsrna.spaces import Genotype
from dsrna.stages import RunResult, run

__all__ = ["Comparison", "Genotype", "Recipe", "Run", "RunResult", "recipe", "run"]
