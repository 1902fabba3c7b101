#!/bin/sh
# A small S3 server for the tests of several machines: s3s-fs (Apache-2.0), built by cargo. SeaweedFS is taken instead
# where it is on the PATH.
set -eu
out=$1
command -v weed >/dev/null 2>&1 && exit 0
[ -x "$out/s3s-fs" ] && exit 0
command -v cargo >/dev/null 2>&1 || { echo "No S3 server: neither weed nor cargo is here"; exit 1; }
echo "Building the S3 server of the tests (a few minutes)"
cargo install s3s-fs --version 0.14.1 --features binary --locked --quiet --root "$out/.."
