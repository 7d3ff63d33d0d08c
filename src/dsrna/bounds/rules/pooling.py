"""Pooling: averages are linear with no negative coefficient, a maximum is monotone in every element."""

import torch
from torch.nn import functional as F

from dsrna.bounds.rules.families import commuting, monotone
from dsrna.bounds.rules.table import rule

for average in (F.avg_pool2d, F.adaptive_avg_pool2d):
    rule(average)(commuting(average))

for maximum in (F.max_pool2d, torch.max_pool2d, F.adaptive_max_pool2d):
    rule(maximum)(monotone(maximum))
