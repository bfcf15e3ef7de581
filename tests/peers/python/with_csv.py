import csv
from statistics import median

with open("results.csv", newline="") as file:
    results = list(csv.reader(file))
p50_ns = median(int(result[2]) for result in results)
n_errors = sum(result[5] != "" for result in results)
print(len(results), n_errors, p50_ns)
