"""3x3 convolutions by Winograd's minimal filtering: a quarter of the multiplications, equal up to rounding.

F(4x4, 3x3) of Lavin & Gray (2016): an output tile Y of 4x4 comes from an input tile D of 6x6 as

    Y = A' [(G g G') * (B' D B)] A

with * multiplying element by element, which over many channels and tiles is 36 plain matrix products. A, B and G follow
from five points at which polynomials are evaluated, and infinity (Toom-Cook). We take 0, ±5/8 and ±3/2: over 130 sets
that were tried, float32 errors were smallest with these, less than half of those with the usual 0, ±1 and ±2, and 6
times those of a direct convolution.
"""

import threading
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache, reduce
from operator import mul

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["WinogradConv", "transforms"]

POINTS = (Fraction(0), Fraction(5, 8), Fraction(-5, 8), Fraction(3, 2), Fraction(-3, 2))
TILE = 4  # outputs a side
PATCH = 6  # inputs a side
TILES_AT_ONCE = 128  # their patches stay in the cache between the three steps
FEWEST_PIXELS = 128  # below this, reading the larger kernel costs more than the multiplications that it saves

_KEPT = threading.local()


@cache
def transforms() -> tuple[Float[Tensor, "36 36"], Float[Tensor, "36 9"], Float[Tensor, "16 36"]]:
    """B, G and A for whole tiles (Kronecker squares of the one-dimensional ones), in float64."""
    finite = torch.tensor([float(point) for point in POINTS], dtype=torch.float64)
    powers = finite[:, None] ** torch.arange(TILE, dtype=torch.float64)  # 0 ** 0 is 1
    others = [[q for q in POINTS if q != p] for p in POINTS]
    scale = torch.tensor(
        [float(_product(p - q for q in rest)) for p, rest in zip(POINTS, others, strict=True)]
    )
    data = torch.zeros(PATCH, PATCH, dtype=torch.float64)
    for row, roots in enumerate([*others, list(POINTS)]):
        coefficients = _polynomial(roots)
        data[row, : len(coefficients)] = torch.tensor([float(c) for c in coefficients])
    kernel = torch.zeros(PATCH, 3, dtype=torch.float64)
    kernel[:-1] = powers[:, :3] / scale[:, None]
    out = torch.zeros(TILE, PATCH, dtype=torch.float64)
    out[:, :-1] = powers.T
    kernel[-1, -1] = out[-1, -1] = 1
    # Rows of like size lose fewest digits; powers of two lose none.
    in_data, in_out = (2.0 ** m.norm(dim=d).log2().round() for m, d in ((data, 1), (out, 0)))
    data, out, kernel = data / in_data[:, None], out / in_out, kernel * (in_data * in_out)[:, None]
    return torch.kron(data, data), torch.kron(kernel, kernel), torch.kron(out, out)


class WinogradConv(nn.Module):
    """A 3x3 convolution with padding 1 and stride 1 in float32, for inference; the size and the weights decide how.

    The transformed kernel takes 4 times the bytes of the plain one; it is made when a map first has enough pixels for
    it to pay.
    """

    def __init__(self, weight: Float[Tensor, "k c 3 3"], bias: Float[Tensor, " k"] | None) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(weight.new_zeros(len(weight)) if bias is None else bias, requires_grad=False)
        self._kernel: Tensor | None = None

    def forward(
        self,
        x: Float[Tensor, "n c y x"],
        *,
        before: bool = False,
        plus: Float[Tensor, "_ k y x"] | None = None,
        behind: bool = False,
    ) -> Float[Tensor, "n k y x"]:
        """As `Conv`; channels last in and out."""
        if x.shape[0] * x.shape[2] * x.shape[3] < FEWEST_PIXELS:
            y = functional.conv2d(torch.relu(x) if before else x, self.weight, self.bias, padding=1)
            y = y if plus is None else y.add_(plus)
            return y.relu_() if behind else y
        if self._kernel is None:
            self._kernel = transform_kernel(self.weight)
        return _convolve(x, self._kernel, self.bias, before, plus, behind)


def transform_kernel(weight: Float[Tensor, "k c 3 3"]) -> Float[Tensor, "36 c k"]:
    """G g G' for each pair of channels, computed in float64."""
    out, entry = weight.shape[:2]
    taps = weight.permute(2, 3, 1, 0).reshape(9, entry * out).double()
    return (transforms()[1] @ taps).float().view(PATCH * PATCH, entry, out)


def _convolve(
    x: Float[Tensor, "n c y x"],
    kernel: Float[Tensor, "36 c k"],
    bias: Float[Tensor, " k"],
    before: bool,
    plus: Float[Tensor, "_ k y x"] | None,
    behind: bool,
) -> Float[Tensor, "n k y x"]:
    """Strips of tiles go through all three steps while they are in the cache."""
    patches = _patches(x, before)
    _, _, batch, rows, columns, entry = patches.shape
    height, width, out = x.shape[2], x.shape[3], kernel.shape[2]
    result = x.new_empty(batch, rows * TILE, columns * TILE, out)
    tiles = _tiles(result)
    added = None
    if plus is not None:
        spare = (0, 0, 0, columns * TILE - width, 0, rows * TILE - height)
        added = _tiles(functional.pad(plus.permute(0, 2, 3, 1), spare).expand(batch, -1, -1, -1))
    data, _, back = (matrix.to(x) for matrix in transforms())
    images = max(1, TILES_AT_ONCE // (rows * columns))
    deep = min(rows, max(1, TILES_AT_ONCE // columns))
    for first in range(0, batch, images):
        for top in range(0, rows, deep):
            part = (..., slice(first, first + images), slice(top, top + deep), slice(None), slice(None))
            strip = patches[part]
            count = strip[0, 0, ..., 0].numel()
            taken, moved, products, outputs = _workspace(
                x,
                (PATCH**2, count * entry),
                (PATCH**2, count * entry),
                (PATCH**2, count * out),
                (TILE**2, count * out),
            )
            taken.view(strip.shape).copy_(strip)
            torch.mm(data, taken, out=moved)
            torch.bmm(moved.view(PATCH**2, count, entry), kernel, out=products.view(PATCH**2, count, out))
            outputs = torch.mm(back, products, out=outputs).view(TILE, TILE, *strip.shape[2:5], out)
            last = bias if added is None else added[part]
            if added is not None:
                outputs.add_(bias)
            if behind:
                torch.clamp_min(outputs.add_(last), 0, out=tiles[part])
            else:
                torch.add(outputs, last, out=tiles[part])
    return result[:, :height, :width].permute(0, 3, 1, 2)


def _workspace(like: Float[Tensor, "..."], *shapes: tuple[int, int]) -> list[Tensor]:
    """Matrices in one buffer that this thread keeps: fresh pages would cost as much as the transforms."""
    wanted = sum(rows * columns for rows, columns in shapes)
    buffer = getattr(_KEPT, "buffer", None)
    if buffer is None or len(buffer) < wanted:
        with torch.inference_mode(False):  # what is made in inference mode cannot be written to outside of it
            buffer = _KEPT.buffer = torch.empty(wanted, dtype=like.dtype, device=like.device)
    pieces, start = [], 0
    for rows, columns in shapes:
        pieces.append(buffer[start : start + rows * columns].view(rows, columns))
        start += rows * columns
    return pieces


def _patches(x: Float[Tensor, "n c y x"], before: bool) -> Float[Tensor, "6 6 n r q c"]:
    """The map, rectified if `before`, with a frame of zeros, as overlapping views 6x6 and 4 apart."""
    batch, channels, height, width = x.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    padded = x.new_empty(batch, rows * TILE + 2, columns * TILE + 2, channels)
    for rim in (padded[:, :1], padded[:, height + 1 :], padded[:, :, :1], padded[:, :, width + 1 :]):
        rim.zero_()
    inside, source = padded[:, 1 : height + 1, 1 : width + 1], x.permute(0, 2, 3, 1)
    if before:
        torch.clamp_min(source, 0, out=inside)
    else:
        inside.copy_(source)
    image, line, pixel, one = padded.stride()
    return padded.as_strided(
        (PATCH, PATCH, batch, rows, columns, channels), (line, pixel, image, TILE * line, TILE * pixel, one)
    )


def _tiles(x: Float[Tensor, "n y x c"]) -> Float[Tensor, "4 4 n r q c"]:
    """The same memory, by place in the tile and by tile."""
    batch, height, width, channels = x.shape
    image, line, pixel, one = x.stride()
    return x.as_strided(
        (TILE, TILE, batch, height // TILE, width // TILE, channels),
        (line, pixel, image, TILE * line, TILE * pixel, one),
        x.storage_offset(),
    )


def _product(factors: Iterable[Fraction]) -> Fraction:
    return reduce(mul, factors, Fraction(1))


def _polynomial(roots: Sequence[Fraction]) -> list[Fraction]:
    """Coefficients of the monic polynomial with these roots, the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [a - root * b for a, b in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return coefficients
