// Uses WebSockets of all kinds at the address in the first argument, with the library ws.

import assert from 'node:assert';
import { once } from 'node:events';
import WebSocket from 'ws';

const base = `ws://${process.argv[1]}`;

// Opens a socket and returns it with a function that returns its next message.
async function open(path, protocols, options) {
  const socket = new WebSocket(base + path, protocols, options);
  const messages = [];
  const waiting = [];
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? data : data.toString();
    waiting.length ? waiting.shift()(message) : messages.push(message);
  });
  await once(socket, 'open');
  const next = () =>
    messages.length ? messages.shift() : new Promise((resolve) => waiting.push(resolve));
  return { socket, next };
}

// Texts, bytes, fragments and pings; compression is offered and not accepted.
const echo = await open('/echo', ['chat.v2'], { perMessageDeflate: true });
assert.equal(echo.socket.protocol, 'chat.v2');
assert.equal(echo.socket.extensions, '');
for (const message of ['', 'grüße', 'x'.repeat(1_000_000), Buffer.from([0, 255])]) {
  echo.socket.send(message);
  assert.deepEqual(await echo.next(), message);
}
echo.socket.send('in ', { fin: false });
echo.socket.send('fragments', { fin: true });
assert.equal(await echo.next(), 'in fragments');
echo.socket.ping('payload');
assert.equal(String((await once(echo.socket, 'pong'))[0]), 'payload');
echo.socket.close(4001, 'enough');
assert.equal((await once(echo.socket, 'close'))[0], 4001);

// Broadcasts go to all others.
const one = await open('/broadcast/js');
const two = await open('/broadcast/js');
one.socket.send('a');
assert.equal(await two.next(), 'a');
two.socket.send('b');
assert.equal(await one.next(), 'b');

// Tokens of an agent.
const agent = await open('/agent?tokens=2');
agent.socket.send(JSON.stringify({ id: 7 }));
const types = [];
for (let n = 0; n < 3; n++) types.push(JSON.parse(await agent.next()));
assert.deepEqual(types.map(({ type, id }) => `${type} ${id}`), ['token 7', 'token 7', 'done 7']);

const refused = new WebSocket(`${base}/nothing`);
const [error] = await once(refused, 'error');
assert.match(error.message, /404/);

for (const { socket } of [one, two, agent]) socket.terminate();
console.log('all checks passed');
