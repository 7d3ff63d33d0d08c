"""A network and questions about it, in files that other tools read: ONNX and VNN-LIB."""

from dsrna.export.network import export_onnx
from dsrna.export.properties import Instance, robustness_property, write_instances, write_property

__all__ = ["Instance", "export_onnx", "robustness_property", "write_instances", "write_property"]
