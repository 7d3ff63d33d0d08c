"""What a gradient attack asks of the model at each iterate: its logits, and a loss's gradient, in one pass."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from dsrna.errors import UserError
from dsrna.threat import gradient

Images = Float[Tensor, "batch channels height width"]
Logits = Float[Tensor, "batch classes"]


def logits_and_gradient(
    model: nn.Module, x: Images, loss: Callable[[Logits], Float[Tensor, "batch"]]
) -> tuple[Logits, Images]:
    """Return the model's logits, and the gradient of each image's ``loss`` of them with respect to that image.

    One that is not finite leads nowhere, and its image would count as robust: ``UserError``.
    """
    seen: list[Tensor] = []

    def objective(images: Tensor) -> Tensor:
        seen.append(model(images))
        return loss(seen[0])

    slope = gradient(objective, x)
    blind = int((~slope.isfinite()).flatten(1).any(dim=1).sum())
    if blind:
        raise UserError(
            f"the model has no finite gradient at {blind} of {len(x)} images, and an attack that follows it would stay "
            f"where it is; mend the model, or attack it by square alone"
        )
    return seen[0].detach(), slope


def is_right(logits: Tensor, y: Tensor) -> Tensor:
    return logits.argmax(dim=1) == y


def margin(logits: Tensor, y: Tensor) -> Tensor:
    """Return for each image the label's logit less the largest other one: positive where it is classified rightly."""
    label = y[:, None]
    others = logits.scatter(1, label, float("-inf"))
    return logits.gather(1, label).squeeze(1) - others.amax(dim=1)
