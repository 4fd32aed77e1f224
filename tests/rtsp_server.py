"""A network camera on the loopback: RTSP with H.264 inside the same connection, as much of it as a viewer asks for."""

from __future__ import annotations

import base64
import socket
import struct
import threading
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np

__all__ = ["RtspServer", "film"]

CLOCK_HZ = 90_000  # of pictures in RTP
START = b"\x00\x00\x00\x01"


def film(n: int, *, b_frames: int = 2, rate: int = 10) -> list[tuple[int, list[bytes]]]:
    """Pictures of 64x48 as an encoder sends them: each its time in RTP's ticks and its units, in decoding order."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, rate), Fraction(rate), n
    encoder.options = {"preset": "ultrafast", "bf": str(b_frames), "b_strategy": "0", "slices": "1"}
    packets = []
    for number in range(n):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 10 * number % 256, np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, rate)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [(each.pts * CLOCK_HZ // rate, _units(bytes(each))) for each in packets]


def _units(stream: bytes) -> list[bytes]:
    return [unit for unit in stream.replace(START, START[1:]).split(START[1:]) if unit]


@dataclass
class RtspServer:
    """Serves a film to one viewer after another, all of it at once, then hangs up (with "udp": falls silent).

    Args:
        pictures: of `film`.
        login: "name:password" that is asked for (Basic).
        over: the transport that is offered; with "udp" the one inside the connection is refused.
    """

    pictures: list[tuple[int, list[bytes]]] = field(default_factory=list)
    login: str | None = None
    over: str = "tcp"

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.asked: list[str] = []  # the transports, in turn
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> RtspServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._socket, *self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the viewer was first
        self._socket.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            with connection, connection.makefile("rb") as asks:
                try:
                    while (verb := self._answer(connection, asks)) not in (None, "TEARDOWN"):
                        if verb == "PLAY":
                            self._play(connection)
                            if self.over == "tcp":
                                break
                except OSError:
                    continue

    def _answer(self, connection: socket.socket, asks: object) -> str | None:
        lines: list[str] = []
        while line := asks.readline().decode():  # type: ignore[attr-defined]  # a file of bytes
            if not line.strip():
                break
            lines.append(line.strip())
        if not lines:
            return None
        verb, head = lines[0].split()[0], dict(line.lower().split(": ", 1) for line in lines[1:])
        status, more, body = self._reply(verb, lines, head)
        text = f"RTSP/1.0 {status}\r\nCSeq: {head['cseq']}\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}"
        connection.sendall(text.encode())
        return verb

    def _reply(self, verb: str, lines: list[str], head: dict[str, str]) -> tuple[str, str, str]:
        if verb == "OPTIONS":
            return "200 OK", "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""
        if self.login is not None:
            token = base64.b64encode(self.login.encode()).decode()
            if f"Authorization: Basic {token}" not in lines:
                return "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n', ""
        if verb == "DESCRIBE":
            media = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
            body = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n{media}a=control:video\r\n"
            return "200 OK", "Content-Type: application/sdp\r\n", body
        if verb == "SETUP":
            self.asked.append("tcp" if "/tcp" in head["transport"] else "udp")
            if self.asked[-1] != self.over:
                return "461 Unsupported Transport", "", ""
            way = "RTP/AVP/TCP;unicast;interleaved=0-1"
            if self.over == "udp":
                ports = head["transport"].rpartition("client_port=")[2]
                self._udp_port = int(ports.partition("-")[0])
                way = f"RTP/AVP;unicast;client_port={ports};server_port={self.port}-{self.port + 1}"
            return "200 OK", f"Session: 7\r\nTransport: {way}\r\n", ""
        return "200 OK", "Session: 7\r\n", ""

    def _play(self, connection: socket.socket) -> None:
        number = 0
        for ticks, units in self.pictures:
            for unit in units:
                mark = 128 if unit is units[-1] else 0
                packet = struct.pack(">BBHII", 128, 96 | mark, number, 1_000_000 + ticks, 42) + unit
                number += 1
                if self.over == "tcp":
                    connection.sendall(struct.pack(">BBH", 36, 0, len(packet)) + packet)
                else:
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                        out.bind(("127.0.0.1", self.port))
                        out.sendto(packet, ("127.0.0.1", self._udp_port))
