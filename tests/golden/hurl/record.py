#!/usr/bin/env python3
"""Records what hurl does with the cases, in results.jsonl and syntax.jsonl.

Usage: record.py HURL DRUMFIRE [CASE...]: the two programs, and parts of the names of cases to print.

Each case has its own server, `drumfire serve` with routes.toml. In the results its port is PORT, and
nothing depends on time. With names of cases, nothing is written.
"""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
VERSION = "8.0.1"
# Where hurl reports an error, as in "  --> login.hurl:7:12".
PLACE = re.compile(r"^ *--> .*:(\d+):(\d+)$", re.MULTILINE)
# The line before a snippet in a file of syntax/.
SNIPPET = re.compile(r"^=== (.+)\n", re.MULTILINE)
MAX_SECONDS = 60


class Server:
    """A server for one case, which logs the requests that arrive."""

    def __init__(self, drumfire):
        self.log = tempfile.NamedTemporaryFile(suffix=".csv")
        command = [drumfire, "serve", "-listen=127.0.0.1:0", f"-routes={HERE / 'routes.toml'}"]
        command.append(f"-arrivals={self.log.name}")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.host = self.process.stdout.readline().split("http://")[1].strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(MAX_SECONDS)

    def requests(self):
        """Returns method, path and status of each request, in order, after the server has ended."""
        with open(self.log.name, newline="", encoding="utf-8") as log:
            rows = sorted(csv.DictReader(log), key=lambda row: int(row["timestamp_ns"]))
        return [f"{row['method']} {row['path']} {row['status']}".rstrip() for row in rows]


def call(command):
    """Runs a command until its end and returns its output."""
    # The options of a user, or a proxy, would change what hurl does.
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=MAX_SECONDS, env=environment
    )


def run(hurl, drumfire, case):
    """Returns the result of one case, and the messages of hurl."""
    with Server(drumfire) as server:
        variables = [f"base=http://{server.host}", f"host={server.host}"]
        command = [hurl, "--json", "--variables-file", HERE / "variables"]
        command += [part for variable in variables for part in ("--variable", variable)]
        output = call([*command, case])
    if output.returncode == 2:
        sys.exit(f"{case}: hurl cannot read it:\n{output.stderr}")
    captures = {}
    for entry in json.loads(output.stdout)["entries"]:
        # A retry or a repetition captures again: the last value counts.
        captures.update({capture["name"]: capture["value"] for capture in entry["captures"]})
    result = {
        "case": str(case.relative_to(CASES).with_suffix("")),
        "success": output.returncode == 0,
        "captures": captures,
        "failed_lines": sorted({int(line) for line, _ in PLACE.findall(output.stderr)}),
        "requests": server.requests(),
    }
    text = json.dumps(result, ensure_ascii=False).replace(server.host, "127.0.0.1:PORT")
    return text, output.stderr


def snippets():
    """Returns the group, the name and the text of each snippet.

    A snippet is a part of a file GROUP.txt, or a file in the folder GROUP if its bytes matter.
    """
    for file in sorted((HERE / "syntax").glob("*.txt")):
        parts = SNIPPET.split(file.read_text(encoding="utf-8"))
        for name, snippet in zip(parts[1::2], parts[2::2]):
            # The empty line between two snippets belongs to neither.
            yield file.stem, name, snippet.removesuffix("\n").encode("utf-8")
        for part in sorted((HERE / "syntax" / file.stem).iterdir()):
            yield file.stem, part.stem, part.read_bytes()


def parse(hurl, text):
    """Returns whether hurl accepts a file with a text, and where the first error is."""
    with tempfile.NamedTemporaryFile(suffix=".hurl") as file:
        file.write(text)
        file.flush()
        # It reads the whole file before the first request, which no one answers.
        command = [hurl, "--no-output", "--to-entry", "1", "--connect-timeout", "1", file.name]
        output = call(command)
    if output.returncode != 2:
        return {"accepted": True}
    place = PLACE.search(output.stderr)
    # A file that is not text has no place.
    line, column = place.groups() if place else (1, 1)
    return {"accepted": False, "line": int(line), "column": int(column)}


def main():
    hurl, drumfire, *chosen = sys.argv[1:]
    version = subprocess.run([hurl, "--version"], capture_output=True, text=True).stdout
    if not version.startswith(f"hurl {VERSION} "):
        sys.exit(f"{hurl} is {version.split(' (')[0]}: expected hurl {VERSION}")
    lines = []
    for case in sorted(CASES.rglob("*.hurl")):
        if chosen and not any(part in str(case) for part in chosen):
            continue
        line, messages = run(hurl, drumfire, case)
        lines.append(line)
        if chosen:
            print(f"{line}\n{messages}")
    if chosen:
        return
    (HERE / "results.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    found = [
        json.dumps({"group": group, "name": name, **parse(hurl, text)})
        for group, name, text in snippets()
    ]
    (HERE / "syntax.jsonl").write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
    print(f"recorded {len(lines)} cases and {len(found)} snippets")


main()
