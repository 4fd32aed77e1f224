"""Whether one can walk to every room, and stand where goals and small things are in sight."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.envs.solid_checks import said
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.scene import Thing
from streammem.envs.apartment.viewpoints import View, ViewConfig, view_points
from streammem.envs.apartment.world import World
from streammem.envs.habitat.config import APARTMENT, OBJECT_NAV, AgentConfig
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.frame import Renderer
from streammem.envs.tasks.object_nav import GOAL_CATEGORIES

__all__ = ["AGENTS", "cut_off", "goal_views", "in_picture", "small_views"]

AGENTS: Mapping[str, AgentConfig] = {"ObjectNav's agent": OBJECT_NAV, "the tasks' agent": APARTMENT}
ROOM_SHARE = 0.1  # of a room's floor that must be reached at least; furniture takes the rest
SMALL = ViewConfig(camera_height_m=APARTMENT.camera_height_m, tilt_deg=60.0)  # as the memory tasks ask for it
GOALS = ViewConfig(camera_height_m=OBJECT_NAV.camera_height_m)  # as ObjectNav does
PICTURE = 128

Views = tuple[World, Thing, list[View]]


def cut_off(world: World, agent: AgentConfig) -> Iterator[str]:
    """Rooms of which an agent reaches less than a tenth from the largest free area, with doors as they are."""
    grid = NavGrid.of(world, agent.radius_m, agent.height_m)
    cells = grid.moves.cells
    places = grid.middles()[grid.areas[cells[:, 0], cells[:, 1]] == grid.largest_area]
    for room in world.scene.rooms:
        inside = ((places > room.low) & (places < room.high)).all(1)
        reached = float(inside.sum()) * 0.01
        if reached < ROOM_SHARE * room.area_m2:
            yield f"{room.kind} {room.id}: {reached:.1f} of {room.area_m2:.1f} m²"


def goal_views(world: World) -> Iterator[Views]:
    """All things that ObjectNav may ask for, and where its agent sees them from."""
    grid = NavGrid.of(world, OBJECT_NAV.radius_m, OBJECT_NAV.height_m)
    for thing in world.scene.things:
        if thing.category in GOAL_CATEGORIES:
            yield world, thing, view_points(world, thing.id, grid, GOALS)


def small_views(world: World) -> Iterator[Views]:
    """All that a hand can carry, and where the tasks' agent sees it from; what is inside, with that open.

    Open doors may bar a way: who opens them may stand on either side.
    """
    grid = NavGrid.of(world, APARTMENT.radius_m, APARTMENT.height_m)
    inside: dict[int, list[Thing]] = {}
    for thing in world.scene.things:
        if thing.movable and thing.relation == "in" and thing.parent is not None:
            inside.setdefault(thing.parent, []).append(thing)
        elif thing.movable:
            yield world, thing, view_points(world, thing.id, grid, SMALL)
    for parent, things in inside.items():
        other = world.clone()
        if other.can_open(parent):
            other.open(parent)
        around = NavGrid.of(other, APARTMENT.radius_m, APARTMENT.height_m)
        areas = np.unique(around.areas[(grid.areas == grid.largest_area) & around.free]).tolist()
        for thing in things:
            views = [v for area in areas for v in view_points(other, thing.id, around, SMALL, area=area)]
            yield other, thing, sorted(views, key=lambda view: -view.share)


def in_picture(renderer: Renderer, views: Views, agent: AgentConfig) -> tuple[int, float]:
    """How many pixels of a thing are in a picture from its best view point, and how far up one looks for it, degrees.

    An agent that can tilt its head looks level first, then one step down or up; one that cannot is taken to look at
    the thing.
    """
    world, thing, found = views
    view = found[0]
    low, high = world.box(thing.id)
    middle = (low + high) / 2
    away = math.hypot(middle[0] - view.at[0], middle[1] - view.at[1])
    toward = math.degrees(math.atan2(middle[2] - agent.camera_height_m, max(away, 0.1)))
    step = agent.tilt_deg if toward > 0 else -agent.tilt_deg
    pitches = (0.0, step, -step) if agent.looks else (0.0, toward)
    camera = intrinsics_of(PICTURE, round(PICTURE * agent.height / agent.width), agent.hfov_deg)
    renderer.load(world)
    best = (0, 0.0)
    for pitch in pitches:
        pose = camera_pose(*view.at, agent.camera_height_m, view.yaw, math.radians(pitch))
        pixels = int(np.count_nonzero(renderer.render(pose, camera).instances == thing.id))
        best = max(best, (pixels, pitch), key=lambda one: one[0])
        if pixels:
            break
    return best


def missing(views: Views) -> str:
    """The line for a thing without view points."""
    _, thing, _ = views
    held = f" {thing.relation} {thing.parent}" if thing.parent is not None else f" {thing.relation}"
    return f"{said(thing)}{held}"
