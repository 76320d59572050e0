#!/usr/bin/env bash
# json.sh - JSON beside protobuf: the codec alone, in time and memory, on answers of the daemon with
# 1,000 wallets; and by the HTTP door, CPU time of the daemon for a request.
. "$(dirname "$0")/lib.sh"
requests=${REQUESTS:-2000}

start_node 600
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
wallets 1000
printf 'Authorization: Bearer %s\n' "$(cat "$dir/data/admin.token")" >"$dir/auth"
at=$http/ghostfleet.v1

# sample METHOD FILE.proto TEXT JSON: the request in both forms and the answer's bytes, in $dir/METHOD.*
sample() {
	local name=${1#*/}
	protoc -I proto -I /usr/include --encode="ghostfleet.v1.${name}Request" "ghostfleet/v1/$2.proto" \
		<<<"$3" >"$dir/$name.proto"
	printf '%s' "$4" >"$dir/$name.json"
	curl -fsS --noproxy '*' -H "@$dir/auth" -H 'Content-Type: application/proto' \
		--data-binary "@$dir/$name.proto" "$at.$1" >"$dir/$name.answer"
}

row() {
	figure section json what "$1" ours "$2" peer "protobuf" theirs "$3" ratio "$(ratio "$2" "$3")"
}

# codec WHAT MESSAGE FILE
codec() {
	local key value
	declare -A said
	while read -r key value; do
		said[$key]=$value
	done < <("$bench/bench_json" "ghostfleet.v1.$2" "$3")
	row "$1: bytes" "${said[size_json]}" "${said[size_bytes]}"
	row "$1: us to write" "${said[us_out_json]}" "${said[us_out_bytes]}"
	row "$1: bytes of memory to write" "${said[memory_out_json]}" "${said[memory_out_bytes]}"
	row "$1: us to read" "${said[us_in_json]}" "${said[us_in_bytes]}"
	row "$1: bytes of memory to read" "${said[memory_in_json]}" "${said[memory_in_bytes]}"
}

# door METHOD TYPE: microseconds of the daemon's CPU for a request
door() {
	local name=${1#*/} before
	before=$(cpu_us "$daemon_pid")
	h2load --h1 -n "$requests" -c 8 -t 1 -d "$dir/$name.$2" -H "content-type: application/$2" \
		-H "$(cat "$dir/auth")" "$at.$1" >"$dir/h2load" 2>&1
	grep -q " $requests succeeded" "$dir/h2load" || die "h2load: $(cat "$dir/h2load")"
	python3 -c 'import sys; a, b, n = map(int, sys.argv[1:]); print("%.1f" % ((b - a) / n))' \
		"$before" "$(cpu_us "$daemon_pid")" "$requests"
}

# by_door WHAT METHOD
by_door() {
	local json=() proto=() round
	for ((round = 0; round < ROUNDS; round++)); do
		json+=("$(door "$2" json)")
		proto+=("$(door "$2" proto)")
	done
	row "$1: CPU us by HTTP, least of $ROUNDS" "$(least "${json[@]}")" "$(least "${proto[@]}")"
}

sample FleetService/GetFleet fleet '' '{}'
# h2load wants a body; an unknown field of three bytes is one.
printf '\370\007\001' >"$dir/GetFleet.proto"
sample WalletService/ListWallets wallet 'page_size: 100' '{"pageSize":100}'
codec GetFleet GetFleetResponse "$dir/GetFleet.answer"
codec "ListWallets, 100" ListWalletsResponse "$dir/ListWallets.answer"
# A request with much in it: a hundred names.
{
	printf 'target: "1000000000000000"\nwallets {'
	printf ' names: "wallets/wallet-%03d"' {1..100}
	echo ' }'
} | protoc -I proto -I /usr/include --encode=ghostfleet.v1.PlanFundRequest ghostfleet/v1/funding.proto >"$dir/request"
codec "PlanFund, 100 names" PlanFundRequest "$dir/request"
by_door "GetFleet, kept answer" FleetService/GetFleet
by_door "ListWallets, 100" WalletService/ListWallets
stop_daemon
