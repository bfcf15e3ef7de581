import pyarrow as pa
import pyarrow.compute as pc

streams = []
with open("results.arrow", "rb") as file:
    while file.peek(1):
        streams.append(pa.ipc.open_stream(file).read_all())
results = pa.concat_tables(streams)
latency_ns = results["latency"].cast("int64")
p50_ns = pc.quantile(latency_ns, 0.5)[0]
print(results.num_rows, pc.count(results["error"]), p50_ns)
