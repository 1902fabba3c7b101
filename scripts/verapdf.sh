#!/bin/sh
# Fetches veraPDF with Maven into the folder $1. Without Java and Maven, or without a way to fetch it, documents are
# checked by what they declare alone: that is said here and by the test that is then left out.
set -eu

folder=$(mkdir -p "$1" && cd "$1" && pwd)

give_up() {
    echo "veraPDF could not be fetched: $1. Documents are checked by what they declare alone." >&2
    exit 0
}

command -v java >/dev/null || give_up "Java is not installed"
command -v mvn >/dev/null || give_up "Maven is not installed"
echo "Fetching veraPDF"
mvn -q -B -f tests/verapdf/pom.xml dependency:copy-dependencies -DoutputDirectory="$folder" -DincludeScope=runtime ||
    give_up "Maven failed"
