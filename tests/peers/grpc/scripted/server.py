"""Serves scripted.proto with HTTP/2 alone, until SIGTERM.

Prints the port, and logs each call as a line of JSON when it ends: its method, the number of the hit,
and the times of what the test asks for, in ns since 1970. Environment: LOG is the path of the log.
"""

import contextlib
import gzip
import heapq
import itertools
import json
import os
import select
import socket
import threading
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset, WindowUpdated
from h2.exceptions import NoSuchStreamError, ProtocolError

OK = [("grpc-status", "0")]
# Time before each message of Tokens, in s.
WAITS = [0.04, 0.01, 0.09, 0.02]
# How long Stall does not read its request, in s, and how many calls of Fine end before it does.
STALL, N_FINE = 1, 20

log = open(os.environ["LOG"], "a", encoding="utf-8")
lock = threading.Lock()
order = itertools.count()


class Ended:
    """What all connections know of the others."""

    n_fine = 0


def framed(payload, flag=0):
    """Returns a message with its length; the flag 1 says that it is compressed."""
    return bytes([flag]) + len(payload).to_bytes(4, "big") + payload


MESSAGE = framed(b"\n\x02hi")
BOMB = framed(gzip.compress(bytes(200 << 20)), 1)


def head(*more, status="200", content="application/grpc"):
    return [(":status", status), ("content-type", content), *more]


class Connection:
    """A connection with its calls, each of which has a method of this class."""

    def __init__(self, stream):
        self.stream = stream
        self.http = H2Connection(H2Configuration(client_side=False))
        # Calls by stream, bodies that wait for room, and what is due: a heap of time, order, action.
        self.calls, self.unsent, self.agenda = {}, {}, []
        self.is_over = False
        self.http.initiate_connection()

    def run(self):
        """Answers until the client closes the connection."""
        while True:
            if not self.is_over:
                self.stream.sendall(self.http.data_to_send())
            wait = max(self.agenda[0][0] - time.monotonic(), 0) if self.agenda else None
            if select.select([self.stream], [], [], wait)[0]:
                data = self.stream.recv(1 << 16)
                if not data:
                    return
                # Requests after the last one that GOAWAY names are read, and not answered.
                for event in [] if self.is_over else self.http.receive_data(data):
                    # The same bytes may have reset a stream later on, of which h2 knows already.
                    with contextlib.suppress(NoSuchStreamError):
                        if not self.is_over:
                            self.handle(event)
            while self.agenda and self.agenda[0][0] <= time.monotonic():
                heapq.heappop(self.agenda)[2]()

    def handle(self, event):
        if isinstance(event, RequestReceived):
            headers = dict(event.headers)
            method = headers[b":path"].decode().split("/")[-1]
            seq = int(headers[b"x-drumfire-seq"])
            self.calls[event.stream_id] = {"method": method, "seq": seq, "times": []}
            if method == "Stall":
                self.later(STALL, lambda: self.end_stall(event.stream_id))
        elif isinstance(event, DataReceived):
            size = event.flow_controlled_length
            if self.calls[event.stream_id]["method"] != "Stall":
                self.http.acknowledge_received_data(size, event.stream_id)
            elif size:
                # The stream has no more room, but its connection does.
                self.http.increment_flow_control_window(size)
        elif isinstance(event, StreamEnded):
            getattr(self, self.calls[event.stream_id]["method"])(event.stream_id)
        elif isinstance(event, StreamReset):
            self.unsent.pop(event.stream_id, None)
            # A call that has ended may be reset, too.
            if event.stream_id in self.calls:
                self.done(event.stream_id)
        elif isinstance(event, WindowUpdated):
            self.send_more()

    def later(self, seconds, action):
        heapq.heappush(self.agenda, (time.monotonic() + seconds, next(order), action))

    def note(self, call):
        """Adds the present time to those of a call."""
        self.calls[call]["times"].append(time.time_ns())

    def done(self, call):
        """Logs a call."""
        with lock:
            line = self.calls.pop(call)
            Ended.n_fine += line["method"] == "Fine"
            print(json.dumps(line), file=log, flush=True)

    def last(self, call, headers):
        """Sends headers that end a call."""
        self.http.send_headers(call, headers, end_stream=True)
        self.done(call)

    def answer(self, call, body, trailers=OK, more=()):
        """Sends a whole response as fast as the client reads it."""
        self.http.send_headers(call, head(*more))
        self.unsent[call] = (memoryview(body), trailers)
        self.send_more()

    def send_more(self):
        for call, (body, trailers) in list(self.unsent.items()):
            while body:
                try:
                    room = self.http.local_flow_control_window(call)
                except NoSuchStreamError:
                    # The event of its reset follows, and must not keep others from their turn.
                    break
                size = min(room, self.http.max_outbound_frame_size, len(body))
                if size <= 0:
                    break
                self.http.send_data(call, body[:size])
                body = body[size:]
            self.unsent[call] = (body, trailers)
            if not body:
                del self.unsent[call]
                self.last(call, trailers)

    def end_stall(self, call):
        if Ended.n_fine < N_FINE:
            self.later(0.01, lambda: self.end_stall(call))
            return
        self.note(call)
        self.http.increment_flow_control_window(1 << 24, call)

    def Fine(self, call):
        self.answer(call, MESSAGE)

    Stall = Fine

    def TrailersOnly(self, call):
        self.last(call, head(("grpc-status", "5"), ("grpc-message", "no such thing")))

    def Tokens(self, call):
        self.http.send_headers(call, head())
        due = 0
        for wait in WAITS:
            due += wait
            self.later(due, lambda: self.token(call))
        self.later(due, lambda: self.last(call, OK))

    def token(self, call):
        self.note(call)
        self.http.send_data(call, MESSAGE)
        # At once, so that the time is that of the message.
        self.stream.sendall(self.http.data_to_send())

    def Goaway(self, call):
        self.answer(call, MESSAGE)
        self.http.close_connection(ErrorCodes.ENHANCE_YOUR_CALM, b"too_many_pings", call)
        self.stream.sendall(self.http.data_to_send())
        self.stream.shutdown(socket.SHUT_WR)
        self.is_over = True

    def Abrupt(self, call):
        self.Goaway(call)
        # The client can write no more.
        raise ConnectionError

    def NoStatus(self, call):
        self.answer(call, MESSAGE, [("x-other", "1")])

    def NoTrailers(self, call):
        self.http.send_headers(call, head())
        self.http.send_data(call, MESSAGE, end_stream=True)
        self.done(call)

    def HeadAlone(self, call):
        self.last(call, head())

    def OtherStatus(self, call):
        self.answer(call, MESSAGE, [("grpc-status", "99"), ("grpc-message", "odd")])

    def WordAsStatus(self, call):
        self.answer(call, MESSAGE, [("grpc-status", "ok")])

    def ResetAtOnce(self, call, code=ErrorCodes.CANCEL):
        self.http.reset_stream(call, code)
        self.done(call)

    def ResetLate(self, call):
        self.http.send_headers(call, head())
        self.http.send_data(call, MESSAGE)
        self.ResetAtOnce(call)

    def RefusedForever(self, call):
        self.ResetAtOnce(call, ErrorCodes.REFUSED_STREAM)

    def NoEnd(self, call):
        self.http.send_headers(call, head())
        self.http.send_data(call, MESSAGE)
        self.done(call)

    def NoResponse(self, call):
        self.done(call)

    def NoMessage(self, call):
        self.answer(call, b"")

    def TwoMessages(self, call):
        self.answer(call, MESSAGE + MESSAGE)

    def CutOff(self, call):
        self.answer(call, MESSAGE[:-2])

    def TooLarge(self, call):
        self.answer(call, framed(bytes(5 << 20)))

    def Bomb(self, call):
        self.answer(call, BOMB, more=[("grpc-encoding", "gzip")])

    def BadGzip(self, call):
        self.answer(call, framed(b"no gzip", 1), more=[("grpc-encoding", "gzip")])

    def OtherCoding(self, call):
        self.answer(call, framed(b"text", 1), more=[("grpc-encoding", "br")])

    def Page(self, call):
        self.http.send_headers(call, head(content="text/html"))
        self.http.send_data(call, b"<html>", end_stream=True)
        self.done(call)

    def Http503(self, call):
        self.last(call, head(status="503", content="text/html"))


def serve(stream):
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        Connection(stream).run()
    # The client may end a call or close the connection at any time.
    except (OSError, ProtocolError):
        stream.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=500)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
