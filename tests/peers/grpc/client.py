"""Calls drumfire.v1.Echo and the health service at the address in the first argument."""

import sys

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

channel = grpc.insecure_channel(sys.argv[1])
database = ProtoReflectionDescriptorDatabase(channel)
services = ["drumfire.v1.Echo", "grpc.health.v1.Health"]
assert set(services) <= set(database.get_services()), database.get_services()
pool = descriptor_pool.DescriptorPool(database)
echo = pool.FindServiceByName("drumfire.v1.Echo")
Request = message_factory.GetMessageClass(echo.methods_by_name["Unary"].input_type)
Response = message_factory.GetMessageClass(echo.methods_by_name["Unary"].output_type)


def method(kind, name):
    """Returns a method as something to call."""
    return getattr(channel, kind)(
        f"/drumfire.v1.Echo/{name}",
        request_serializer=Request.SerializeToString,
        response_deserializer=Response.FromString,
    )


def fields(response):
    return response.text, response.index, response.payload, response.received


def status_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


def requests(n):
    return iter([Request(text=f"text {k}", payload=bytes([k])) for k in range(n)])


unary = method("unary_unary", "Unary")
assert fields(unary(Request(text="ä", payload=b"\0\xff"), timeout=30)) == ("ä", 0, b"\0\xff", 1)
large = Request(payload=bytes(3 << 20))
assert unary(large, timeout=30).payload == large.payload
zipped = unary(large, timeout=30, compression=grpc.Compression.Gzip)
assert zipped.payload == large.payload

tokens = method("unary_stream", "Tokens")
found = [fields(token) for token in tokens(Request(text="t", count=5_000), timeout=60)]
assert found == [("t", index, b"", 1) for index in range(5_000)]

collect = method("stream_unary", "Collect")
assert fields(collect(requests(200), timeout=30)) == ("text 199", 0, bytes([199]), 200)

converse = method("stream_stream", "Converse")
found = [fields(response) for response in converse(requests(200), timeout=30)]
assert found == [(f"text {k}", k, bytes([k]), k + 1) for k in range(200)]

too_large = Request(payload=bytes(5 << 20))
assert status_of(lambda: unary(too_large, timeout=30))[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
code, text = status_of(lambda: method("unary_unary", "Other")(Request(), timeout=30))
assert code is grpc.StatusCode.UNIMPLEMENTED
assert text == "unknown method Other for service drumfire.v1.Echo", text

# An ended stream does not harm others of its connection.
stream = tokens(Request(count=1_000_000), timeout=60)
next(stream)
stream.cancel()

health = health_pb2_grpc.HealthStub(channel)
for service in ["", *services]:
    check = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=30)
    assert check.status == health_pb2.HealthCheckResponse.SERVING, service
unknown = health_pb2.HealthCheckRequest(service="other")
assert status_of(lambda: health.Check(unknown, timeout=30))[0] is grpc.StatusCode.NOT_FOUND
watch = health.Watch(unknown, timeout=60)
assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
watch.cancel()
print("all checks passed")
