"""The embedded digits: 8x8 pixels, 1,797 images, nothing to download. The demonstration, in minutes on two cores."""

from dsrna.data import DataSettings
from dsrna.evaluation import AttackSettings, CertifySettings
from dsrna.recipes.recipe import Recipe
from dsrna.recipes.registry import RECIPES
from dsrna.search import SearchSettings
from dsrna.spaces import NetworkSettings, SpaceSettings
from dsrna.threat import Eps
from dsrna.training import TrainingSettings
