#!/usr/bin/env bash
# go.sh - a client in Go: grpc-go, and what protoc-gen-go-grpc makes of our contract. Skipped (77)
# where there is no Go, or its modules cannot be had.
set -euo pipefail
place=.run/tools/go-client
sum=$(cat tests/interop/go/* proto/ghostfleet/v1/*.proto | sha256sum)
if [ "$(cat $place/.done 2>/dev/null)" != "$sum" ]; then
	rm -rf $place
	mkdir -p $place
	cp tests/interop/go/* $place/
	deploy/scripts/go-stubs.sh ghostfleet/interop "$PWD/$place"
	(cd $place && GOFLAGS=-mod=readonly timeout 250 go build -o client . >build.log 2>&1) || {
		tail -n 5 $place/build.log >&2
		# What cannot be had is no fault of ours; what does not compile is.
		! grep -qE 'dial tcp|lookup |connection refused|TLS handshake|403 Forbidden' $place/build.log || exit 77
		exit 1
	}
	echo "$sum" >$place/.done
fi
. tests/interop/lib.sh
client() {
	timeout 100 $place/client "$1" "$at" "$dir/data/admin.token" "${@:2}"
}
start
client rows "$table" >"$rows"
rows_are "$rows" go
anew
client fleet >"$dir/out"
saw "$dir/out" go
stop_daemon
