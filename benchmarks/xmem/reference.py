"""The straightforward implementation of the specification: the peer of `streammem.heads.segmentation` in speed and masks.

Plain network, dense memory, concatenation on each read; never imported by the library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.xmem.dense_memory import DenseMemory, MemoryConfig
from benchmarks.xmem.plain_network import PlainNetwork

EPSILON = 1e-7


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceConfig:
    """The inference loop's settings; `deep_every` below 0: with every memory frame."""

    mem_every: int = 5
    deep_every: int = -1
    memory: MemoryConfig = field(default_factory=MemoryConfig)


def aggregate(p: Tensor) -> Tensor:
    """Background first; the softmax of log odds."""
    q = torch.cat([torch.prod(1 - p, 0, keepdim=True), p]).clamp(EPSILON, 1 - EPSILON)
    return torch.softmax(torch.log(q / (1 - q)), 0)


class Reference:
    """One video; labels are 1 to n, channel i - 1."""

    def __init__(self, weights: Mapping[str, Tensor], config: ReferenceConfig = ReferenceConfig()) -> None:
        self.network = PlainNetwork(weights)
        self.config = config
        self.memory = DenseMemory(config.memory)
        self.labels: Sequence[int] = ()
        self.hidden = torch.zeros(0)
        self.t, self.last_mem, self.last_deep = -1, 0, -config.deep_every

    @torch.inference_mode()
    def step(
        self,
        image: Tensor,
        mask: Tensor | None = None,
        labels: Sequence[int] | None = None,
        valid: Sequence[int] | None = None,
    ) -> Tensor:
        """Probabilities (1 + n, H, W) of a normalised image (3, H, W), not padded.

        Args:
            image: the frame.
            mask: (n, H, W), one channel a label; the first call must carry one.
            labels: all labels from now on.
            valid: those that the mask shows; None: all of them.
        """
        self.t += 1
        self.labels = self.labels if labels is None else list(labels)
        height, width = image.shape[1:]
        rows, columns = -height % 16, -width % 16
        pads = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        image = functional.pad(image, pads)
        config = self.config
        keep = self.t - self.last_mem >= config.mem_every or mask is not None
        segment = self.t > 0 and (valid is None or len(valid) != len(self.labels))
        sync = config.deep_every < 0
        deep = keep if sync else self.t - self.last_deep >= config.deep_every
        key, shrinkage, selection, features = self.network.encode_key(
            image, shrinkage=keep, selection=segment or config.memory.long_term
        )
        prob = self.predict(key, selection, features, update=not (sync and deep)) if segment else None
        if mask is not None:
            prob = self.correct(functional.pad(mask, pads), prob, valid)
            fresh = len(prob) - 1 - len(self.hidden)
            blank = torch.zeros(fresh, self.hidden_dim, *key.shape[2:])
            self.hidden = torch.cat([self.hidden, blank]) if len(self.hidden) else blank
        assert prob is not None, "the first frame carries a mask"
        if keep:
            value, hidden = self.network.encode_value(image, features[0], self.hidden, prob[1:], deep=deep)
            assert shrinkage is not None
            flat = (x[0].flatten(1) if x is not None else None for x in (key, shrinkage, selection))
            self.memory.write(*flat, value.flatten(2))
            self.last_mem = self.t
            if deep:
                self.hidden, self.last_deep = hidden, self.t
        top, left = pads[2], pads[0]
        return prob[:, top : top + height, left : left + width]

    @property
    def hidden_dim(self) -> int:
        return self.network.weights["decoder.hidden_update.transform.weight"].shape[0] // 3

    def sizes(self) -> tuple[int, int]:
        """Elements in the working and the long-term memory."""
        return self.memory.working.size, self.memory.long.size

    def predict(self, key: Tensor, selection: Tensor, features: tuple[Tensor, ...], update: bool) -> Tensor:
        readout = self.memory.read(key[0].flatten(1), selection[0].flatten(1))
        readout = readout.unflatten(-1, key.shape[2:])
        hidden, p = self.network.decode(features, readout, self.hidden, update=update)
        self.hidden = hidden
        return aggregate(p)

    def correct(self, mask: Tensor, prob: Tensor | None, valid: Sequence[int] | None) -> Tensor:
        """The mask goes first; what it does not show keeps its prediction elsewhere."""
        if prob is not None:
            predicted = torch.where(mask.sum(0) > 0.5, 0, prob[1:])
            if valid is not None:
                mask = mask.clone()
                for label in self.labels:
                    if label not in valid and label <= len(predicted):
                        mask[label - 1] = predicted[label - 1]
        return aggregate(mask)
