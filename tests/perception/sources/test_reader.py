"""The thread behind a source: what it raised is raised, and what it held is let go of."""

import gc
import weakref
from collections.abc import Callable, Generator, Iterator

import numpy as np
import pytest
from av.container import InputContainer

from streammem.errors import SourceStalledError
from streammem.perception.sources import SourceOptions, open_source
from streammem.perception.sources.iterable import IterableSource
from streammem.perception.sources.reader import Reader
from streammem.types import Observation


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is not let go of by the last who held it stays."""
    gc.disable()
    yield
    gc.enable()


class Connection:
    """What an open source holds."""


def breaking(held: Connection) -> Generator[Observation, None, None]:
    yield Observation(index=0, t_s=0.0, rgb=np.zeros((4, 4, 3), np.uint8))
    raise SourceStalledError(f"{type(held).__name__} is lost")


def test_error_comes_after_all_that_was_read_before_it_and_once() -> None:
    reader = Reader(breaking(Connection()), name="door", lossy=False, depth=2)
    reader.start()
    assert reader.take() is not None
    with pytest.raises(SourceStalledError, match="is lost"):
        reader.take()
    assert reader.take() is None
    reader.stop()


@pytest.mark.parametrize("taken", [True, False])
def test_nothing_stays_of_a_source_that_broke(no_collector: None, taken: bool) -> None:
    held = Connection()
    there = weakref.ref(held)
    reader = Reader(breaking(held), name="door", lossy=False, depth=2)
    del held
    reader.start()
    try:
        while taken:
            reader.take()
    except SourceStalledError as error:
        assert there() is not None, error  # its traceback leads there
    reader._thread.join()
    reader.stop()
    assert there() is None
    assert (again := weakref.ref(reader)) is not None
    del reader
    assert again() is None


def test_nothing_stays_of_a_connection_that_was_lost(
    no_collector: None, serve: Callable, broadcast: bytes
) -> None:
    def containers() -> int:  # they take no weak references
        return sum(type(each) is InputContainer for each in gc.get_objects())

    before = containers()
    server = serve(lambda connection: connection.sendall(broadcast))
    source = open_source(f"tcp://127.0.0.1:{server.port}", timeout_s=5.0, reconnects=0)
    there = weakref.ref(source)
    assert containers() == before + 1
    try:
        for _ in source:
            pass
    except SourceStalledError:
        source.close()
    del source
    assert (there(), containers()) == (None, before)


def test_nothing_stays_of_a_pass_that_was_left(no_collector: None) -> None:
    frames = [Observation(index=n, t_s=float(n), rgb=np.zeros((4, 4, 3), np.uint8)) for n in range(9)]
    source = IterableSource(frames, SourceOptions())
    there = weakref.ref(source)
    for _ in source:
        break
    source.close()
    del source
    assert there() is None
