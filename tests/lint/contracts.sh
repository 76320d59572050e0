#!/usr/bin/env bash
# contracts.sh - the bytecode that is checked in is what the sources compile to, byte for byte.
. "$(dirname "$0")/lib.sh"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
deploy/contracts/build.sh "$out"
diff -r deploy/contracts/build "$out"
