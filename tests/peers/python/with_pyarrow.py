import pyarrow as pa
import pyarrow.compute as pc

with open("results.arrow", "rb") as file:
    results = pa.ipc.open_stream(file).read_all()
latency_ns = results["latency"].cast("int64")
p99_ns = pc.quantile(latency_ns, 0.99, interpolation="lower")[0]
print(results.num_rows, pc.count(results["error"]), p99_ns)
