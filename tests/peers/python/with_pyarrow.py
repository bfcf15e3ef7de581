import pyarrow as pa
import pyarrow.compute as pc

results = pa.ipc.open_stream("results.arrow").read_all()
latency_ns = results["latency"].cast("int64")
p50_ns = pc.quantile(latency_ns, 0.5)[0]
print(results.num_rows, pc.count(results["error"]), p50_ns)
