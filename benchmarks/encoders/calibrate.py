"""Fit the calibration of the words of `lite` and write it beside its vocabulary.

A word's raw score is the probability that the hottest cell gives to all its classes. Broad words add up more false
probability, so each word gets its background: the mean over the clips of what the classes that are certainly not
in a clip add up to there. Then log-odds = slope * score - drop * background - offset is fitted to the hand-made
labels of truth.py, each pair of word and clip weighing the same, absent ones so little that one asked-for word in
ten is there: people ask for what they expect, while most of our words are nowhere. Run from the root:
python -m benchmarks.encoders.calibrate --data FOLDER
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from benchmarks.encoders.truth import CLIPS, WORDS, Clip, frames, there
from streammem.interface import Encoder
from streammem.perception.encoders import open_encoder
from streammem.perception.encoders.vocabulary import vocabulary

TARGET = Path(__file__).resolve().parents[2] / "perception" / "encoders" / "data" / "word_calibration.npz"
PRIOR = 0.1  # share of the pairs of word and clip that are true, after weighing
COLD = 0.02  # background that every word has at least


@dataclass(frozen=True, slots=True)
class Table:
    """One row for each frame and labelled word."""

    clip: Float[np.ndarray, " n"]
    word: Float[np.ndarray, " n"]
    truth: Float[np.ndarray, " n"]
    score: Float[np.ndarray, " n"]
    weight: Float[np.ndarray, " n"]


def members() -> Float[np.ndarray, "w 1000"]:
    """Which classes each word of the vocabulary has."""
    table = np.zeros((len(vocabulary()), 1000))
    for row, word in enumerate(vocabulary()):
        table[row, list(vocabulary()[word])] = 1
    return table


def look(encoder: Encoder, data: Path | None) -> list[tuple[Clip, list[Float[np.ndarray, "n 1000"]]]]:
    """Class probabilities of the cells of the labelled frames of the clips that are there."""
    seen = []
    for one in CLIPS:
        if place := there(one, data):
            seen.append((one, [f.spaces["text"].numpy() for f in encoder.encode(frames(place))]))
    return seen


def tabulate(seen: list[tuple[Clip, list[Float[np.ndarray, "n 1000"]]]]) -> Table:
    """Scores of the labelled words on the frames, with their truth and weight."""
    of_word = members()
    row_of = {word: row for row, word in enumerate(vocabulary())}
    rows = []
    for at, (one, cells) in enumerate(seen):
        for word in WORDS:
            row = row_of[vocabulary().lemma(word)]
            said = [(one.is_true(word, i), (c @ of_word[row]).max()) for i, c in enumerate(cells)]
            known = [(truth, score) for truth, score in said if truth is not None]
            rows += [(at, row, truth, score, 1 / len(known)) for truth, score in known]
    clip, word, truth, score, weight = np.array(rows, dtype=float).T
    for value, share in ((1, PRIOR), (0, 1 - PRIOR)):
        weight[truth == value] *= share / weight[truth == value].sum()
    return Table(clip, word, truth, score, weight / weight.mean())


def background(seen: list[tuple[Clip, list[Float[np.ndarray, "n 1000"]]]]) -> Float[np.ndarray, " w"]:
    """For each word, what its absent classes add up to in the hottest cell, mean over the clips."""
    of_word, levels = members(), []
    for one, cells in seen:
        maybe = {c for word in (*one.present, *one.unclear) if word in WORDS for c in _classes(word)}
        absent = np.ones(1000)
        absent[list(maybe)] = 0
        levels.append(np.mean([(c * absent @ of_word.T).max(0) for c in cells], axis=0))
    return np.maximum(np.mean(levels, axis=0), COLD)


def fit(table: Table, level: Float[np.ndarray, " w"]) -> Float[np.ndarray, " 3"]:
    """Weighted logistic regression on (score, log background, 1)."""
    x, y, weight = design(table, level), table.truth, table.weight

    def loss(b: Float[np.ndarray, " 3"]) -> float:
        z = x @ b
        return float((weight * (np.logaddexp(0, z) - y * z)).sum() / weight.sum())

    best: Float[np.ndarray, " 3"] = minimize(loss, np.zeros(3), method="BFGS").x
    return best


def design(table: Table, level: Float[np.ndarray, " w"]) -> Float[np.ndarray, "n 3"]:
    """The columns of the regression."""
    words = table.word.astype(int)
    return np.stack([table.score, np.log(level[words]), np.ones(len(words))], axis=1)


def held_out(
    seen: list[tuple[Clip, list[Float[np.ndarray, "n 1000"]]]],
) -> tuple[Table, Float[np.ndarray, " n"]]:
    """Probabilities for each clip from background and fit of all the others."""
    table = tabulate(seen)
    chance = np.zeros(len(table.truth))
    for at in range(len(seen)):
        others = [pair for i, pair in enumerate(seen) if i != at]
        level, here = background(others), table.clip == at
        chance[here] = 1 / (1 + np.exp(-(design(table, level) @ fit(tabulate(others), level))[here]))
    return table, chance


def _classes(word: str) -> tuple[int, ...]:
    return vocabulary()[vocabulary().lemma(word)]


def main() -> None:
    """Fit on all the clips, write, and say how well it does on clips that it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with clips/ and rgbd/")
    seen = look(open_encoder("lite"), parser.parse_args().data)
    level = background(seen)
    slope, drop, offset = fit(tabulate(seen), level)
    middle = -(drop * np.log(level) + offset) / slope
    table, chance = held_out(seen)
    print(f"{len(seen)} clips, log-odds = {slope:.2f} score {drop:+.2f} log background {offset:+.2f}")
    print(
        f"held out: log loss {log_loss(table, chance):.4f}, with the base rate alone {log_loss(table, None):.4f}"
    )
    for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1)):
        here = (chance >= low) & (chance < high)
        share = np.average(table.truth[here], weights=table.weight[here]) if here.any() else float("nan")
        print(f"  said {low:.2f}-{high:.2f}: true in {share:.2f} ({here.sum()} frames)")
    np.savez(TARGET, slope=np.float32(slope), middle=middle.astype(np.float32))
    print(
        f"{TARGET.name}: middles {middle.min():.2f} to {middle.max():.2f}, {TARGET.stat().st_size / 1e3:.0f} kB"
    )


def log_loss(table: Table, chance: Float[np.ndarray, " n"] | None) -> float:
    """Weighted mean of the negative log-likelihood."""
    p = np.full(len(table.truth), np.average(table.truth, weights=table.weight)) if chance is None else chance
    each = table.truth * np.log(p + 1e-9) + (1 - table.truth) * np.log(1 - p + 1e-9)
    return float(-np.average(each, weights=table.weight))


if __name__ == "__main__":
    main()
