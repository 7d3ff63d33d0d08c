"""What every test shares: one thread, so that workers do not fight for the cores, and no example that is timed."""

import torch
from hypothesis import settings

torch.set_num_threads(1)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
