import pyarrow as pa

with open("results.arrow", "rb") as file:
    results = pa.ipc.open_stream(file).read_pandas()
latency_ns = results["latency"].astype("int64")
p99_ns = latency_ns.quantile(0.99, interpolation="lower")
print(len(results), results["error"].count(), p99_ns)
