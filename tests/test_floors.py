"""Imports go down the floors, never up."""

from house import imports, modules

FLOORS = {
    "streammem.app": 5,
    "streammem.envs": 5,
    "streammem.stream": 4.5,  # upon its configuration
    "streammem.notebook": 4.2,  # how a memory shows itself
    "streammem.assembly": 4.2,  # by its configuration
    "streammem.config": 4,
    "streammem.heads": 3,
    "streammem.memory": 2,
    "streammem.perception": 1,
    "streammem.spatial": 1,
    "streammem.store": 0,
    "streammem.types": 0,
    "streammem.token_table": 0,
    "streammem.budget": 0,
    "streammem.plain": 0,
    "streammem.poses": 0,
    "streammem.depth_units": 0,
    "streammem.errors": 0,
    "streammem.interface": 0,
}


def room(module: str) -> str | None:
    """The floor plan's entry that holds a module."""
    return next((place for place in FLOORS if module == place or module.startswith(f"{place}.")), None)


def test_every_module_has_a_floor() -> None:
    assert [name for name, _ in modules() if name != "streammem" and room(name) is None] == []


def test_imports_only_go_down() -> None:
    upward = []
    for name, path in modules():
        here = room(name)
        if here is None:  # streammem/__init__.py hands out names of all floors, lazily
            continue
        for target in imports(path):
            there = room(target)
            if target == "streammem.__version__" or there == here:
                continue
            # Rooms of one floor do not know each other, but for the ground floor's plain data.
            if there is None or FLOORS[there] > FLOORS[here] or FLOORS[there] == FLOORS[here] > 0:
                upward.append(f"{name} imports {target}")
    assert upward == []


def test_the_library_never_imports_what_stands_beside_it() -> None:
    for name, path in modules():
        text = path.read_text()
        for beside in ("benchmarks", "demos", "tests", "skvideo"):
            assert f"import {beside}" not in text and f"from {beside}" not in text, f"{name} imports {beside}"
