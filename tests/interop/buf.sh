#!/usr/bin/env bash
# buf.sh - buf curl against the daemon, knowing nothing but what reflection tells, by both versions.
. tests/interop/lib.sh
tools=$(deploy/scripts/node-tools.sh tests/tools)
buf=$(realpath "$(find "$tools/node_modules/@bufbuild" -path '*/bin/buf')")
curl_it() {
	timeout 30 "$buf" curl --protocol grpc --http2-prior-knowledge --reflect-protocol "$version" \
		-H "Authorization: Bearer $token" --reflect-header "Authorization: Bearer $token" "$@"
}
call() {
	curl_it -d "$2" "http://$at/$1"
}
# What it tells until we leave: one message at least.
stream() {
	"$buf" curl --protocol grpc --http2-prior-knowledge --reflect-protocol "$version" \
		-H "Authorization: Bearer $token" --reflect-header "Authorization: Bearer $token" \
		-d "$2" "http://$at/$1" >"$dir/stream" 2>"$dir/err" &
	local watch=$!
	wait_for 30 "a message of $1" grep -q '^{' "$dir/stream"
	kill $watch 2>/dev/null || true
	wait $watch || true
}
start
for version in grpc-v1 grpc-v1alpha; do
	curl_it --list-methods "http://$at" >"$dir/methods"
	every_method "$dir/methods"
	curl_it --list-services "http://$at" >"$dir/services"
	grep -qx ghostfleet.v1.FleetService "$dir/services" || die "no services by $version"
done
version=grpc-v1
every_call buf
# What is wrong comes with its published reason.
call ghostfleet.v1.WalletService/GetWallet '{"name":"wallets/nobody"}' >"$dir/out" 2>"$dir/err" || true
reason=$(jq -r '.details[] | select(.type == "google.rpc.ErrorInfo") | .value' "$dir/err")
grep -qa NOT_FOUND < <(base64 -d <<<"$reason" 2>/dev/null) || die "no ErrorInfo: $(cat "$dir/err")"
printf 'ErrorInfo\tNOT_FOUND\n' >"$dir/out"
saw "$dir/out" buf
stop_daemon
