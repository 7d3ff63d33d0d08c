"""The files of a run, by name. Nothing else in the project spells these paths."""

from dataclasses import dataclass
from pathlib import Path

from dsrna.errors import UserError


@dataclass(frozen=True)
class RunFolder:
    """``runs/NAME``: what a run was, what each stage wrote, and the page.

    A name that no folder can have, and one that may not be looked into, are ``UserError``.
    """

    path: Path

    def __post_init__(self) -> None:
        try:
            self.recipe.exists()
        except OSError as error:
            raise UserError(f"{self.path} cannot be a run folder: {error.strerror}") from error

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    @property
    def recipe(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def environment(self) -> Path:
        return self.path / "environment.json"

    @property
    def split(self) -> Path:
        return self.path / "split.csv"

    @property
    def genotype(self) -> Path:
        return self.path / "search" / "genotype.json"

    @property
    def found(self) -> Path:
        return self.path / "search" / "result.json"

    @property
    def search_history(self) -> Path:
        return self.path / "search" / "history.jsonl"

    @property
    def search_checkpoints(self) -> Path:
        return self.path / "search" / "checkpoint"

    def cell(self, kind: str) -> Path:
        """Return where the picture of a cell, ``normal`` or ``reduce``, is."""
        return self.path / "search" / f"cell-{kind}.svg"

    @property
    def published(self) -> Path:
        return self.path / "search" / "published.json"

    @property
    def weights(self) -> Path:
        return self.path / "train" / "model.safetensors"

    @property
    def card(self) -> Path:
        return self.path / "train" / "README.md"

    def other_weights(self, name: str) -> Path:
        """Return where the weights of the epoch that was not chosen are, ``best`` or ``last``."""
        return self.path / "train" / f"{name}.safetensors"

    @property
    def model(self) -> Path:
        return self.path / "train" / "model.json"

    @property
    def own_model(self) -> Path:
        return self.path / "own-model.json"

    @property
    def training_history(self) -> Path:
        return self.path / "train" / "history.jsonl"

    @property
    def training_checkpoints(self) -> Path:
        return self.path / "train" / "checkpoint"

    def tensorboard(self, part: str) -> Path:
        """Return where TensorBoard reads a part of the run."""
        return self.path / "tensorboard" / part

    @property
    def attack(self) -> Path:
        return self.path / "attack.json"

    @property
    def attack_images(self) -> Path:
        return self.path / "attack-images.csv"

    @property
    def adversarial(self) -> Path:
        return self.path / "adversarial.safetensors"

    @property
    def adversarial_list(self) -> Path:
        return self.path / "adversarial.csv"

    @property
    def certify(self) -> Path:
        return self.path / "certify.json"

    @property
    def certify_images(self) -> Path:
        return self.path / "certify-images.csv"

    @property
    def rank_settings(self) -> Path:
        return self.path / "rank" / "settings.json"

    @property
    def rank_scores(self) -> Path:
        return self.path / "rank" / "scores.jsonl"

    @property
    def ranking(self) -> Path:
        return self.path / "ranking.json"

    @property
    def ranking_table(self) -> Path:
        return self.path / "ranking.csv"

    @property
    def report(self) -> Path:
        return self.path / "report.html"
