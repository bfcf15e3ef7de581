// Unary gRPC calls with k6: RATE per second for SECONDS, or USERS at full speed if RATE is 0.
import grpc from 'k6/net/grpc';
import { Counter } from 'k6/metrics';

const RATE = Number(__ENV.RATE);
const USERS = Number(__ENV.USERS);
const DURATION = `${__ENV.SECONDS}s`;

const failed = new Counter('failed');
const client = new grpc.Client();
client.load([], 'echo.proto');

// A scenario at a rate leaves out calls if all users are busy.
const scenario = RATE > 0
  ? {
    executor: 'constant-arrival-rate',
    rate: RATE,
    timeUnit: '1s',
    duration: DURATION,
    preAllocatedVUs: USERS,
    maxVUs: USERS,
  }
  : { executor: 'constant-vus', vus: USERS, duration: DURATION };

export const options = { scenarios: { calls: scenario } };

let isConnected = false;

export default function () {
  if (!isConnected) {
    client.connect(__ENV.ADDRESS, { plaintext: true });
    isConnected = true;
  }
  const response = client.invoke('drumfire.v1.Echo/Unary', { text: __ENV.TEXT });
  if (response.status !== grpc.StatusOK) {
    failed.add(1);
  }
}

export function handleSummary({ metrics }) {
  const nFailed = metrics.failed ? metrics.failed.values.count : 0;
  const { count, rate } = metrics.iterations.values;
  const summary = { answered: count - nFailed, failed: nFailed, per_second: rate };
  return { stdout: `${JSON.stringify(summary)}\n` };
}
