"""Small policies to compare with: random, forward, oracle, frontier, and one that has forgotten."""

from streammem.envs.baselines.all_knowing import oracle
from streammem.envs.baselines.frontier import nearest_frontier
from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.baselines.playing import Rollout, rollout
from streammem.envs.baselines.policies import Policy, forward_biased, random_actions

__all__ = [
    "Policy",
    "Rollout",
    "forward_biased",
    "nearest_frontier",
    "no_memory",
    "oracle",
    "random_actions",
    "rollout",
]
