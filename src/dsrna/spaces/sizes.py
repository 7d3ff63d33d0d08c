"""How large the final networks of a space are: exactly, in expectation, and between which ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.spaces.architecture import Architecture
from dsrna.spaces.selection import Choice, Rule, Strengths, expected_selection, sharpened
from dsrna.spaces.within import Band, strongest_within

Table = Int64[Tensor, "edges operations"]


@dataclass(frozen=True)
class Counts:
    """One count of every final network: ``base``, and what each kept edge adds, from its cell's table."""

    base: int
    tables: Mapping[str, Table]

    def of(self, choice: Choice) -> int:
        return self.base + sum(int(self.tables[cell][edge]) for cell, edges in choice.items() for edge in edges)

    def expected(self, selection: Mapping[str, Strengths]) -> Float[Tensor, ""]:
        """Return the count of a selection, 0 to 1 for each edge with each operation."""
        added = [(selection[cell] * table.to(selection[cell].device)).sum() for cell, table in self.tables.items()]
        return self.base + torch.stack(added).sum()

    def span(self, rule: Rule) -> tuple[int, int]:
        """Return the smallest and the largest count."""
        ends = [self.base, self.base]
        for table in self.tables.values():
            allowed = table[:, list(rule.candidates)]
            for group in torch.split(allowed, list(rule.groups)):
                ends[0] += int(group.amin(dim=1).sort().values[: rule.kept].sum())
                ends[1] += int(group.amax(dim=1).sort(descending=True).values[: rule.kept].sum())
        return ends[0], ends[1]


@dataclass(frozen=True)
class Sizes:
    """The counts of a space's final networks by name, ``parameters`` and ``multiply-adds``, and how they are chosen."""

    rule: Rule
    counts: Mapping[str, Counts]

    def means(self) -> dict[str, float]:
        """Return each mean count over architectures drawn uniformly."""
        first = next(iter(self.counts.values()))
        alike = {cell: torch.zeros(table.shape, dtype=torch.float64) for cell, table in first.tables.items()}
        for table in alike.values():
            table[:, list(self.rule.candidates)] = 1.0
        drawn = {cell: expected_selection(table, self.rule) for cell, table in alike.items()}
        return {name: count.expected(drawn).item() for name, count in self.counts.items()}

    def expected(self, strengths: Mapping[str, Strengths]) -> dict[str, Float[Tensor, ""]]:
        """Return each expected count of an architecture drawn by its sharpened strengths, in float64."""
        sharp = {cell: sharpened(table.double(), self.rule) for cell, table in strengths.items()}
        drawn = {cell: expected_selection(table, self.rule) for cell, table in sharp.items()}
        return {name: count.expected(drawn) for name, count in self.counts.items()}

    def strongest(self, strengths: Mapping[str, Strengths], bands: Mapping[str, Band]) -> Architecture | None:
        """Return the most probable architecture whose counts lie in the bands, None where there is none."""
        choice = self.choice(strengths, bands)
        return None if choice is None else self.rule.read(choice)

    def choice(self, strengths: Mapping[str, Strengths], bands: Mapping[str, Band]) -> Choice | None:
        """Return what that architecture keeps."""
        bounded: Sequence[tuple[Counts, Band]] = [(self.counts[name], band) for name, band in bands.items()]
        return strongest_within(strengths, self.rule, [(count.base, count.tables, band) for count, band in bounded])

    def reachable(self, bands: Mapping[str, Band]) -> bool:
        """Whether some architecture has its counts in the bands."""
        first = next(iter(self.counts.values()))
        alike = {cell: torch.ones(table.shape) for cell, table in first.tables.items()}
        return self.strongest(alike, bands) is not None
