"""The shapes that travel through a network."""

from jaxtyping import Float
from torch import Tensor

Images = Float[Tensor, "batch channels height width"]
Features = Float[Tensor, "batch _ _ _"]
Logits = Float[Tensor, "batch classes"]
