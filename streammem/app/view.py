"""`streammem view`: a memory in the rerun viewer, or as a file for it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from streammem.app.exits import Exit, UsageError
from streammem.app.recording import TIMELINE, blueprint, record
from streammem.app.terminal import megabytes, say
from streammem.stream import StreamMemory

__all__ = ["run_view"]

VIEWER_BYTES = "2GB"  # what the viewer may hold; it would take most of the computer's memory


def run_view(store: Path, *, output: Path | None, words: Sequence[str] | None) -> int:
    """Open the viewer on a memory, or write a recording.

    Raises:
        UsageError: without rerun, for a file that cannot be written, or where the viewer does not start.
        StoreError: if there is no memory to read.
    """
    rr = _rerun()
    with StreamMemory.open(store, mode="r") as memory:
        recording = rr.RecordingStream("streammem")
        recording.set_log_time_enabled(False)  # when this was written says nothing
        recording.set_log_tick_enabled(False)
        layout = blueprint(rr, memory)
        try:
            if output is None:
                recording.spawn(memory_limit=VIEWER_BYTES, default_blueprint=layout)
            else:
                recording.save(output, default_blueprint=layout)
        except RuntimeError as error:  # rerun has no errors of its own
            what = "the viewer does not start" if output is None else f"{output} cannot be written"
            raise UsageError(
                f"{what} ({error}); --output FILE.rrd writes a file to open elsewhere"
            ) from error
        record(rr, recording, memory, words)
        recording.flush()
        recording.disconnect()
    if output is None:
        say(f"Showing {store} in the rerun viewer; its time is {TIMELINE}.")
    else:
        say(f"Wrote {output} ({megabytes(output.stat().st_size)}); open it with: rerun {output}")
    return Exit.OK


def _rerun() -> ModuleType:
    try:
        return importlib.import_module("rerun")
    except ImportError as error:
        raise UsageError(
            "view needs rerun, which is not installed: pip install 'streammem[rerun]'; `streammem report` writes a page "
            "that needs nothing"
        ) from error
