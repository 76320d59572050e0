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
for version in grpc-v1 grpc-v1alpha; do
	curl_it --list-methods "http://$at" >"$dir/methods"
	every_method "$dir/methods"
	curl_it --list-services "http://$at" | grep -qx ghostfleet.v1.FleetService || die "no services by $version"
done
every_call
# A stream: what it tells until we leave.
"$buf" curl --protocol grpc --http2-prior-knowledge -H "Authorization: Bearer $token" \
	-d '{"afterEventId":"1"}' "http://$at/ghostfleet.v1.FleetService/WatchFleet" >"$dir/stream" 2>"$dir/err" &
watch=$!
wait_for 30 "the stream to tell of the pause" grep -q '"fleet.paused"' "$dir/stream"
kill $watch
wait $watch || true
# What is wrong comes with its published reason.
version=grpc-v1
call ghostfleet.v1.WalletService/GetWallet '{"name":"wallets/nobody"}' >"$dir/out" 2>"$dir/err" || true
reason=$(jq -r '.details[] | select(.type == "google.rpc.ErrorInfo") | .value' "$dir/err")
grep -qa NOT_FOUND < <(base64 -d <<<"$reason" 2>/dev/null) || die "no ErrorInfo: $(cat "$dir/err")"
stop_daemon
