import polars as pl

results = pl.read_ipc_stream("results.arrow")
latency_ns = results["latency"].dt.total_nanoseconds()
p50_ns = latency_ns.median()
print(results.height, results["error"].count(), p50_ns)
