"""What a gradient attack asks of the model at each iterate: its logits, and a loss's gradient, in one pass."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from dsrna.threat import gradient

Images = Float[Tensor, "batch channels height width"]
Logits = Float[Tensor, "batch classes"]


def logits_and_gradient(
    model: nn.Module, x: Images, loss: Callable[[Logits], Float[Tensor, "batch"]]
) -> tuple[Logits, Images]:
    """Return the model's logits, and the gradient of each image's ``loss`` of them with respect to that image."""
    seen: list[Tensor] = []

    def objective(images: Tensor) -> Tensor:
        seen.append(model(images))
        return loss(seen[0])

    slope = gradient(objective, x)
    return seen[0].detach(), slope


def is_right(logits: Tensor, y: Tensor) -> Tensor:
    return logits.argmax(dim=1) == y


def margin(logits: Tensor, y: Tensor) -> Tensor:
    """Return for each image the label's logit less the largest other one: positive where it is classified rightly."""
    label = y[:, None]
    others = logits.scatter(1, label, float("-inf"))
    return logits.gather(1, label).squeeze(1) - others.amax(dim=1)
