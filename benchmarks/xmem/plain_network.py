"""The peer's network: XMem's layers in the order of the specification, on a dictionary of weights.

Nothing is folded, shared between objects or laid out anew: the image and its features are repeated for every object.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional


class PlainNetwork:
    """XMem with sensory memory; weights by the original's names. Shapes carry no batch, objects are the first axis."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = weights

    def conv(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.weights[f"{name}.weight"]
        bias = self.weights.get(f"{name}.bias")
        return functional.conv2d(x, weight, bias, stride, weight.shape[-1] // 2)

    def norm(self, name: str, x: Tensor) -> Tensor:
        mean, var, gain, offset = (
            self.weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return functional.batch_norm(x, mean, var, gain, offset)

    def block(self, name: str, x: Tensor, stride: int) -> Tensor:
        deep = f"{name}.conv3.weight" in self.weights
        strides = (1, stride, 1) if deep else (stride, 1)
        y = x
        for i, step in enumerate(strides, 1):
            y = self.norm(f"{name}.bn{i}", self.conv(f"{name}.conv{i}", y, step))
            if i < len(strides):
                y = torch.relu(y)
        if f"{name}.downsample.0.weight" in self.weights:
            x = self.norm(f"{name}.downsample.1", self.conv(f"{name}.downsample.0", x, stride))
        return torch.relu(y + x)

    def stage(self, name: str, x: Tensor, depth: int, stride: int) -> Tensor:
        for i in range(depth):
            x = self.block(f"{name}.{i}", x, stride if i == 0 else 1)
        return x

    def stem(self, name: str, x: Tensor) -> Tensor:
        x = torch.relu(self.norm(f"{name}.bn1", self.conv(f"{name}.conv1", x, 2)))
        return functional.max_pool2d(x, 3, 2, 1)

    def res(self, name: str, x: Tensor) -> Tensor:
        y = self.conv(f"{name}.conv2", torch.relu(self.conv(f"{name}.conv1", torch.relu(x))))
        return y + (self.conv(f"{name}.downsample", x) if f"{name}.downsample.weight" in self.weights else x)

    def gate(self, name: str, x: Tensor) -> Tensor:
        weights = [
            self.weights[f"{name}.ChannelGate.mlp.{i}.{kind}"] for i in (1, 3) for kind in ("weight", "bias")
        ]

        def mlp(v: Tensor) -> Tensor:
            v = torch.relu(functional.linear(v, weights[0], weights[1]))
            return functional.linear(v, weights[2], weights[3])

        channel = torch.sigmoid(mlp(x.mean((2, 3))) + mlp(x.amax((2, 3))))
        x = x * channel[:, :, None, None]
        pooled = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1)
        return x * torch.sigmoid(self.conv(f"{name}.SpatialGate.spatial.conv", pooled))

    def fuse(self, name: str, frame: Tensor, objects: Tensor) -> Tensor:
        x = torch.cat([frame.expand(len(objects), -1, -1, -1), objects], 1)
        x = self.res(f"{name}.block1", x)
        return self.res(f"{name}.block2", x + self.gate(f"{name}.attention", x))

    def gru(self, name: str, x: Tensor, hidden: Tensor) -> Tensor:
        forget, update, new = self.conv(f"{name}.transform", torch.cat([x, hidden], 1)).chunk(3, 1)
        forget, update, new = forget.sigmoid(), update.sigmoid(), new.tanh()
        return forget * hidden * (1 - update) + update * new

    def encode_key(
        self, image: Tensor, *, shrinkage: bool, selection: bool
    ) -> tuple[Tensor, Tensor | None, Tensor | None, tuple[Tensor, Tensor, Tensor]]:
        f4 = self.stage("key_encoder.res2", self.stem("key_encoder", image[None]), 3, 1)
        f8 = self.stage("key_encoder.layer2", f4, 4, 2)
        f16 = self.stage("key_encoder.layer3", f8, 6, 2)
        key = self.conv("key_proj.key_proj", f16)
        sharp = self.conv("key_proj.d_proj", f16) ** 2 + 1 if shrinkage else None
        chosen = self.conv("key_proj.e_proj", f16).sigmoid() if selection else None
        return key, sharp, chosen, (f16, f8, f4)

    def encode_value(
        self, image: Tensor, f16: Tensor, hidden: Tensor, masks: Tensor, *, deep: bool
    ) -> tuple[Tensor, Tensor]:
        others = torch.stack(
            [
                sum((masks[j] for j in range(len(masks)) if j != i), torch.zeros_like(masks[i]))
                for i in range(len(masks))
            ]
        )
        x = torch.cat([image.expand(len(masks), -1, -1, -1), masks[:, None], others[:, None]], 1)
        x = self.stem("value_encoder", x)
        for name, stride in (("layer1", 1), ("layer2", 2), ("layer3", 2)):
            x = self.stage(f"value_encoder.{name}", x, 2, stride)
        value = self.fuse("value_encoder.fuser", f16, x)
        return value, self.gru("value_encoder.hidden_reinforce", value, hidden) if deep else hidden

    def decode(
        self, features: tuple[Tensor, Tensor, Tensor], readout: Tensor, hidden: Tensor, *, update: bool
    ) -> tuple[Tensor, Tensor]:
        f16, f8, f4 = features
        g16 = self.fuse("decoder.fuser", f16, torch.cat([readout, hidden], 1))
        g8 = self.up("decoder.up_16_8", f8, g16)
        g4 = self.up("decoder.up_8_4", f4, g8)
        logit = self.conv("decoder.pred", torch.relu(g4))
        if update:
            name = "decoder.hidden_update"
            x = self.conv(f"{name}.g16_conv", g16)
            x = x + self.conv(f"{name}.g8_conv", functional.avg_pool2d(g8, 2))
            x = x + self.conv(f"{name}.g4_conv", functional.avg_pool2d(torch.cat([g4, logit], 1), 4))
            hidden = self.gru(name, x, hidden)
        large = functional.interpolate(logit, scale_factor=4, mode="bilinear", align_corners=False)
        return hidden, large[:, 0].sigmoid()

    def up(self, name: str, skip: Tensor, small: Tensor) -> Tensor:
        large = functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        return self.res(f"{name}.out_conv", self.conv(f"{name}.skip_conv", skip) + large)
