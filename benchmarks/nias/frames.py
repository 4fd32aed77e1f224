"""Track *frames*: whole pictures hidden in hours of others, asked for by other pictures of the same clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.nias.answers import Rule
from benchmarks.nias.baselines import Memory, baselines
from benchmarks.nias.candidate import Candidate
from benchmarks.nias.cases import Case, Library, frames_case
from benchmarks.nias.coding import Coder
from benchmarks.nias.gates import gates
from benchmarks.nias.metrics import HEADLINES
from benchmarks.nias.progress import Bars
from benchmarks.nias.results import Result, Row
from benchmarks.nias.runs import Run, choose, mark, run
from benchmarks.nias.streams import StreamConfig

__all__ = ["FramesTrack", "frames_track"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FramesTrack:
    """What to run."""

    stream: StreamConfig
    seeds: tuple[int, ...]
    rule_seeds: tuple[int, ...] = (100, 101, 102)
    budget_kb: float = 8.0  # an hour
    title: str = "frames"

    @property
    def budget(self) -> int:
        """Bytes for the whole stream."""
        return int(self.budget_kb * 1024 * self.stream.hours)


def frames_track(track: FramesTrack, library: Library, bars: Bars) -> Result:
    """Run all memories on all seeds; each one's answer rule is chosen on the rule seeds."""
    dev = _runs(track, library, bars, track.rule_seeds)
    test = _runs(track, library, bars, track.seeds)
    rules = {name: choose(runs) if runs else Rule() for name, runs in dev.items()}
    rows = [row(name, runs, rules.get(name, Rule())) for name, runs in test.items()]
    ours = test[Candidate.name][0]
    dim = ours.case.vectors.shape[1]
    laws = gates(lambda: Candidate(track.budget, dim), ours, rules.get(Candidate.name, Rule()), track.budget)
    hours, kb = track.stream.hours, track.budget_kb
    title = f"{track.title}: {hours:g} h, {kb:g} KB an hour, seeds {', '.join(map(str, track.seeds))}"
    settings = {
        "hours": hours,
        "seeds": list(track.seeds),
        "rule_seeds": list(track.rule_seeds),
        "budget": track.budget,
    }
    return Result(
        track=track.title, title=title, headings=HEADLINES, rows=rows, gates=laws, settings=settings
    )


def memories(track: FramesTrack, case: Case) -> list[Memory]:
    """All that are compared, ours last."""
    frames, dim = case.vectors.shape
    return [*baselines(track.budget, Coder(dim), frames, case.seed), Candidate(track.budget, dim)]


def _runs(track: FramesTrack, library: Library, bars: Bars, seeds: Sequence[int]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for seed in seeds:
        case = frames_case(library, track.stream, seed, progress=bars.track)
        for memory in memories(track, case):
            with bars.bar(f"seed {seed}: {memory.name}", len(case.times)) as tick:
                found.setdefault(memory.name, []).append(run(memory, case, tick=tick))
    return found


def row(name: str, runs: Sequence[Run], rule: Rule, marker: Callable = mark) -> Row:
    """Pool the seeds."""
    marks = [marker(done, rule).marks for done in runs]
    return Row(
        name=name,
        marks={question: np.concatenate([m[question] for m in marks]) for question in marks[0]},
        nbytes=max(done.nbytes for done in runs),
        ingest_us=float(np.mean([done.ingest_us for done in runs])),
        query_ms=np.concatenate([done.query_ms for done in runs]),
        rule=f"margin {rule.margin:g}, gap {rule.gap_s:g} s",
    )
