"""The ways to bound the outputs of a tape, by name."""

from dataclasses import replace
from typing import Final, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from dsrna.bounds.passes.analyse import analysed
from dsrna.bounds.passes.first_layer import first_layer
from dsrna.bounds.passes.optimise import optimised
from dsrna.bounds.passes.outputs import bounded
from dsrna.bounds.problem import Problem
from dsrna.registry import Registry


@runtime_checkable
class Method(Protocol):
    """Return a lower bound of every output of the problem's tape, over its ball."""

    def __call__(self, problem: Problem) -> Float[Tensor, "batch rows"]: ...


METHODS: Final[Registry[Method]] = Registry("bound method")


NOT_DIFFERENTIABLE: Final = ("alpha-crown",)
"""Methods through which no gradient flows, to weights or to architecture parameters."""


@METHODS.register(
    "interval",
    summary="boxes in centre and radius form, the specification folded into the last layer",
    source="Gowal et al. 2018, arXiv 1810.12715, sections 3.2 and 3.3",
)
def interval(problem: Problem) -> Float[Tensor, "batch rows"]:
    tape, box, known = problem.tape, problem.ball.box(), first_layer(problem)
    return tape.propagate(box, rounding=problem.rounding, known=known)[tape.output].lower


@METHODS.register(
    "crown-ibp",
    summary="intervals inside, one backward linear pass for the margins",
    source="Zhang et al. 2020, arXiv 1906.06316, section 3.2",
)
def crown_ibp(problem: Problem) -> Float[Tensor, "batch rows"]:
    return bounded(analysed(problem, refine=False))


@METHODS.register(
    "crown",
    summary="backward linear bounds for every neuron that may be on or off; adaptive slopes",
    source="Zhang et al. 2018, arXiv 1811.00866; Boopathy et al. 2019, arXiv 1811.12395 (CNN-Cert)",
)
def crown(problem: Problem) -> Float[Tensor, "batch rows"]:
    return torch.maximum(bounded(analysed(problem, refine=True)), crown_ibp(problem))


@METHODS.register(
    "fast-lin",
    summary="as crown, lower lines parallel to the upper ones",
    source="Weng et al. 2018, arXiv 1804.09699; Boopathy et al. 2019, arXiv 1811.12395 (CNN-Cert)",
)
def fast_lin(problem: Problem) -> Float[Tensor, "batch rows"]:
    return bounded(analysed(problem, refine=True, parallel=True))


@METHODS.register(
    "alpha-crown",
    summary="crown, then each margin's lower slopes by gradient ascent; no gradient flows through it",
    source="Xu et al. 2021, arXiv 2011.13824",
)
@torch.no_grad()
def alpha_crown(problem: Problem) -> Float[Tensor, "batch rows"]:
    detached = replace(problem, tape=problem.tape.detached())
    return torch.maximum(optimised(analysed(detached, refine=True)), crown_ibp(detached))
