import csv

with open("results.csv", newline="") as file:
    results = list(csv.reader(file))
latency_ns = sorted(int(result[2]) for result in results)
p99_ns = latency_ns[int(0.99 * (len(latency_ns) - 1))]
n_errors = sum(result[5] != "" for result in results)
print(len(results), n_errors, p99_ns)
