"""How features are stored: few dimensions, one byte each; or the likeliest classes of each cell.

Dense spaces. A unit vector of D numbers is projected onto d orthonormal directions and rounded to int8, scaled
so that its largest entry is 127. Cosines do not depend on the scale, so only the norm of the code is kept, to
half precision. A random projection keeps cosines up to about (1 - cosine²) / sqrt(d) (Johnson & Lindenstrauss
1984). The directions are never stored: their signs come from a hash of (row, column), so every machine and
every version of NumPy makes the same ones (Achlioptas 2003 shows that signs do as well as Gaussians).

Products of two codes are whole numbers below 2**24, which float32 adds without rounding: what is new, and what
goes, is decided alike whatever the order of summation, the number of threads or the BLAS.

Distribution spaces. Of the probabilities of each cell the k largest are kept, as class (uint16) and 1/255 steps
(uint8); beside them the picture's `peaks` largest classes over all cells, by which a search skips the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float16, Float32, Int8
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.interface import SpaceSpec
from streammem.token_table import Column

__all__ = ["Codec", "DenseCodec", "DistributionCodec", "project", "projection", "similarity"]

CHUNK = 1024  # rows decoded at a time: their float32 copies stay in the second-level cache
EXACT = 1024  # most dimensions whose products float32 still adds exactly: 127² * 1024 < 2**24
STEPS = 255  # of a stored probability


@runtime_checkable
class Codec(Protocol):
    """Turns one picture's features of one space into columns of a table row, and scores rows against a query."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """What a row holds."""

    def encode(self, features: Float32[np.ndarray, "cells dim"]) -> dict[str, NDArray[Any]]:
        """One row's entries."""

    def query(self, what: Float32[np.ndarray, "q dim"]) -> Float32[np.ndarray, "q d"]:
        """A question in the form that `scores` takes."""

    def scores(
        self, rows: Mapping[str, NDArray[Any]], query: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, "q n cells"]:
        """Each cell of each row against each line of the question."""

    def bounds(
        self, rows: Mapping[str, NDArray[Any]], query: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, " n"] | None:
        """Cheaply, what no row's score exceeds by much; None where `scores` is cheap enough."""

    def decode(self, rows: Mapping[str, NDArray[Any]]) -> Float32[np.ndarray, "n cells dim"]:
        """The features again, as well as they were kept."""


class DenseCodec:
    """Unit vectors as int8 codes of `dim` dimensions."""

    def __init__(self, spec: SpaceSpec, dim: int) -> None:
        self.spec, self.dim = spec, min(dim, spec.dim, EXACT)
        self.columns: Mapping[str, Column] = {
            "code": Column(np.int8, (spec.cells, self.dim)),
            "norm": Column(np.float16, (spec.cells,)),
        }

    def encode(self, features: Float32[np.ndarray, "cells dim"]) -> dict[str, NDArray[Any]]:
        """Project and round; a vector of zeros stays one."""
        code, norm = quantise(project(features, self.dim))
        return {"code": code, "norm": norm}

    def query(self, what: Float32[np.ndarray, "q dim"]) -> Float32[np.ndarray, "q d"]:
        """Project only: a question need not be rounded. Unit lines, zeros stay zeros."""
        flat = project(what, self.dim)
        unit: Float32[np.ndarray, "q d"] = flat / np.linalg.norm(flat, axis=1, keepdims=True).clip(1e-12)
        return unit

    def scores(
        self, rows: Mapping[str, NDArray[Any]], query: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, "q n cells"]:
        """Cosines."""
        n = len(rows["code"])
        flat = similarity(rows["code"].reshape(-1, self.dim), rows["norm"].reshape(-1), query)
        return flat.reshape(len(query), n, self.spec.cells)

    def bounds(
        self, rows: Mapping[str, NDArray[Any]], query: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, " n"] | None:
        """None: one GEMM scores everything."""
        return None

    def decode(self, rows: Mapping[str, NDArray[Any]]) -> Float32[np.ndarray, "n cells dim"]:
        """Unit codes lifted back along the directions of the projection."""
        unit = rows["code"] / np.maximum(rows["norm"].astype(np.float32), np.float32(1e-6))[..., None]
        lifted: Float32[np.ndarray, "n cells dim"] = unit @ projection(self.spec.dim, self.dim).T
        return lifted


class DistributionCodec:
    """Probabilities over classes as the `kept` likeliest ones of each cell."""

    def __init__(self, spec: SpaceSpec, kept: int, peaks: int) -> None:
        if spec.dim > 1 << 16:
            raise ObservationError(f"a distribution has at most {1 << 16} classes, got {spec.dim}")
        self.spec, self.kept, self.peaks = spec, min(kept, spec.dim), min(peaks, spec.dim)
        self.columns: Mapping[str, Column] = {
            "classes": Column(np.uint16, (spec.cells, self.kept)),
            "mass": Column(np.uint8, (spec.cells, self.kept)),
            "peak_classes": Column(np.uint16, (self.peaks,)),
            "peak_mass": Column(np.uint8, (self.peaks,)),
        }

    def encode(self, features: Float32[np.ndarray, "cells dim"]) -> dict[str, NDArray[Any]]:
        """Keep the likeliest, largest first."""
        most = features.max(axis=0)[None]
        classes, mass = _largest(features, self.kept)
        peak_classes, peak_mass = _largest(most, self.peaks)
        return {
            "classes": classes,
            "mass": mass,
            "peak_classes": peak_classes[0],
            "peak_mass": peak_mass[0],
        }

    def query(self, what: Float32[np.ndarray, "q dim"]) -> Float32[np.ndarray, "q d"]:
        """As it is: how much each class counts."""
        return what

    def scores(
        self, rows: Mapping[str, NDArray[Any]], query: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, "q n cells"]:
        """The stored probability of what is asked for, summed over each cell's classes."""
        return np.stack([_weighed(rows["classes"], rows["mass"], line) for line in query])

    def bounds(
        self, rows: Mapping[str, NDArray[Any]], query: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, " n"] | None:
        """The picture's peaks of what is asked for, summed as if they all were in one cell."""
        lines = [_weighed(rows["peak_classes"], rows["peak_mass"], line) for line in query]
        return np.asarray(np.mean(lines, axis=0, dtype=np.float32))

    def decode(self, rows: Mapping[str, NDArray[Any]]) -> Float32[np.ndarray, "n cells dim"]:
        """Zero for every class that was not kept."""
        n, cells, kept = rows["classes"].shape
        full = np.zeros((n * cells, self.spec.dim), np.float32)
        at = rows["classes"].reshape(-1, kept).astype(np.int64)
        np.put_along_axis(full, at, rows["mass"].reshape(-1, kept) / np.float32(STEPS), axis=1)
        return full.reshape(n, cells, self.spec.dim)


def project(features: Float32[np.ndarray, "n dim"], dim: int) -> Float32[np.ndarray, "n d"]:
    """Rows in `dim` orthonormal directions; unchanged where they have no more than that."""
    if features.shape[1] <= dim:
        return features
    flat: Float32[np.ndarray, "n d"] = features @ projection(features.shape[1], dim)
    return flat


@cache
def projection(dim_in: int, dim_out: int) -> Float32[np.ndarray, "dim_in dim_out"]:
    """Orthonormal columns made from a hash: signs of (row, column), then Gram-Schmidt.

    The identity if nothing is to be reduced.
    """
    if dim_in <= dim_out:
        return np.eye(dim_in, dtype=np.float32)
    at = np.arange(dim_in * dim_out, dtype=np.uint64) + np.uint64(dim_out << 32)
    signs = np.where(_splitmix(at) >> np.uint64(63), 1.0, -1.0).reshape(dim_in, dim_out)
    q, r = np.linalg.qr(signs)
    return np.ascontiguousarray(q * np.sign(np.diag(r)), dtype=np.float32)


def quantise(
    vectors: Float32[np.ndarray, "n d"],
) -> tuple[Int8[np.ndarray, "n d"], Float16[np.ndarray, " n"]]:
    """Rows scaled to -127..127 and rounded, and the norm of each code."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = vectors * (np.float32(127.0) / np.maximum(largest, np.float32(1e-12)))
    code = np.rint(scaled).astype(np.int8)
    whole = code.astype(np.float32)
    return code, np.sqrt(np.einsum("nd,nd->n", whole, whole)).astype(np.float16)


def similarity(
    code: Int8[np.ndarray, "n d"], norm: Float16[np.ndarray, " n"], query: Float32[np.ndarray, "q d"]
) -> Float32[np.ndarray, "q n"]:
    """Cosines of codes with queries of norm 1 (or with other codes, divided by their norm afterwards).

    Rows are widened to float32 a chunk at a time, so a large table is never decoded as a whole.
    """
    n, d = code.shape
    out = np.empty((len(query), n), np.float32)
    wide = np.empty((min(CHUNK, n), d), np.float32)
    for start in range(0, n, CHUNK):
        stop = min(start + CHUNK, n)
        chunk = wide[: stop - start]
        np.copyto(chunk, code[start:stop])
        np.matmul(query, chunk.T, out=out[:, start:stop])
    out /= np.maximum(norm.astype(np.float32), np.float32(1e-6))
    return out


def _largest(
    features: Float32[np.ndarray, "n dim"], kept: int
) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """The `kept` largest entries of each row, largest first, lower class first among equals."""
    steps = np.rint(np.clip(features, 0.0, 1.0) * STEPS).astype(np.int64)
    # Mass above, reversed class below: one sort decides both, and no two are equal.
    keys = (steps << 16) | (0xFFFF - np.arange(features.shape[1]))
    keys = np.sort(np.partition(keys, -kept, axis=1)[:, -kept:], axis=1)[:, ::-1]
    return (0xFFFF - (keys & 0xFFFF)).astype(np.uint16), (keys >> 16).astype(np.uint8)


def _weighed(
    classes: NDArray[np.uint16], mass: NDArray[np.uint8], weight: Float32[np.ndarray, " dim"]
) -> Float32[np.ndarray, "*rows"]:
    """Sum over the last axis of mass * weight[class] / STEPS.

    An indicator of few runs of classes (words cover neighbouring classes) is compared run by run: four times
    faster than looking every class up.
    """
    wanted = np.flatnonzero(weight)
    breaks = np.flatnonzero(np.diff(wanted) > 1) + 1
    runs = np.split(wanted, breaks) if len(wanted) else []
    if len(runs) <= 8 and (weight[wanted] == 1).all():
        hot = np.zeros(classes.shape, np.bool_)
        for run in runs:
            hot |= (classes - np.uint16(run[0])) <= np.uint16(run[-1] - run[0])
        total = np.multiply(hot, mass).sum(axis=-1, dtype=np.uint32)
        return np.asarray(total.astype(np.float32) / np.float32(STEPS))
    weighed = np.einsum("...k,...k->...", weight[classes], mass.astype(np.float32))
    return np.asarray(weighed / np.float32(STEPS))


def _splitmix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea & Flood 2014): a whole number to a scrambled one."""
    with np.errstate(over="ignore"):
        z = (x + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
