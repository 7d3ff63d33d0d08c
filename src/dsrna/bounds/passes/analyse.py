"""Walking a tape from its input to its output, with or without backward passes on the way."""

from dsrna.bounds.passes.analysis import Analysis
from dsrna.bounds.passes.batchwise import check_batchwise
from dsrna.bounds.passes.refine import refine_operands
from dsrna.bounds.problem import Problem
from dsrna.bounds.relaxations import Lines, Relaxation


def analysed(problem: Problem, *, refine: bool, parallel: bool = False) -> Analysis:
    """Carry intervals through the tape, narrowed by backward passes if ``refine``, and relax what is not affine."""
    check_batchwise(problem.tape)
    analysis = Analysis.begun(problem)
    for node in problem.tape.nodes:
        if node.rule.affine:
            analysis.add(node, None)
            continue
        if refine:
            refine_operands(analysis, node)
        analysis.add(node, sloped(node.relaxation(analysis.known), parallel=parallel))
    return analysis


def sloped(relaxation: Relaxation, *, parallel: bool) -> Relaxation:
    """Return the relaxation, its lower lines ``parallel`` to the upper ones if wanted (Weng et al. 2018)."""
    if parallel and isinstance(relaxation, Lines) and relaxation.least is not None:
        return relaxation.with_slope(relaxation.upper_slope[None])
    return relaxation
