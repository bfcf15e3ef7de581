// Serves calls.proto with grpc-js, until SIGTERM.
//
// Prints the port, and logs each call as a line of JSON. Environment: PROTO is the path of
// calls.proto, LOG that of the log.

import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

const definition = loader.loadSync(process.env.PROTO, { defaults: true });
const methods = definition['peer.v1.Calls'];
const start = process.hrtime.bigint();
const now = () => Number(process.hrtime.bigint() - start) / 1e9;

// Requests stay bytes, so that the log has what was on the wire.
const raw = Object.fromEntries(
  Object.entries(methods).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes) => bytes, responseSerialize: (bytes) => bytes },
  ]),
);

class Call {
  constructor(method, call) {
    Object.assign(this, { method, call, requests: [], responses: [], times: [], start: now() });
    this.remaining = (Number(call.getDeadline()) - Date.now()) / 1000;
    const head = new grpc.Metadata();
    head.set('answered', 'yes');
    head.set('answered-bin', Buffer.from([0, 0xfe]));
    call.sendMetadata(head);
  }

  read(bytes) {
    this.requests.push(bytes.toString('hex'));
    return methods[this.method].requestDeserialize(bytes);
  }

  reply({ text, payload }) {
    const reply = { text, payload, received: this.requests.length };
    const bytes = methods[this.method].responseSerialize(reply);
    this.responses.push(bytes.toString('hex'));
    this.times.push(now() - this.start);
    return bytes;
  }

  // Logs the call; returns its status.
  end({ status = 0, details = '' }) {
    const { method, requests, responses, remaining, times } = this;
    const metadata = Object.fromEntries(
      Object.entries(this.call.metadata.getMap()).map(([key, value]) => [
        key,
        Buffer.isBuffer(value) ? value.toString('hex') : value,
      ]),
    );
    const client = this.call.getPeer();
    const line = { method, requests, responses, status, metadata, client, remaining, times };
    appendFileSync(process.env.LOG, JSON.stringify(line) + '\n');
    const trailers = new grpc.Metadata();
    trailers.set('ended', 'yes');
    return { code: status, details, metadata: trailers };
  }
}

// Ends a call with one response.
const finish = (call, plan, callback) => {
  const response = plan.status ? null : call.reply(plan);
  const status = call.end(plan);
  if (plan.status) callback(status);
  else callback(null, response, status.metadata);
};

// Ends a call with a stream of responses.
const close = (stream, status) => {
  if (status.code) stream.emit('error', status);
  else stream.end(status.metadata);
};

const handlers = {
  async Unary(request, callback) {
    const call = new Call('Unary', request);
    const plan = call.read(request.request);
    for (const ms of plan.waits) await wait(ms);
    finish(call, plan, callback);
  },

  async Tokens(stream) {
    const call = new Call('Tokens', stream);
    const plan = call.read(stream.request);
    for (const ms of plan.waits) {
      await wait(ms);
      stream.write(call.reply(plan));
    }
    close(stream, call.end(plan));
  },

  Collect(stream, callback) {
    const call = new Call('Collect', stream);
    let plan = {};
    stream.on('data', (bytes) => (plan = call.read(bytes)));
    stream.on('end', () => finish(call, plan, callback));
  },

  Converse(stream) {
    const call = new Call('Converse', stream);
    let plan = {};
    stream.on('data', (bytes) => {
      plan = call.read(bytes);
      stream.write(call.reply(plan));
    });
    stream.on('end', () => close(stream, call.end(plan)));
  },
};

const server = new grpc.Server();
server.addService(raw, handlers);
new ReflectionService(definition).addToServer(server);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
process.on('SIGTERM', () => {
  server.forceShutdown();
  process.exit(0);
});
