"""The project's folders and modules, for the tests that walk them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = {"streammem": "streammem"} | {
    folder: f"streammem.{folder}" for folder in ("perception", "spatial", "envs")
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the library by its import name; the links inside streammem/ are not followed."""
    for folder, package in PLACES.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            if any((ROOT / folder).joinpath(*parts[:n]).is_symlink() for n in range(1, len(parts) + 1)):
                continue
            yield ".".join([package, *(part for part in parts if part != "__init__")]), path


def imports(path: Path) -> Iterator[str]:
    """The modules of streammem that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("streammem"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streammem"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
