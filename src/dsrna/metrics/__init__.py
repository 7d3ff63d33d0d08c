"""Differentiable robustness metrics, one value an example; the mathematics is in docs/explanation/metrics.md."""

from dsrna.metrics.certified import certified_bound
from dsrna.metrics.first_order import jacobian
from dsrna.metrics.registry import METRICS, Metric, metric

__all__ = ["METRICS", "Metric", "certified_bound", "jacobian", "metric"]
