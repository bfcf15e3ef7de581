import duckdb
import pyarrow as pa

with open("results.arrow", "rb") as file:
    results = pa.ipc.open_stream(file).read_all()
sql = "SELECT count(*), count(error), quantile_disc(epoch_ns(latency), 0.99) FROM results"
print(*duckdb.sql(sql).fetchall()[0])
