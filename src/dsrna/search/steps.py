"""The two steps of the bilevel problem: weights on the training half, architecture on the validation half."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from dsrna.runtime.checkpoint import optimizer_tensors, restore_optimizer, with_prefix, without_prefix
from dsrna.runtime.modes import fixed, frozen_statistics
from dsrna.runtime.processes import ALONE, Processes
from dsrna.search.balance import flat
from dsrna.search.capacity import Capacity
from dsrna.search.compiling import Compiled
from dsrna.search.examples import seen
from dsrna.search.gradients import Gradients, LowerStep, gradient, second_order
from dsrna.search.lipschitz import checked
from dsrna.search.methods import METHODS
from dsrna.search.objective import UpperLevel
from dsrna.search.optimizers import Optimizers
from dsrna.search.perturbation import Moves, moved, random_moves, worst_moves
from dsrna.search.schedule import falling
from dsrna.search.settings import SearchSettings
from dsrna.search.watch import finite
from dsrna.spaces import Searchable, Sizes, dropping_skips

Batch = tuple[Float[Tensor, "batch channels height width"], Int64[Tensor, " batch"]]
"""Images and labels."""


@dataclass(frozen=True)
class Moment:
    """When a step is taken: the share of the epochs that is over, and where its random numbers come from."""

    share: float
    generator: torch.Generator

    def seed(self) -> int:
        return int(torch.randint(2**62, (), generator=self.generator))


@dataclass(frozen=True)
class Bilevel:
    """A supernet with what its two levels are stepped by."""

    supernet: Searchable
    optimizers: Optimizers
    upper: UpperLevel
    capacity: Capacity | None = None
    compiled: Compiled | None = None

    @classmethod
    def make(
        cls,
        supernet: Searchable,
        settings: SearchSettings,
        goal: str = "standard",
        sizes: Sizes | None = None,
        processes: Processes = ALONE,
    ) -> "Bilevel":
        if METHODS[settings.method].draws:
            checked(supernet).spread(settings.lipschitz.spread)
        capacity = None if sizes is None else Capacity(settings, sizes, goal)
        upper = UpperLevel(settings, goal, processes)
        compiled = Compiled(supernet) if settings.compile else None
        return cls(supernet, Optimizers.make(supernet, settings), upper, capacity, compiled)

    @property
    def processes(self) -> Processes:
        return self.upper.processes

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a step depends on, by name: what a checkpoint holds."""
        return {
            **with_prefix("supernet", self.supernet.state_dict()),
            **optimizer_tensors(self.optimizers.weights, "sgd"),
            **optimizer_tensors(self.optimizers.architecture, "adam"),
            **with_prefix("balance", self.upper.balance.averages),
            **with_prefix("capacity", self.capacity.tensors() if self.capacity else {}),
            **with_prefix("constraint", self.upper.constraint.tensors() if self.upper.method.draws else {}),
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        self.supernet.load_state_dict(without_prefix("supernet", tensors))
        restore_optimizer(self.optimizers.weights, "sgd", tensors)
        restore_optimizer(self.optimizers.architecture, "adam", tensors)
        self.upper.constraint.restore(without_prefix("constraint", tensors))
        device = self.supernet.architecture_parameters()[0].device
        averages = without_prefix("balance", tensors)
        self.upper.balance.restore({name: average.to(device) for name, average in averages.items()})
        if self.capacity is not None:
            self.capacity.restore(without_prefix("capacity", tensors))

    def weights_step(self, batch: Batch, moment: Moment) -> tuple[float, int]:
        """Take one SGD step on the training loss.

        Return the loss over the images of all processes, and how many of this one's were classified right.
        """
        self.supernet.train()
        weights = self.supernet.weights()
        x, y = self.as_seen(batch, moment)
        with moved(self.supernet, self._moves(x, y, moment)), self._drawn(moment):
            loss, logits = self.upper.lower_loss(self.compiled or self.supernet, x, y, moment.share)
        for weight, value in zip(weights, gradient(loss, weights, self.processes), strict=True):
            weight.grad = value
        finite(loss.item(), "training loss")
        length = torch.nn.utils.clip_grad_norm_(weights, self.upper.settings.gradient_clip)
        finite(length.item(), "gradient of the training loss")
        self.optimizers.weights.step()
        return loss.item(), int((logits.argmax(dim=1) == y).sum())

    def architecture_step(self, training: Batch, validation: Batch, moment: Moment, *, probe: bool = False) -> None:
        """Take one Adam step on the upper level; what there is to know of it is noted in ``upper.steps``."""
        self.supernet.train()
        architecture = self.supernet.architecture_parameters()
        images = self.as_seen(validation, moment)

        def gradients(weights: Sequence[Tensor]) -> list[Tensor]:
            return self.upper.gradients(self.supernet, images, architecture, weights, probe=probe, share=moment.share)

        first = self.upper.settings.order == 1
        with self._drawn(moment), fixed(self.supernet.weights() if first else ()):
            found = gradients(()) if first else self._looking_ahead(gradients, training, moment)
        if self.capacity is not None:
            found = list(map(torch.add, found, self.capacity.gradients(self.supernet)))
        finite(float(flat(found).norm()), "gradient in the architecture parameters")
        for parameter, value in zip(architecture, found, strict=True):
            parameter.grad = value
        self.optimizers.architecture.step()
        if self.upper.method.draws:
            with torch.no_grad():
                self.upper.constraint.update(self.upper.constraint.excess(self.supernet).item())

    def _looking_ahead(self, gradients: Gradients, training: Batch, moment: Moment) -> list[Tensor]:
        x, y = self.as_seen(training, moment)

        def lower() -> Tensor:
            with frozen_statistics(self.supernet):
                return self.upper.lower_loss(self.supernet, x, y, moment.share)[0]

        weights, settings = self.supernet.weights(), self.upper.settings
        buffers = [self.optimizers.weights.state[weight].get("momentum_buffer") for weight in weights]
        step = LowerStep(self.optimizers.learning_rate, settings.momentum, settings.weight_decay, buffers)
        architecture = self.supernet.architecture_parameters()
        return second_order(gradients, lower, architecture, weights, step, processes=self.processes)

    @contextmanager
    def _drawn(self, moment: Moment) -> Iterator[None]:
        """Draw the architecture parameters, and what is dropped of skip-connections, where the method does."""
        spreads = self.supernet.spreads.items()
        noise = {cell: torch.randn(part.shape, generator=moment.generator).to(part) for cell, part in spreads}
        self.supernet.draws = noise
        rate = self.supernet.skip_dropout * falling(moment.share, self.upper.settings)
        try:
            with dropping_skips(self.supernet, rate, moment.generator):
                yield
        finally:
            self.supernet.draws = {}

    def as_seen(self, batch: Batch, moment: Moment) -> Batch:
        """Return a batch as the losses are to see it."""
        examples, settings = self.upper.method.examples, self.upper.settings.adversary
        return seen(examples, self.supernet, batch, settings, moment.seed()), batch[1]

    def _moves(self, x: Tensor, y: Tensor, moment: Moment) -> Moves:
        kind, settings = self.upper.method.perturbation, self.upper.settings.perturbation
        radius = settings.eps(moment.share)
        if kind == "none":
            return {}
        if kind == "random":
            return random_moves(self.supernet, radius, moment.generator)
        draw = moment.generator
        return worst_moves(self.supernet, x, y, radius, steps=settings.steps, generator=draw, processes=self.processes)
