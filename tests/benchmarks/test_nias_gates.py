"""The gates let a sound memory pass and stop a broken one; the whole benchmark runs on a tiny stream."""

import json

import numpy as np
import pytest

from benchmarks.nias.__main__ import main
from benchmarks.nias.answers import Found, Rule
from benchmarks.nias.candidate import Candidate
from benchmarks.nias.cases import Case
from benchmarks.nias.gates import bytes_gate, resume_gate, shuffle_gate
from benchmarks.nias.probes import Probe
from benchmarks.nias.runs import Run, run
from streammem.types import Interval

BUDGET = 8192


@pytest.fixture(scope="module")
def case() -> Case:
    """Forty scenes of 5 s; each is asked for."""
    rng = np.random.default_rng(3)
    scenes = rng.standard_normal((40, 384)).astype(np.float32)
    vectors = np.repeat(scenes, 10, axis=0) + 0.1 * rng.standard_normal((400, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    picture = np.zeros((1, 1, 3), np.uint8)
    probes = tuple(
        Probe(clip=str(i), picture=picture, truth=(Interval(5.0 * i, 5.0 * i + 4.5),)) for i in range(40)
    )
    asked = scenes / np.linalg.norm(scenes, axis=1, keepdims=True)
    return Case(seed=0, times=np.arange(400) / 2, vectors=vectors, probes=probes, asked=asked)


@pytest.fixture(scope="module")
def done(case: Case) -> Run:
    """Our memory's run over it."""
    return run(Candidate(BUDGET, 384), case)


def test_our_memory_passes_every_gate(case: Case, done: Run) -> None:
    assert bytes_gate(done, BUDGET).passed
    assert resume_gate(lambda: Candidate(BUDGET, 384), done).passed
    assert shuffle_gate(done, Rule()).passed


def test_a_memory_that_forgets_on_resume_is_caught(case: Case) -> None:
    class Forgets(Candidate):
        def restore(self, state) -> None:
            self._index = int(state["index"][0])

    done = run(Forgets(BUDGET, 384), case)
    assert not resume_gate(lambda: Forgets(BUDGET, 384), done).passed


def test_a_memory_that_answers_without_remembering_is_caught(case: Case) -> None:
    class Dead(Candidate):
        def ask(self, vector) -> Found:
            return Found(score=np.ones(1, np.float32), start_s=np.array([500.0]), end_s=np.array([501.0]))

    assert not shuffle_gate(run(Dead(BUDGET, 384), case), Rule()).passed


def test_bytes_above_the_budget_are_caught(done: Run) -> None:
    assert not bytes_gate(done, 1000).passed


def test_the_frames_track_runs_on_a_tiny_stream(tmp_path, capsys) -> None:
    given = [
        "--track",
        "frames",
        "--hours",
        "0.03",
        "--seeds",
        "0",
        "--rule-seeds",
        "100",
        "--budget-kb",
        "280",
    ]
    (result,) = main([*given, "--procedural", "--out", str(tmp_path), "--cache", str(tmp_path / "cache")])
    ours = next(row for row in result.rows if row.name == "streammem")
    assert ours.nbytes <= 280 * 1024 * 0.03
    assert ours.figures()["r1"][0] == 1.0
    assert all(gate.passed for gate in result.gates[:2])
    saved = json.loads((tmp_path / "nias.json").read_text())["tracks"][0]
    assert {row["memory"] for row in saved["rows"]} == {row.name for row in result.rows}
    assert (tmp_path / "nias.png").stat().st_size > 1000
    assert "all frames" in capsys.readouterr().out
