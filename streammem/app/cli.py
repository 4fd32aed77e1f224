"""The command line: parse, call, print. What a command does lives in its own file, loaded when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from streammem import __version__
from streammem.app.exits import Exit, exit_of
from streammem.app.live_options import LiveOptions
from streammem.app.map_options import MapOptions, RouteOptions, WhereOptions
from streammem.app.options import FindOptions, Span, Time, TrackOptions, WatchOptions
from streammem.errors import StreamMemError

__all__ = ["app", "main", "run"]

_HELP = """A memory for video: watch a stream once, keep what matters within a byte budget, ask it.

```
streammem watch kitchen.mp4 --store kitchen.zarr --budget 64MB
streammem find kitchen.zarr --text bicycle
streammem report kitchen.zarr -o kitchen.html
```

Live, as a page in the browser:

```
streammem live
```

With depth and poses it draws a map as well:

```
streammem map walk/ --store room.zarr
streammem where room.zarr --text chair
```
"""

_CODES = """Exit codes: 0 done; 1 nothing found; 2 wrong usage; 3 a source or picture that cannot be read;
4 a trouble with the store; 130 stopped by Ctrl-C and 143 by SIGTERM, both with what was seen committed.
Add --debug to any command (or set STREAMMEM_DEBUG=1) to see where an error came from."""

app = App(
    name="streammem",
    help=_HELP,
    help_format="markdown",
    help_epilogue=_CODES,
    version=__version__,
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


@app.command
def watch(source: str, /, options: WatchOptions) -> int:
    """Watch a video, folder, camera or network stream into a memory.

    The same command again goes on where it stopped; Ctrl-C commits and stops.

    ```
    streammem watch kitchen.mp4 --store kitchen.zarr --budget 64MB
    streammem watch frames/ --store kitchen.zarr --stream upstairs --fps 10
    streammem watch 0 --store door.zarr --encode-rate 2
    streammem watch rtsp://camera/stream --store door.zarr --until 8:00:00
    ```

    Args:
        source: A video file, a folder of pictures, a camera's number, or an rtsp or http address.
        options: How to watch.
    """
    options.check()
    from streammem.app.watch import run_watch

    return run_watch(source, options)


@app.command
def live(*sources: str, options: LiveOptions | None = None) -> int:
    """Open a page on this computer: the picture live, what the memory keeps as it happens, a box to ask.

    It prints the address to open; the token in it lets you in and nobody else. Ctrl-C commits and stops, and the same
    command goes on where it stopped. Without a source it takes the first camera, and the page offers the browser's own.

    ```
    streammem live
    streammem live kitchen.mp4
    streammem live door=rtsp://camera/stream yard=1 --store house.zarr --budget 1GB
    streammem live browser --alert bicycle --no-browser
    streammem live --config live.toml
    streammem live 0 --host 0.0.0.0 --certificate cert.pem --key key.pem --name studio.local
    ```

    Args:
        sources: A camera's number, an rtsp or http address, a video file, a folder of pictures, or `browser` for the
            camera of whoever opens the page; NAME=SOURCE names its stream. Several run side by side.
        options: How to run.
    """
    options = options or LiveOptions()
    options.check()
    from streammem.app.live import run_live

    return run_live(sources, options)


@app.command
def find(store: Path, /, options: FindOptions | None = None) -> int:
    """Ask a memory: when, how often, where in the picture.

    ```
    streammem find kitchen.zarr --text bicycle
    streammem find kitchen.zarr --image crop.png --during 0:30..2:00
    streammem find kitchen.zarr --at 1:23 --save-pictures out/
    streammem find kitchen.zarr --object 7
    ```

    Args:
        store: Folder of the memory.
        options: What to look for.
    """
    options = options or FindOptions()
    options.check()
    if options.object is not None:
        from streammem.app.find_object import run_find_object

        return run_find_object(store, options, options.object)
    from streammem.app.find import run_find

    return run_find(store, options)


@app.command
def map(source: str, /, options: MapOptions) -> int:
    """Draw a map from a walk with depth and poses, and remember the walk as watch does.

    The folder is an RGB-D log; its format is recognised. The same command again goes on where it stopped; Ctrl-C
    commits and stops.

    ```
    streammem map kitchen/ --store kitchen.zarr
    streammem map kitchen/ --store kitchen.zarr --mesh kitchen.ply --picture kitchen.png
    streammem map scan/ --store room.zarr --intrinsics 525,525,319.5,239.5,640,480 --depth-scale 5000
    streammem map evening/ --store kitchen.zarr --stream evening
    ```

    Args:
        source: Folder or file of an RGB-D log.
        options: How to draw.
    """
    options.check()
    from streammem.app.map import run_map

    return run_map(source, options)


@app.command
def where(store: Path, /, options: WhereOptions | None = None) -> int:
    """Ask a map where something is, or was last: by words, by picture, by place.

    ```
    streammem where kitchen.zarr --text chair
    streammem where kitchen.zarr --image crop.png --save-pictures out/
    streammem where kitchen.zarr --near 1.5,0,0.8 --radius 1
    streammem where kitchen.zarr --object 7
    ```

    Args:
        store: Folder of the memory.
        options: What to look for.
    """
    options = options or WhereOptions()
    options.check()
    from streammem.app.where import run_where

    return run_where(store, options)


@app.command
def route(store: Path, /, options: RouteOptions | None = None) -> int:
    """Say which way the map knows to a place or a thing, along places where the camera was.

    ```
    streammem route kitchen.zarr --to-text cup
    streammem route kitchen.zarr --from 0,0,1.5 --to-object 7 --picture way.png
    ```

    Args:
        store: Folder of the memory.
        options: From where, to where.
    """
    options = options or RouteOptions()
    options.check()
    from streammem.app.route import run_route

    return run_route(store, options)


@app.command
def changes(
    store: Path,
    /,
    *,
    since: Time | None = None,
    until: Time | None = None,
    all: bool = False,
    json: bool = False,
) -> int:
    """List what appeared on a map, moved, or went.

    ```
    streammem changes kitchen.zarr
    streammem changes kitchen.zarr --since 1:30 --json
    ```

    Args:
        store: Folder of the memory.
        since: Only from this time of the map on.
        until: Only up to this time of the map.
        all: List each bit of surface that went, too.
        json: Print JSON.
    """
    from streammem.app.changes import run_changes

    return run_changes(store, since=since, until=until, all_of_it=all, as_json=json)


@app.command
def track(source: str, /, options: TrackOptions | None = None) -> int:
    """Follow what was marked in the first frame: masks, an overlay video, tracks as text.

    With --store it is watched and tracked into a memory, which answers by an object's number. The same command without
    --mask goes on where it stopped; Ctrl-C commits and stops.

    ```
    streammem track race.mp4 --mask first.png --out race
    streammem track street.mp4 --start 4 --box 300,90,80,120 --seconds 5
    streammem track race.mp4 --mask first.png --objects 1,4 --correct 120:fix.png --correct 8.5s:again.png
    streammem track race.mp4 --mask first.png --store race.zarr --budget 256MB
    streammem find race.zarr --object 4
    ```

    Args:
        source: A video file, a folder of pictures, a camera's number, or an rtsp or http address.
        options: What to follow.
    """
    options = options or TrackOptions()
    options.check()
    from streammem.app.track import run_track

    return run_track(source, options)


@app.command
def convert(checkpoint: Path, out: Path, /, *, force: bool = False, json: bool = False) -> int:
    """Turn a checkpoint of XMem into safetensors, a format that can hold no code.

    Only tensors are read, never code. Every tensor is checked first: what is missing, unknown, of another shape or not
    finite is listed, and nothing is written then. The tensors stay as they are, and so do the answers.

    ```
    streammem convert XMem.pth XMem.safetensors
    streammem track race.mp4 --mask first.png --weights XMem.safetensors
    ```

    Args:
        checkpoint: The file as it was published (.pth), or a state_dict saved from the same network.
        out: The file to write, called .safetensors.
        force: Write over a file that is there already.
        json: Print what was written as JSON.
    """
    from streammem.app.convert import run_convert

    return run_convert(checkpoint, out, force=force, as_json=json)


@app.command
def timeline(
    store: Path, /, *, stream: str | None = None, during: Span | None = None, json: bool = False
) -> int:
    """List the events of a memory, oldest first.

    ```
    streammem timeline kitchen.zarr
    streammem timeline kitchen.zarr --during 0:30..2:00 --json
    ```

    Args:
        store: Folder of the memory.
        stream: Only this stream.
        during: Only events that touch this span of time; an end may be left out.
        json: Print JSON.
    """
    from streammem.app.overview import run_timeline

    return run_timeline(store, stream=stream, during=during, as_json=json)


@app.command
def info(store: Path, /, *, json: bool = False) -> int:
    """Say what a memory holds and what it takes.

    ```
    streammem info kitchen.zarr
    ```

    Args:
        store: Folder of the memory.
        json: Print JSON.
    """
    from streammem.app.overview import run_info

    return run_info(store, as_json=json)


@app.command
def report(
    store: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    word: Annotated[list[str] | None, Parameter(name=("--word", "-w"))] = None,
    pictures_mb: float = 8.0,
    open: bool = False,
) -> int:
    """Write a page to read in a browser: one file that needs nothing else.

    ```
    streammem report kitchen.zarr -o kitchen.html --open
    streammem report kitchen.zarr --word bicycle --word streetcar
    ```

    Args:
        store: Folder of the memory.
        output: The page; the store's name with .html where left out.
        word: A word to look for, may be given again; a list of everyday things where left out.
        pictures_mb: Megabytes that the pictures in the page may take.
        open: Open the page in the browser.
    """
    from streammem.app.report import run_report

    return run_report(store, output=output, words=word, pictures_mb=pictures_mb, show=open)


@app.command
def view(
    store: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    word: Annotated[list[str] | None, Parameter(name=("--word", "-w"))] = None,
) -> int:
    """Open a memory in the rerun viewer: pictures along time, boxes, what was in sight when, and the map.

    It needs the extra `rerun`: pip install 'streammem[rerun]'.

    ```
    streammem view kitchen.zarr
    streammem view kitchen.zarr --word bicycle -o kitchen.rrd
    ```

    Args:
        store: Folder of the memory.
        output: Write a file (.rrd) in place of opening the viewer.
        word: A word to look for, may be given again; a list of everyday things where left out.
    """
    from streammem.app.view import run_view

    return run_view(store, output=output, words=word)


@app.command
def export(
    store: Path,
    /,
    *,
    format: Literal["json", "csv"] = "json",
    output: Annotated[str, Parameter(name=("--output", "-o"), allow_leading_hyphen=True)] = "-",
    pictures: bool = False,
) -> int:
    """Hand a memory's content to other programs: JSON with everything, or time spans as CSV.

    ```
    streammem export kitchen.zarr -o kitchen.json
    streammem export kitchen.zarr --format csv -o - | head
    ```

    Args:
        store: Folder of the memory.
        format: json or csv.
        output: A file, or - for standard output.
        pictures: Put the pictures into the JSON (base64 JPEG).
    """
    from streammem.app.export import run_export

    return run_export(store, kind=format, output=output, pictures=pictures)


def run(tokens: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors end as one line on standard error."""
    debug = "--debug" in tokens or os.environ.get("STREAMMEM_DEBUG", "") not in ("", "0")
    try:
        done = app([word for word in tokens if word != "--debug"], exit_on_error=False)
        return int(done or 0)
    except CycloptsError:
        return Exit.USAGE  # cyclopts has said what is wrong
    except BrokenPipeError:
        # Whoever read has had enough (… | head). Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except (StreamMemError, OSError) as error:
        if debug:
            raise
        from streammem.app.terminal import complain

        complain(str(error))
        return exit_of(error)
    except KeyboardInterrupt:
        from streammem.app.terminal import complain

        complain("stopped; what was committed before is kept")
        return Exit.INTERRUPTED


def main() -> None:
    """The console script."""
    # Products of small matrices are faster on one thread than on threads that wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for out in (sys.stdout, sys.stderr):
        if hasattr(out, "reconfigure"):
            out.reconfigure(errors="replace")  # a terminal without UTF-8 shows ? instead of failing
    sys.exit(run(sys.argv[1:]))
