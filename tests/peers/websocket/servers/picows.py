"""Echoes WebSocket messages with the library picows. Prints its port, and at its end its counts."""

import asyncio
import signal

from picows import WSListener, WSMsgType, ws_create_server

n_sockets = 0
n_messages = 0


class Echo(WSListener):
    def on_ws_connected(self, transport):
        global n_sockets
        n_sockets += 1

    def on_ws_frame(self, transport, frame):
        global n_messages
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            n_messages += 1
            transport.send(frame.msg_type, frame.get_payload_as_bytes())


async def main():
    server = await ws_create_server(lambda _: Echo(), "127.0.0.1", 0)
    print("listening at", server.sockets[0].getsockname()[1], flush=True)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    print(f"{n_sockets} sockets, {n_messages} messages", flush=True)


asyncio.run(main())
