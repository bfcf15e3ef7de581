"""Echoes WebSocket messages with the library websockets. Prints its port, and at its end its counts."""

import asyncio
import signal

from websockets.asyncio.server import serve

n_sockets = 0
n_messages = 0


async def echo(socket):
    global n_sockets, n_messages
    n_sockets += 1
    async for message in socket:
        n_messages += 1
        await socket.send(message)


async def main():
    async with serve(echo, "127.0.0.1", 0, compression=None, max_queue=None) as server:
        print("listening at", server.sockets[0].getsockname()[1], flush=True)
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        await stopped.wait()
    print(f"{n_sockets} sockets, {n_messages} messages", flush=True)


asyncio.run(main())
