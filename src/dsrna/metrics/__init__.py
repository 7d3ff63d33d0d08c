"""Differentiable robustness metrics, one value an example; the mathematics is in docs/explanation/metrics.md."""

from dsrna.metrics.certified import certified_log_radius, certified_margin
from dsrna.metrics.curvature import curvature
from dsrna.metrics.first_order import jacobian, margin_jacobian
from dsrna.metrics.registry import METRICS, Metric, MetricOptions, metric

__all__ = [
    "METRICS",
    "Metric",
    "MetricOptions",
    "certified_log_radius",
    "certified_margin",
    "curvature",
    "jacobian",
    "margin_jacobian",
    "metric",
]
