import duckdb
import pyarrow as pa

results = pa.ipc.open_stream("results.arrow").read_all()
sql = "SELECT count(*), count(error), median(epoch_ns(latency)) FROM results"
print(*duckdb.sql(sql).fetchall()[0])
