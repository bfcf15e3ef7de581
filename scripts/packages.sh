# Installs Debian packages. Scripts source this file after setting `who`, the prefix of each
# message.

# Without this policy, a package would start its service and occupy its default port.
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

# Keeps packages from starting services until the script ends; an existing policy is kept.
hold_services() {
    [ -e "$policy" ] && return
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
}

# Installs a Debian package; the package lists are fetched only if they do not know it.
package() {
    command -v apt-get >/dev/null || fail "$1 is missing and apt-get is not available: install $1 by hand"
    echo "$who: installing the package $1"
    hold_services
    apt install -y --no-install-recommends "$1" 2>/dev/null ||
        { apt update && apt install -y --no-install-recommends "$1"; } ||
        fail "cannot install the package $1: install it by hand"
}
