#!/usr/bin/env bash
# Makes the pictures of the README from a real run: a dashboard under a load that rises, holds and
# swings, whose server fails now and then, and once answers nothing for a second.
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

# The stall comes while the rate holds.
(
    sleep 27
    kill -STOP "$server"
    sleep 1
    kill -CONT "$server"
) &
echo "attacking $host for a minute" >&2
"$drumfire" attack -name=dashboard -targets="$home/targets.http" -feed=feeds/modules.csv \
    -base-url="$host" -stages=15s@20..200,25s@200,20s@200~100/10s -seed=1 \
    -output="$run/results.arrow"

# The page is that of a gate, whether it was kept or not.
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
[ -s "$folder/page.png" ] || fail "chromium made no picture of $run/page.html"
echo "the pictures are in $folder" >&2
