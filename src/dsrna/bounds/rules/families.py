"""The two families whose rule is the operation itself."""

from typing import Any

from dsrna.bounds.interval import Interval
from dsrna.bounds.rules.table import IntervalRule, Operation


def commuting(operation: Operation) -> IntervalRule:
    """Return the rule of an operation that is linear, no coefficient negative: it acts on centre and radius alike."""

    def interval(x: Interval, *args: Any, **options: Any) -> Interval:
        return Interval(operation(x.centre, *args, **options), operation(x.radius, *args, **options))

    return interval


def monotone(operation: Operation) -> IntervalRule:
    """Return the rule of an operation that never falls when its input rises: it acts on both ends alike."""

    def interval(x: Interval, *args: Any, **options: Any) -> Interval:
        return Interval.between(operation(x.lower, *args, **options), operation(x.upper, *args, **options))

    return interval
