import pyarrow as pa

results = pa.ipc.open_stream("results.arrow").read_pandas()
latency_ns = results["latency"].astype("int64")
p99_ns = latency_ns.quantile(0.99, interpolation="lower")
print(len(results), results["error"].count(), p99_ns)
