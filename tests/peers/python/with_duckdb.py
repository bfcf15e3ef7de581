import duckdb
import pyarrow as pa

results = pa.ipc.open_stream("results.arrow").read_all()
sql = "SELECT count(*), count(error), quantile_disc(epoch_ns(latency), 0.99) FROM results"
print(*duckdb.sql(sql).fetchall()[0])
