"""Serves golden.v1.Golden with grpcio, and compares what arrives with protobuf, until SIGTERM.

Arguments: the folder of the schema and of the messages in JSON, and the path of grpcurl. Prints the
port. After SIGTERM it lets grpcurl send the messages too, and prints what differs, how many messages
are equal, and how many have the same bytes.
"""

import signal
import subprocess
import sys
import tempfile
import threading
from concurrent import futures
from importlib import resources
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

# Valid messages that protobuf for Python refuses: an Any of a well-known type whose "value" is empty,
# and a number that an enum of the older syntax does not have.
REFUSED = {
    '{"any": {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}}',
    '{"level": 7}',
}
# Messages that have several encodings: entries of maps may leave out what equals its default, and
# extensions may be in any order.
SEVERAL = {
    '{"labels": {"": ""}}',
    '{"labels": {"a": "1", "b": "2", "c": ""}}',
    '{"byId": {"-1": {}, "0": {"anInt32": 5}}}',
    '{"byFlag": {"true": 1.5, "false": 0}}',
    '{"byNumber": {"18446744073709551615": "RED", "0": 0}}',
    '{"struct": {"": 0}}',
    '{"[golden.legacy.v1.note]": "", "[golden.legacy.v1.codes]": [1, 0], "id": 5}',
}
# Messages that grpcurl refuses or sends as something else: whole numbers with a point, base64 of URLs
# and without padding, null for a field, field masks, a NaN of another form, null as a value of a map.
NOT_BY_GRPCURL = {
    '{"anInt32": 1.0, "anInt64": 1e2, "aUint32": 120e-1, "aUint64": -0}',
    '{"int32s": [1, "2", -3, 4.0], "strings": ["a", "", "b"], "colors": ["RED", 0, 5], '
    '"sint64s": [-1, "1"], "unpacked": [0, 1], "bools": [true, false]}',
    '{"aDouble": "NaN", "aFloat": "Infinity", "doubles": ["-Infinity", "NaN", 0, -0.0, "1.5", 1e-7]}',
    '{"someBytes": "-_-_"}',
    '{"someBytes": "aGk"}',
    '{"name": null, "number": 5}',
    '{"mask": "aDouble,child.anInt32"}',
    '{"mask": ""}',
    '{"values": {"a": null, "b": [false]}}',
}
FILES = {"Send": "messages.jsonl", "SendLegacy": "legacy.jsonl"}
TYPES = {"Send": "golden.v1.AllTypes", "SendLegacy": "golden.legacy.v1.Legacy"}

folder = Path(sys.argv[1])
rows = [(method, row) for method in FILES for row in (folder / FILES[method]).read_text().splitlines()]


def compiled():
    """Returns the schema as protoc compiles it."""
    included = resources.files("grpc_tools") / "_proto"
    with tempfile.NamedTemporaryFile() as file:
        flags = [f"-I{folder}", f"-I{included}", "--include_imports", f"--descriptor_set_out={file.name}"]
        assert protoc.main(["protoc", *flags, "all_types.proto"]) == 0
        return descriptor_pb2.FileDescriptorSet.FromString(file.read())


pool = descriptor_pool.DescriptorPool()
for described in compiled().file:
    pool.Add(described)
classes = {
    method: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    for method, name in TYPES.items()
}
# Makes extensions known to their message.
pool.FindAllExtensions(classes["SendLegacy"].DESCRIPTOR)


def expected(method, row):
    """Returns the bytes that protobuf makes of a message in JSON."""
    return encoded(json_format.Parse(row, classes[method](), descriptor_pool=pool))


def encoded(message):
    return message.SerializePartialToString(deterministic=True)


def differs(method, row, raw):
    """Returns whether bytes are another message, and whether they are other bytes."""
    found = classes[method]()
    found.MergeFromString(raw)
    return encoded(found) != expected(method, row), raw != expected(method, row)


received, uploaded = {}, []


def send(raw, context):
    received[int(dict(context.invocation_metadata())["x-drumfire-seq"])] = raw
    return b""


def upload(requests, _context):
    uploaded.extend(requests)
    return b""


server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
handlers = {
    "Send": grpc.unary_unary_rpc_method_handler(send),
    "SendLegacy": grpc.unary_unary_rpc_method_handler(send),
    "Upload": grpc.stream_unary_rpc_method_handler(upload),
}
service = grpc.method_handlers_generic_handler("golden.v1.Golden", handlers)
server.add_generic_rpc_handlers([service])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
print(port, flush=True)
ended.wait()

compared = [(n, *row) for n, row in enumerate(rows) if row[1] not in REFUSED]
n_equal = n_same = 0
for n, method, row in compared:
    is_other, has_other_bytes = differs(method, row, received[n])
    n_equal, n_same = n_equal + (not is_other), n_same + (not has_other_bytes)
    if is_other or has_other_bytes != (row in SEVERAL):
        print(f"{row} is {received[n].hex()}, expected {expected(method, row).hex()}")
print(f"drumfire: {n_equal} of {len(compared)} equal, {n_same} with the same bytes")

texts = [row for _, method, row in compared if method == "Send" and row not in NOT_BY_GRPCURL]
flags = ["-plaintext", "-import-path", str(folder), "-proto", "all_types.proto", "-d", "@"]
call = [sys.argv[2], *flags, f"127.0.0.1:{port}", "golden.v1.Golden/Upload"]
subprocess.run(call, input="\n".join(texts).encode(), stdout=subprocess.DEVNULL, check=True)
others = [row for row, raw in zip(texts, uploaded, strict=True) if differs("Send", row, raw)[0]]
print(*others, f"grpcurl: {len(texts) - len(others)} of {len(texts)} equal", sep="\n")
server.stop(grace=None).wait()
