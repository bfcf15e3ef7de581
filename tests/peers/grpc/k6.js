// Calls drumfire.v1.Echo and the health service at ADDRESS, with the schema by reflection.

import { check } from 'k6';
import { Counter } from 'k6/metrics';
import grpc from 'k6/net/grpc';

export const options = {
  iterations: 20,
  vus: 2,
  thresholds: { checks: ['rate == 1'], answers: ['count == 100'] },
};

const answers = new Counter('answers');
const client = new grpc.Client();

export default () => {
  client.connect(__ENV.ADDRESS, { plaintext: true, reflect: true });
  const response = client.invoke('drumfire.v1.Echo/Unary', { text: 'hi', payload: 'aGk=' });
  check(response, {
    'status is OK': (it) => it.status === grpc.StatusOK,
    'text is that of the request': (it) => it.message.text === 'hi',
    'payload is that of the request': (it) => it.message.payload === 'aGk=',
  });
  const other = client.invoke('grpc.health.v1.Health/Check', { service: 'other' });
  check(other, { 'status is NOT_FOUND': (it) => it.status === grpc.StatusNotFound });

  const stream = new grpc.Stream(client, 'drumfire.v1.Echo/Tokens');
  stream.on('data', () => answers.add(1));
  stream.on('end', () => client.close());
  stream.write({ text: 'hi', count: 5 });
  stream.end();
};
