"""Differentiable robustness metrics, one value an example; the mathematics is in docs/explanation/metrics.md."""

from dsrna.metrics import certified_bound, jacobian
from dsrna.metrics.registry import METRICS, Metric, metric

__all__ = ["METRICS", "Metric", "certified_bound", "jacobian", "metric"]
