"""Every rule against sampling, and every registered operation against the list of cases."""

import pytest
import torch
from rule_cases import CASES
from torch import Tensor
from torch.nn import functional as F

from dsrna.bounds import Interval, rule
from dsrna.bounds.rules import RULES
from dsrna.bounds.tracing.trace import trace
from dsrna.errors import UserError
from dsrna.runtime.seeds import generator
from dsrna.testing.bounds import Applied, check_rule

WIDE = torch.ones(3, 3, dtype=torch.float64)
OFFSET = torch.rand(2, 3, dtype=torch.float64, generator=generator(0, "offset"))


@pytest.mark.parametrize("name", CASES)
def test_rule_holds(name: str) -> None:
    """A bound could be crossed by an input: the rule of this operation would be unsound."""
    function, shape = CASES[name]
    check_rule(function, shape, generator=generator(0, "rule", name))


def test_every_registered_operation_is_tried() -> None:
    """A rule could be registered that no test has ever tried."""
    tried = set()
    for function, shape in CASES.values():
        tape = trace(Applied(function), torch.ones(shape, dtype=torch.float64))
        tried |= {node.operation for node in tape.nodes}
    assert set(RULES) - tried == {F.batch_norm}, "a batch norm is written with its factors, or goes into other weights"


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_a_batch_norm_that_nobody_folds_has_its_rule_too(shape: tuple[int, ...]) -> None:
    """Else a tape that is not simplified would have unsound bounds. Corners go to corners."""
    draw = generator(0, "norm", str(shape))
    mean, weight, bias = (torch.rand(3, dtype=torch.float64, generator=draw) - 0.5 for _ in range(3))
    variance, centre = torch.rand(3, dtype=torch.float64, generator=draw), torch.ones(shape, dtype=torch.float64)
    box = Interval(centre, 0.1 * centre)
    found = RULES[F.batch_norm].interval(box, mean, variance, weight, bias)
    corners = [F.batch_norm(corner, mean, variance, weight, bias) for corner in (box.lower, box.upper)]
    torch.testing.assert_close(found.lower, torch.minimum(*corners))
    torch.testing.assert_close(found.upper, torch.maximum(*corners))


def seems_affine(name: str) -> bool:
    """Tell whether points on a line go to points on a line."""
    function, shape = CASES[name]
    draw = generator(0, "affine", name)
    here, there = torch.rand(2, 8, *shape, dtype=torch.float64, generator=draw) * 6 - 3
    first, middle, last = (torch.stack([function(x) for x in points]) for points in (2 * here - there, here, there))
    return torch.allclose(2 * middle - last, first)


@pytest.mark.parametrize("name", [name for name in CASES if seems_affine(name)])
def test_what_is_affine_is_bounded_as_such(name: str) -> None:
    """An operation could lose all that linear bounds know of its input, to intervals that hold and are loose."""
    function, shape = CASES[name]
    tape = trace(Applied(function), torch.ones(shape, dtype=torch.float64))
    assert all(node.rule.affine for node in tape.nodes)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_reaches_its_minimum(approximate: str) -> None:
    """GELU's dip between the ends of an interval would be missed, or be put where it is not."""
    grid = torch.linspace(-3, 1, 400_001, dtype=torch.float64)
    box = Interval(torch.tensor([-1.0], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64))
    tape = trace(Applied(lambda x: F.gelu(x, approximate=approximate)), box.centre)
    bound, values = tape.propagate(box)[tape.output], F.gelu(grid, approximate=approximate)
    torch.testing.assert_close(bound.lower, values.min()[None], rtol=0, atol=1e-11)
    torch.testing.assert_close(bound.upper, values.max()[None], rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: x * x, "both depend on the input"),
        (lambda x: 1 / x, "no bound rule for torch.Tensor"),
        (lambda x: OFFSET / x, "'y' must not depend on the input"),
        (lambda x: torch.div(x, 2, rounding_mode="floor"), "unexpected keyword argument 'rounding_mode'"),
        (lambda x: F.linear(OFFSET, x), "'weight' must not depend on the input"),
        (lambda x: F.leaky_relu(x, -0.5), "not monotone with a negative_slope of -0.5"),
        (lambda x: F.avg_pool2d(x[None], 2, divisor_override=-3), "divisor_override is -3"),
        (lambda x: F.dropout(x, 0.5, training=True), "pass training=self.training"),
        (lambda x: F.batch_norm(x, None, None, training=True), "statistics of the batch"),
        (lambda x: F.batch_norm(F.linear(x, WIDE), None, None, training=True), "statistics of the batch"),
        (lambda x: F.pad(x, (1, 1), value=x.sum()), "'value' must not depend on the input"),
        (lambda x: torch.tanh(x, out=OFFSET), "writes to in place"),
        (lambda x: x.sum(1, dtype=torch.float32), "keeps one precision"),
        (lambda x: x.softmax(1), "register one with dsrna.bounds.rule"),
    ],
)
def test_what_cannot_be_bounded_is_an_error(function: object, reason: str) -> None:
    """A use that no rule covers would get a bound all the same, or a message that helps nobody."""
    x = torch.rand(2, 3, dtype=torch.float64)
    with pytest.raises(UserError, match=reason) as error:
        trace(Applied(function), x).propagate(Interval(x, x))  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_a_rule_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way to register a rule that the documentation shows would not work."""
    monkeypatch.setattr("dsrna.bounds.rules.table.RULES", table := dict(RULES))
    monkeypatch.setattr("dsrna.bounds.tracing.recorder.RULES", table)

    @rule(torch.exp, Tensor.exp)
    def exp(x: Interval) -> Interval:
        return Interval.between(torch.exp(x.lower), torch.exp(x.upper))

    check_rule(lambda x: x.exp(), (2, 3), generator=generator(0, "exp"))
    with pytest.raises(ValueError, match="has a rule already"):
        rule(torch.exp)(exp)


def test_conformance_finds_an_unsound_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conformance check would let a wrong rule pass: here |x| taken for a monotone function."""
    monkeypatch.setattr("dsrna.bounds.rules.table.RULES", table := dict(RULES))
    monkeypatch.setattr("dsrna.bounds.tracing.recorder.RULES", table)
    rule(torch.abs)(lambda x: Interval(x.centre.abs(), 0.5 * x.radius))
    with pytest.raises(AssertionError, match="bound"):
        check_rule(torch.abs, (2, 3), generator=generator(0, "abs"))
