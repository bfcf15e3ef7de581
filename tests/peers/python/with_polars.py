import polars as pl

results = pl.read_ipc_stream("results.arrow")
latency_ns = results["latency"].dt.total_nanoseconds()
p99_ns = latency_ns.quantile(0.99, interpolation="lower")
print(results.height, results["error"].count(), p99_ns)
