#!/bin/sh
# Builds stripe-mock into the folder $1. Without Go, or without a way to fetch it, the tests of Stripe's own API are not
# run: that is said here, and where CI is set it is a failure.
set -eu

version=v0.203.0
folder=$(mkdir -p "$1" && cd "$1" && pwd)

give_up() {
    echo "stripe-mock $version could not be built: $1. Stripe is tested with the small double alone." >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
}

command -v go >/dev/null || give_up "Go is not installed"
echo "Building stripe-mock"
GOBIN=$folder GOFLAGS=-mod=mod go install "github.com/stripe/stripe-mock@$version" || give_up "go install failed"
