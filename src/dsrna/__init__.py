"""Find, train, attack and certify neural architectures that withstand adversarial perturbations."""

from dsrna.recipes import Recipe
from dsrna.recipes import named as recipe
from dsrna.spaces import Genotype
from dsrna.stages import RunResult, run

__all__ = ["Genotype", "Recipe", "RunResult", "recipe", "run"]
