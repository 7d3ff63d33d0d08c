"""What a recipe says of random architectures that are tried before one is taken."""

from dataclasses import dataclass

from dsrna.errors import UserError


@dataclass(frozen=True)
class CandidateSettings:
    """So many are drawn (``count``), each is trained for ``steps``, and its metric is the mean over ``images``."""

    count: int = 16
    steps: int = 100
    images: int = 64

    def __post_init__(self) -> None:
        for name in ("count", "images"):
            if getattr(self, name) < 1:
                raise UserError(f"search.candidates.{name} must be at least 1, not {getattr(self, name)}")
        if self.steps < 0:
            raise UserError(f"search.candidates.steps must be 0 (at initialisation) or more, not {self.steps}")
