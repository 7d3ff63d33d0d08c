"""How a progressive search grows and thins out, stage by stage."""

from dataclasses import dataclass

from dsrna.errors import UserError


@dataclass(frozen=True)
class ProgressiveSettings:
    """The stages of P-DARTS (Chen et al. 2019, arXiv 1904.12760).

    ``depths``: the cells of each stage's supernet, as shares of ``space.cells``. ``kept``: how many candidates stay on
    each edge after each stage but the last; at least 3, so that one is neither ``none`` nor a skip-connection.
    ``dropout``: after skip-connections, the first rate of each stage, which falls over it. ``skips``: the most
    skip-connections of the normal cell at the end.
    """

    depths: tuple[float, ...] = (0.3, 0.65, 1.0)
    kept: tuple[int, ...] = (5, 3)
    dropout: tuple[float, ...] = (0.0, 0.4, 0.7)
    skips: int = 2

    def __post_init__(self) -> None:
        if not self.depths or not len(self.depths) == len(self.dropout) == len(self.kept) + 1:
            raise UserError(
                f"search.progressive.depths and dropout have a value for each stage ({len(self.depths)} and "
                f"{len(self.dropout)}), search.progressive.kept one less ({len(self.kept)})"
            )
        if list(self.depths) != sorted(self.depths) or self.depths[0] <= 0 or self.depths[-1] > 1:
            raise UserError(f"search.progressive.depths must grow, from above 0 to 1 at most, not {self.depths}")
        if list(self.kept) != sorted(set(self.kept), reverse=True) or min(self.kept, default=3) < 3:
            raise UserError(f"search.progressive.kept must fall from stage to stage, to 3 at least, not {self.kept}")
        if not all(0 <= rate < 1 for rate in self.dropout) or self.skips < 0:
            raise UserError(
                f"search.progressive.dropout {self.dropout} must lie in [0, 1), "
                f"search.progressive.skips ({self.skips}) not be negative"
            )
