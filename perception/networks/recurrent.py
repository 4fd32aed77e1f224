"""The recurrent update of the sensory memory."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from streammem.perception.networks.convolution import Conv

__all__ = ["GatedUpdate", "renew"]


def renew(gates: Float[Tensor, "n d h w"], hidden: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """The next h: f h (1 - u) + u n, with the gates [f, u, n] before their activations: three times the channels of h.

    Not a standard GRU: the new content n was computed from the whole h, with no reset gate in front of it (XMem).
    """
    forget, update, new = gates.chunk(3, dim=1)
    update = update.sigmoid()
    return forget.sigmoid() * hidden * (1 - update) + update * new.tanh()


class GatedUpdate(nn.Module):
    """The update by one 3x3 convolution of [input, h]."""

    def __init__(self, entry: int, hidden: int) -> None:
        super().__init__()
        self.transform = Conv(entry + hidden, hidden * 3, 3, padding=1)

    def forward(
        self, x: Float[Tensor, "n d h w"], hidden: Float[Tensor, "n c h w"]
    ) -> Float[Tensor, "n c h w"]:
        """The next hidden state."""
        return renew(self.transform(torch.cat([x, hidden], dim=1)), hidden)
