#!/bin/sh
# Fetches an OpenSearch node with Maven into the folder $1 and compiles what starts it. Without Java and Maven, or without a
# way to fetch it, the tests of the search server are left out: that is said here.
set -eu

folder=$(mkdir -p "$1" && cd "$1" && pwd)

give_up() {
    echo "OpenSearch could not be fetched: $1. The search server is not tested." >&2
    exit 0
}

command -v javac >/dev/null || give_up "no Java Development Kit is installed"
command -v mvn >/dev/null || give_up "Maven is not installed"
echo "Fetching OpenSearch"
mvn -q -B -f tests/opensearch/pom.xml dependency:copy-dependencies -DoutputDirectory="$folder" -DincludeScope=runtime ||
    give_up "Maven failed"
javac -d "$folder" -cp "$folder/*" tests/opensearch/SearchNode.java || give_up "the node could not be compiled"
