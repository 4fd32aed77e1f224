"""`streammem live`: what can be said at once is said at once; the server's own parts take seconds to load."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Sequence

from streammem.app.exits import Exit
from streammem.app.live_options import LiveOptions
from streammem.app.server import greeting
from streammem.app.server.keys import kept_token
from streammem.app.server.listening import check_certificate, listen
from streammem.app.server.opening import EngineSettings
from streammem.app.server.process import EngineProcess

__all__ = ["run_live"]


def run_live(sources: Sequence[str], options: LiveOptions) -> int:
    """Serve until Ctrl-C or SIGTERM; what was seen is committed.

    Raises:
        StreamMemError: if the settings cannot be used, or the memory cannot be opened.
    """
    settings = options.settings(sources)
    check_certificate(settings)
    with listen(settings, exact=options.exact_port) as listener:
        port = int(listener.getsockname()[1])
        settings = dataclasses.replace(settings, port=port, token=kept_token(settings))
        greeting.begin(settings)
        # A second fence around pictures that are sent, inside OpenCV, which reads it when it is imported.
        os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(settings.limits.pixels)
        born = EngineProcess(EngineSettings.of(settings))  # it loads its parts while the server loads its own
        from streammem.app.server.serve import serve_until_signal

        opens = greeting.may_open(wanted=options.open, unwanted=options.no_browser)
        by = serve_until_signal(settings, listener, opens=opens, born=born)
    greeting.farewell(settings)
    return {None: Exit.OK, signal.SIGINT: Exit.INTERRUPTED}.get(by, Exit.TERMINATED)
