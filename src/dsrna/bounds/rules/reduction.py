"""Sums and means over dimensions: linear, with no negative coefficient."""

import torch
from torch import Tensor

from dsrna.bounds.rules.families import commuting
from dsrna.bounds.rules.table import no_offset, rule

for reduction in (torch.sum, Tensor.sum, torch.mean, Tensor.mean):
    rule(reduction, affine=True, offset=no_offset)(commuting(reduction))
