#!/usr/bin/env bash
# Renders the pictures of the README from a real run: a dashboard under a load that rises, holds and
# swings. The server fails now and then, and stalls once for a second.
set -euo pipefail
cd "$(dirname "$0")/.."

who='make pictures'
. scripts/packages.sh

drumfire=${DRUMFIRE:-target/release/drumfire}
folder=docs/pictures
home=targets/dashboard
run=$(mktemp -d)
server=

clean_up() {
    [ -z "$server" ] || { kill -KILL "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$run"
}
trap clean_up EXIT

command -v chromium >/dev/null || package chromium
mkdir -p "$folder"

"$drumfire" serve -listen=127.0.0.1:0 -errors=0.5% -routes="$home/routes.toml" >"$run/serve.log" &
server=$!
until host=$(sed -n 's/^listening at //p' "$run/serve.log") && [ -n "$host" ]; do
    kill -0 "$server"
    sleep 0.05
done

# Stall the server while the rate is constant.
(
    sleep 27
    kill -STOP "$server"
    sleep 1
    kill -CONT "$server"
) &
echo "attacking $host for a minute" >&2
"$drumfire" attack -name=dashboard -targets=targets/dashboard/modules.txt -feed=feeds/modules.csv \
    -base-url="$host" -stages=15s@20..200,25s@200,20s@200~100/10s -seed=1 \
    -output="$run/results.arrow"

# The page shows thresholds; they may be missed.
(
    cd "$run"
    "$OLDPWD/$drumfire" report -type=html -output=page.html \
        -threshold='p50<25ms' -threshold='p99<250ms' -threshold='success>=99%' results.arrow
) || [ $? = 99 ]
"$drumfire" plot -chart=heatmap -output="$folder/heatmap.svg" "$run/results.arrow"

chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
    --user-data-dir="$run/chromium" --force-device-scale-factor=1.5 --window-size=1120,1460 \
    --screenshot="$PWD/$folder/page.png" "file://$run/page.html" 2>/dev/null
[ -s "$folder/page.png" ] || fail "chromium made no screenshot of $run/page.html"
echo "the pictures are in $folder" >&2
