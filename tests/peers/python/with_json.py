import json
from statistics import median

with open("results.json") as file:
    results = [json.loads(line) for line in file]
p50_ns = median(result["latency"] for result in results)
n_errors = sum(result["error"] != "" for result in results)
print(len(results), n_errors, p50_ns)
