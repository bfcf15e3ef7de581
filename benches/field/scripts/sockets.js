// Messages on WebSockets with k6: SOCKETS connections, each with RATE messages per second.
//
// The connections open in the first second, the messages last for SECONDS, and replies may take
// another 2 seconds. PER_USER connections share a user, which is an event loop of k6.
import { WebSocket } from 'k6/experimental/websockets';
import { Counter, Trend } from 'k6/metrics';

const SOCKETS = Number(__ENV.SOCKETS);
const PER_USER = Number(__ENV.PER_USER);
const INTERVAL_MS = 1000 / Number(__ENV.RATE);
const LENGTH_MS = Number(__ENV.SECONDS) * 1000;
const CONNECTING_MS = 1000;
const GRACE_MS = 2000;

const sent = new Counter('sent');
const answered = new Counter('answered');
const failed = new Counter('failed');
const latency = new Trend('latency');

export const options = {
  scenarios: {
    sockets: {
      executor: 'per-vu-iterations',
      vus: SOCKETS / PER_USER,
      iterations: 1,
      maxDuration: '60s',
    },
  },
  summaryTrendStats: ['p(50)', 'p(99)', 'max'],
};

export function setup() {
  return { begin: Date.now() + CONNECTING_MS };
}

function talk(begin) {
  const socket = new WebSocket(__ENV.URL);
  socket.onopen = () => {
    setTimeout(() => {
      const beat = setInterval(() => {
        socket.send(JSON.stringify({ at: Date.now(), text: __ENV.TEXT }));
        sent.add(1);
      }, INTERVAL_MS);
      // Half an interval later, so that the last message is sent.
      setTimeout(() => clearInterval(beat), LENGTH_MS + INTERVAL_MS / 2);
      setTimeout(() => socket.close(), LENGTH_MS + GRACE_MS);
    }, Math.max(0, begin - Date.now()));
  };
  socket.onmessage = (event) => {
    latency.add(Date.now() - JSON.parse(event.data).at);
    answered.add(1);
  };
  socket.onerror = () => failed.add(1);
}

export default function ({ begin }) {
  for (let i = 0; i < PER_USER; i += 1) {
    talk(begin);
  }
}

export function handleSummary({ metrics }) {
  const value = (name, figure) => (metrics[name] ? metrics[name].values[figure] : 0);
  const summary = {
    sent: value('sent', 'count'),
    answered: value('answered', 'count'),
    failed: value('failed', 'count'),
    per_second: value('answered', 'count') / Number(__ENV.SECONDS),
    p99_ms: value('latency', 'p(99)'),
  };
  return { stdout: `${JSON.stringify(summary)}\n` };
}
