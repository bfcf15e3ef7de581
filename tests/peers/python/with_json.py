import json

with open("results.json") as file:
    results = [json.loads(line) for line in file]
latency_ns = sorted(result["latency"] for result in results)
p99_ns = latency_ns[int(0.99 * (len(latency_ns) - 1))]
n_errors = sum(result["error"] != "" for result in results)
print(len(results), n_errors, p99_ns)
