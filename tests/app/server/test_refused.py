"""An attack is told of, and fills no log."""

import pytest

from streammem.app.server.refused import Refused


def test_the_first_is_said_at_once_and_then_how_many_in_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    times_s = [0.0, *(0.01 * n for n in range(5000)), 61.0, 62.0]
    refused = Refused(iter(times_s).__next__)
    for _ in times_s:
        refused.count("10.0.0.7", 401)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "refused a request, the last from 10.0.0.7 (401)",
        "refused 5001 requests, the last from 10.0.0.7 (401)",
    ]
