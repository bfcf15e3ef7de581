# How packages of Debian are installed; for scripts to source, after they have set `who`, which
# begins each line that is said.

# A package's own service would take the port that is its standard, and nobody asked for it.
policy=/usr/sbin/policy-rc.d

fail() {
    echo "$who: $1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o=Dpkg::Use-Pty=0 "$@" >/dev/null
}

# Keeps packages from starting services, until the script ends; a policy that is there is kept.
hold_services() {
    [ -e "$policy" ] && return
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

# Installs a Debian package; the lists of packages are fetched only where they do not know it.
package() {
    command -v apt-get >/dev/null || fail "$1 is missing and there is no apt-get: install it by hand"
    echo "$who: installing the package $1"
    hold_services
    apt install -y --no-install-recommends "$1" 2>/dev/null ||
        { apt update && apt install -y --no-install-recommends "$1"; } ||
        fail "the package $1 cannot be installed: install it by hand"
}
