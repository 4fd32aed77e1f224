"""What the engine counts, by a clock that is set by hand."""

from streammem.app.server.meters import Meters


def test_counts_frames_losses_and_rates() -> None:
    now = [0.0]
    meters = Meters(lambda: now[0])
    for step in range(1, 101):
        now[0] = step / 10
        meters.idle(0.075)
        meters.frame("door", lag_s=0.02, dropped=step // 10)
    meters.refused("yard")
    record = meters.record()
    assert record["frames"] == {"door": 100} and record["refused"] == {"yard": 1}
    assert record["dropped"] == {"door": 10} and record["lag_s"] == {"door": 0.02}
    assert abs(record["fps"]["door"] - 10) < 0.5 and abs(record["busy"] - 0.25) < 0.05


def test_a_stream_that_ended_has_no_rate() -> None:
    now = [1.0]
    meters = Meters(lambda: now[0])
    meters.frame("door", lag_s=0.0, dropped=0)
    now[0] = 60.0
    assert meters.record()["fps"] == {"door": 0.0}
