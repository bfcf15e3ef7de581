"""Serves calls.proto with grpcio, until SIGTERM.

Prints the port, and logs each call as a line of JSON. Environment: LOG is the path of the log,
PROTOSET the path to which the compiled schema is written. If there is a TOKEN, reflection requires
it. If there is an IDENTITY, messages with compression are refused. If there is an AGE, connections
end at this age, in ms. If there is a CERTIFICATE, calls need TLS; its key is in a file of the same
name with .key appended. Clients then need a certificate of the AUTHORITY, if there is one. If there
is a SOCKET, the server listens at this path.
"""

import json
import os
import signal
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection

TYPES = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
}
MESSAGES = {
    "Plan": ["string text", "bytes payload", "int32 waits", "int32 status", "string details"],
    "Reply": ["string text", "bytes payload", "int32 received"],
}
# Whether the client streams, and whether the server does.
METHODS = {
    "Unary": (False, False),
    "Tokens": (False, True),
    "Collect": (True, False),
    "Converse": (True, True),
}


def schema():
    """Returns calls.proto as protoc compiles it."""
    file = descriptor_pb2.FileDescriptorProto(
        name="calls.proto", package="peer.v1", syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field in enumerate(fields, 1):
            kind, field = field.split()
            label = 3 if field == "waits" else 1
            message.field.add(name=field, number=number, type=TYPES[kind], label=label)
    service = file.service.add(name="Calls")
    for name, (client, server) in METHODS.items():
        service.method.add(
            name=name,
            input_type=".peer.v1.Plan",
            output_type=".peer.v1.Reply",
            client_streaming=client,
            server_streaming=server,
        )
    return file


file = schema()
descriptor_pool.Default().Add(file)
find = descriptor_pool.Default().FindMessageTypeByName
Plan = message_factory.GetMessageClass(find("peer.v1.Plan"))
Reply = message_factory.GetMessageClass(find("peer.v1.Reply"))
codes = {code.value[0]: code for code in grpc.StatusCode}
log = open(os.environ["LOG"], "a", encoding="utf-8")
lock = threading.Lock()


class Call:
    """A call, which is logged when it ends."""

    def __init__(self, method, context):
        self.method, self.context = method, context
        self.remaining = context.time_remaining()
        self.requests, self.responses, self.times, self.status = [], [], [], 0
        self.start = time.monotonic()
        context.send_initial_metadata([("answered-bin", b"\0\xfe"), ("answered", "yes")])

    def read(self, raw):
        """Reads a request."""
        self.requests.append(raw)
        return Plan.FromString(raw)

    def reply(self, plan):
        """Returns the response to a request."""
        reply = Reply(text=plan.text, payload=plan.payload, received=len(self.requests))
        raw = reply.SerializeToString()
        self.responses.append(raw)
        self.times.append(time.monotonic() - self.start)
        return raw

    def end(self, plan):
        """Sets the status and logs the call."""
        self.status = plan.status
        self.context.set_trailing_metadata([("ended", "yes")])
        self.write()
        if plan.status:
            self.context.abort(codes[plan.status], plan.details)

    def client(self):
        """Returns the name in the certificate of the client, or else its address."""
        names = self.context.auth_context().get("x509_common_name", [])
        return names[0].decode() if names else self.context.peer()

    def write(self):
        """Logs the call."""
        line = {
            "method": self.method,
            "requests": [raw.hex() for raw in self.requests],
            "responses": [raw.hex() for raw in self.responses],
            "status": self.status,
            "metadata": {
                key: value.hex() if isinstance(value, bytes) else value
                for key, value in self.context.invocation_metadata()
            },
            "client": self.client(),
            "remaining": self.remaining,
            "times": self.times,
        }
        with lock:
            print(json.dumps(line), file=log, flush=True)


def unary(raw, context):
    call = Call("Unary", context)
    plan = call.read(raw)
    for wait in plan.waits:
        time.sleep(wait / 1000)
    reply = call.reply(plan) if plan.status == 0 else b""
    call.end(plan)
    return reply


def tokens(raw, context):
    call = Call("Tokens", context)
    plan = call.read(raw)
    for wait in plan.waits:
        time.sleep(wait / 1000)
        yield call.reply(plan)
    call.end(plan)


def collect(requests, context):
    call, plan = Call("Collect", context), Plan()
    for raw in requests:
        plan = call.read(raw)
    reply = call.reply(plan) if plan.status == 0 else b""
    call.end(plan)
    return reply


def converse(requests, context):
    call, plan = Call("Converse", context), Plan()
    for raw in requests:
        plan = call.read(raw)
        yield call.reply(plan)
    call.end(plan)


class Token(grpc.ServerInterceptor):
    """Refuses reflection without the token."""

    def __init__(self, token):
        self.token = token

    def intercept_service(self, continuation, details):
        metadata = dict(details.invocation_metadata)
        if "reflection" in details.method and metadata.get("authorization") != self.token:
            return grpc.stream_stream_rpc_method_handler(refuse)
        return continuation(details)


def refuse(_requests, context):
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "reflection needs a token")


def content(path):
    with open(path, "rb") as file:
        return file.read()


def listen(server):
    """Returns the port; 0 for a socket with a path."""
    if "SOCKET" in os.environ:
        server.add_insecure_port(f"unix:{os.environ['SOCKET']}")
        return 0
    if "CERTIFICATE" not in os.environ:
        return server.add_insecure_port("127.0.0.1:0")
    certificate = os.environ["CERTIFICATE"]
    authority = os.environ.get("AUTHORITY")
    credentials = grpc.ssl_server_credentials(
        [(content(f"{certificate}.key"), content(certificate))],
        root_certificates=content(authority) if authority else None,
        require_client_auth=authority is not None,
    )
    return server.add_secure_port("127.0.0.1:0", credentials)


with open(os.environ["PROTOSET"], "wb") as protoset:
    protoset.write(descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString())
options = []
if "IDENTITY" in os.environ:
    # A set of bits; 1 stands for no compression.
    options.append(("grpc.compression_enabled_algorithms_bitset", 1))
if "AGE" in os.environ:
    options.append(("grpc.max_connection_age_ms", int(os.environ["AGE"])))
server = grpc.server(
    futures.ThreadPoolExecutor(max_workers=64),
    interceptors=[Token(os.environ["TOKEN"])] if "TOKEN" in os.environ else [],
    options=options,
    compression=grpc.Compression.Gzip,
)
handlers = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Tokens": grpc.unary_stream_rpc_method_handler(tokens),
    "Collect": grpc.stream_unary_rpc_method_handler(collect),
    "Converse": grpc.stream_stream_rpc_method_handler(converse),
}
service = grpc.method_handlers_generic_handler("peer.v1.Calls", handlers)
server.add_generic_rpc_handlers([service])
reflection.enable_server_reflection(["peer.v1.Calls"], server)
port = listen(server)
server.start()
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
print(port, flush=True)
ended.wait()
server.stop(grace=None).wait()
