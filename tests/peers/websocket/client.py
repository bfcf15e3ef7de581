"""Uses WebSockets of all kinds at the address in the first argument, with the library websockets.

A second argument says that a proxy is between: it resets the connection of a client that sends after
the server has closed it, so that the close of a message above the limit can get lost.
"""

import json
import sys

from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

base = f"ws://{sys.argv[1]}"


def open_at(path, **options):
    return connect(base + path, proxy=None, **options)


# Texts, bytes, fragments and pings; compression is offered and not accepted.
with open_at("/echo", subprotocols=["chat.v2", "chat.v1"], max_size=None) as echo:
    assert echo.subprotocol == "chat.v2", echo.subprotocol
    assert "Sec-WebSocket-Extensions" not in echo.response.headers
    for message in ["", "grüße", "x" * 1_000_000, b"", bytes(range(256)), b"y" * 70_000]:
        echo.send(message)
        assert echo.recv() == message
    echo.send(["in ", "three ", "fragments"])
    assert echo.recv() == "in three fragments"
    assert echo.ping("payload").wait(60)

# A close by the client is answered with its code.
with open_at("/echo") as echo:
    echo.close(4001, "enough")
    assert echo.protocol.close_rcvd.code == 4001, echo.protocol.close_rcvd

# A message above the limit.
if len(sys.argv) == 2:
    with open_at("/echo") as echo:
        echo.send(b"z" * (16 << 20) + b"z")
        try:
            echo.recv()
            raise AssertionError("a message of more than 16 MiB was accepted")
        except ConnectionClosedError as closed:
            assert closed.rcvd.code == 1009, closed

# Broadcasts go to all others.
with open_at("/broadcast/py") as one, open_at("/broadcast/py") as two:
    with open_at("/broadcast/py?self=1") as three:
        one.send("a")
        assert (two.recv(), three.recv()) == ("a", "a")
        three.send("b")
        assert (one.recv(), two.recv(), three.recv()) == ("b", "b", "b")

# Tokens of an agent.
with open_at("/agent?tokens=3") as agent:
    agent.send(json.dumps({"id": "q-1"}))
    messages = [json.loads(agent.recv()) for _ in range(4)]
    assert [message["type"] for message in messages] == ["token"] * 3 + ["done"], messages
    assert {message["id"] for message in messages} == {"q-1"}

with open_at("/silent") as silent:
    silent.send("hello")
    try:
        silent.recv(timeout=0.2)
        raise AssertionError("a silent socket has answered")
    except TimeoutError:
        pass

try:
    with open_at("/nothing"):
        raise AssertionError("a path without sockets was accepted")
except InvalidStatus as refused:
    assert refused.response.status_code == 404, refused

print("all checks passed")
