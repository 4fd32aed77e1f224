"""`streammem live` beside a real browser: latency, lag, answers, hours, losses, connects, hostile messages."""
