import pyarrow as pa
import pyarrow.compute as pc

streams = []
with open("results.arrow", "rb") as file:
    while file.peek(1):
        streams.append(pa.ipc.open_stream(file).read_all())
results = pa.concat_tables(streams)
latency_ns = results["latency"].cast("int64")
p99_ns = pc.quantile(latency_ns, 0.99, interpolation="lower")[0]
print(results.num_rows, pc.count(results["error"]), p99_ns)
