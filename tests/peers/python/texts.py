import duckdb
import polars as pl
import pyarrow as pa

arrow = pa.ipc.open_stream("results.arrow").read_all()
pandas = arrow.to_pandas()
polars = pl.read_ipc_stream("results.arrow")
answered = "SELECT url, headers FROM arrow WHERE headers IS NOT NULL"
views = [
    zip(arrow["url"].to_pylist(), arrow["headers"].to_pylist()),
    zip(pandas["url"], pandas["headers"]),
    zip(polars["url"], polars["headers"].to_list()),
    duckdb.sql(answered).fetchall(),
]
answers = [[(url, dict(headers)) for url, headers in view if headers] for view in views]
assert all(view == answers[0] for view in answers), "the libraries differ"
print(len(answers[0]), *sorted({f"{url} {headers['Content-Type']}" for url, headers in answers[0]}))
