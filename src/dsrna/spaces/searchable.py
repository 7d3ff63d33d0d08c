"""What the search asks of a supernet, whatever its space."""

from abc import ABC, abstractmethod

from torch import nn

from dsrna.spaces.architecture import Architecture


class Searchable(nn.Module, ABC):
    """A supernet: images in [0, 1] to logits, with architecture parameters that weigh its candidates."""

    @abstractmethod
    def architecture_parameters(self) -> list[nn.Parameter]: ...

    @abstractmethod
    def shares(self) -> dict[str, float]:
        """Return each operation's mean softmax share over all edges, ``none`` included."""

    @abstractmethod
    def genotype(self) -> Architecture:
        """Return the strongest discrete architecture."""

    def weights(self) -> list[nn.Parameter]:
        """Return every parameter that is not an architecture parameter."""
        architecture = {id(parameter) for parameter in self.architecture_parameters()}
        return [parameter for parameter in self.parameters() if id(parameter) not in architecture]
