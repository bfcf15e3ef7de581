import pyarrow as pa
import pyarrow.compute as pc

results = pa.ipc.open_stream("results.arrow").read_all()
latency_ns = results["latency"].cast("int64")
p99_ns = pc.quantile(latency_ns, 0.99, interpolation="lower")[0]
print(results.num_rows, pc.count(results["error"]), p99_ns)
