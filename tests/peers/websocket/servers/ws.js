// Echoes WebSocket messages with the library ws. Prints its port, and at its end its counts.

import { WebSocketServer } from 'ws';

let nSockets = 0;
let nMessages = 0;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
  console.log(`listening at ${server.address().port}`);
});
server.on('connection', (socket) => {
  nSockets++;
  socket.on('message', (data, isBinary) => {
    nMessages++;
    socket.send(data, { binary: isBinary });
  });
});
process.on('SIGTERM', () => {
  console.log(`${nSockets} sockets, ${nMessages} messages`);
  process.exit(0);
});
