"""Habitat's discrete actions: names and order as its simulator has them."""

from __future__ import annotations

from streammem.errors import ObservationError

__all__ = [
    "ACTIONS",
    "LOOK_DOWN",
    "LOOK_UP",
    "MOVE_FORWARD",
    "STOP",
    "TURN_LEFT",
    "TURN_RIGHT",
    "action_names",
]

STOP, MOVE_FORWARD, TURN_LEFT, TURN_RIGHT, LOOK_UP, LOOK_DOWN = range(6)
ACTIONS = ("stop", "move_forward", "turn_left", "turn_right", "look_up", "look_down")


def action_names(count: int) -> tuple[str, ...]:
    """The first actions of Habitat's: 4, or 6 where the agent can look up and down.

    Raises:
        ObservationError: if it is another number.

    >>> action_names(4)
    ('stop', 'move_forward', 'turn_left', 'turn_right')
    """
    if count not in (4, 6):
        raise ObservationError(f"an agent has 4 actions, or 6 with look_up and look_down, got {count}")
    return ACTIONS[:count]
