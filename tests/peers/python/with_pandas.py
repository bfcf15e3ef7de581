import pyarrow as pa

results = pa.ipc.open_stream("results.arrow").read_pandas()
latency_ns = results["latency"].astype("int64")
p50_ns = latency_ns.median()
print(len(results), results["error"].count(), p50_ns)
