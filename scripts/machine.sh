#!/bin/sh
# What the machine itself must bring. `machine.sh serve` checks it; `machine.sh test` also installs the Debian packages
# that only the tests need, or says which ones to install when it is not run by root.
set -eu

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

check_python() {
    "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fail "Python 3.11 or newer is needed (set PYTHON to its name when it is not python3)."
    "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python lacks its venv module: apt-get install python3-venv"
}

check_node() {
    command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js 20 or newer with npm is needed."
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
        fail "Node.js 20 or newer is needed; this is $(node --version)."
}

has_postgres() {
    command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_chromium() {
    command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
        command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

install_test_packages() {
    missing=""
    has_postgres || missing="$missing postgresql"
    has_chromium || missing="$missing chromium-headless-shell"
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "The tests need the Debian packages$missing: as root, apt-get install$missing"
    fi
    echo "Installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    if ! has_chromium && ! apt-cache policy chromium-headless-shell | grep -q 'Candidate: [0-9]'; then
        fail "This system packs Chromium outside its packages: put chromium or google-chrome on the PATH."
    fi
    # shellcheck disable=SC2086 - one word for each package
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

install_cluster_packages() {
    missing=""
    command -v haproxy >/dev/null || missing="$missing haproxy"
    command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
    command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
    command -v patroni >/dev/null || missing="$missing patroni python3-etcd"
    command -v etcd >/dev/null || missing="$missing etcd-server"
    command -v logrotate >/dev/null || [ -x /usr/sbin/logrotate ] || missing="$missing logrotate"
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "The tests of several machines need the Debian packages$missing: as root, apt-get install$missing"
    fi
    echo "Installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 - one word for each package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

check_python
check_node
case "${1:-}" in
serve) ;;
test) install_test_packages ;;
cluster)
    install_test_packages
    install_cluster_packages
    ;;
*) fail "usage: machine.sh serve|test|cluster" ;;
esac
