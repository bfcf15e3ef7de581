"""Checks the results of the Autobahn suite in the folder of the first argument."""

import json
import pathlib
import sys

PASSED = ["OK", "NON-STRICT", "INFORMATIONAL"]
# All cases but those of compression, which is not supported.
N_CASES = 301

index = json.loads((pathlib.Path(sys.argv[1]) / "index.json").read_text())
for agent, cases in index.items():
    failed = {
        case: (result["behavior"], result["behaviorClose"])
        for case, result in cases.items()
        if not {result["behavior"], result["behaviorClose"]} <= set(PASSED)
    }
    if failed or len(cases) != N_CASES:
        sys.exit(f"{agent}: {len(cases)} cases, of which failed: {failed}")
    strict = sum(result["behavior"] == "OK" for result in cases.values())
    print(f"{agent}: {len(cases)} cases of the Autobahn suite, {strict} of them strictly")
if not index:
    sys.exit("the Autobahn suite has no results")
