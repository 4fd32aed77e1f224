"""The library's network, memory and loop in the terms of the parity kit's checker: `factory(state_dict, config)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from streammem.heads.propagation import Propagation, PropagationConfig
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks import load_network

__all__ = ["factory"]


class Parity:
    """One stream, with the original's arguments; labels are ids."""

    def __init__(self, state_dict: Mapping[str, Tensor], config: Mapping[str, Any]) -> None:
        self.network = load_network(state_dict)
        deep = int(config.get("deep_update_every", -1))
        long_term = bool(config["enable_long_term"])
        memory = FeatureConfig(
            top_k=int(config["top_k"]),
            working_max=int(config["max_mid_term_frames"]) if long_term else 100,
            working_min=int(config["min_mid_term_frames"]),
            prototypes=int(config["num_prototypes"]),
            long_term=int(config["max_long_term_elements"]) if long_term else 0,
            objects=3,
            budget="4 GB",
        )
        self.config = PropagationConfig(
            memory_every=int(config["mem_every"]),
            deep_every=None if deep < 0 else deep,
            cut=None,
            memory=memory,
        )
        self.loop: Propagation | None = None

    def step(
        self,
        image: Tensor,
        mask: Tensor | None,
        labels: Sequence[int] | None,
        valid: Sequence[int] | None,
    ) -> Tensor:
        """Probabilities, background first."""
        if self.loop is None:
            self.loop = Propagation(self.network, self.config, image.shape[-2:])
        masks = None
        if mask is not None and labels is not None:
            counts = set(labels if valid is None else valid)
            masks = {label: part for label, part in zip(labels, mask, strict=True) if label in counts}
        return self.loop.step(image, masks)

    def sizes(self) -> tuple[int, int]:
        """Tokens in the working and in the long-term memory."""
        assert self.loop is not None
        return self.loop.memory.sizes()


def factory(state_dict: Mapping[str, Tensor], config: Mapping[str, Any]) -> Parity:
    """What the checker calls."""
    return Parity(state_dict, config)
