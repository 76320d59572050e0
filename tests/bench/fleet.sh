#!/usr/bin/env bash
# fleet.sh - what GetFleet costs, beside the same service in grpc++: user instructions a request
# by callgrind, and CPU time. The fleet has 1,000 wallets; its chain makes no blocks, so that the
# daemon's jobs are quiet, and an idle stretch of the same length is taken off.
. "$(dirname "$0")/lib.sh"
requests=${REQUESTS:-2000} timed=${TIMED:-20000}

start_node 600
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
wallets 1000
token=$dir/data/admin.token
# The empty request, as a gRPC frame; and one with an unknown field of 138 bytes, which the
# daemon takes and, being longer than 128 bytes, never answers from its cache.
printf '\0\0\0\0\0' >"$dir/short"
{
	printf '\0\0\0\0\215\172\212\001'
	head -c 138 /dev/zero | tr '\0' x
} >"$dir/long"

# The daemon's answer, without its frame.
curl -fsS --noproxy '*' --http2-prior-knowledge -H 'content-type: application/grpc' -H 'te: trailers' \
	-H "authorization: Bearer $(cat "$token")" --data-binary "@$dir/short" \
	"http://127.0.0.1:$GHOST_FLEET_GRPC_PORT/ghostfleet.v1.FleetService/GetFleet" | tail -c +6 >"$dir/answer"
size=$(stat -c %s "$dir/answer")

# load PORT BODY REQUESTS CLIENTS STREAMS: every answer must be there, whole.
load() {
	h2load -n "$3" -c "$4" -m "$5" -t 1 -d "$dir/$2" -H 'content-type: application/grpc' \
		-H 'te: trailers' -H "authorization: Bearer $(cat "$token")" \
		"http://127.0.0.1:$1/ghostfleet.v1.FleetService/GetFleet" >"$dir/h2load" 2>&1
	python3 - "$dir/h2load" "$3" "$size" <<-'EOF'
		import re, sys
		text, n, size = open(sys.argv[1]).read(), int(sys.argv[2]), int(sys.argv[3])
		data = int(re.search(r"\((\d+)\) data", text).group(1))
		if not 0.9 * n * size < data < 1.1 * n * (size + 5):
		    sys.exit("h2load: %d bytes for %d answers of %d\n%s" % (data, n, size, text))
	EOF
}

# ---- instructions ----

# start_grpcpp NAME PREFIX... -- [kept]: sets peer_pid and peer_port
start_grpcpp() {
	local kept=()
	[ "$1" != kept ] || kept=(kept)
	shift
	rm -f "$dir/peer.json"
	"$@" "$bench/bench_grpcpp" "$dir/peer.json" "$token" "$dir/answer" "${kept[@]}" >>"$dir/peer.log" 2>&1 &
	peer_pid=$!
	pids+=("$peer_pid")
	wait_for 60 "grpc++" test -s "$dir/peer.json"
	peer_port=$(jq .grpc "$dir/peer.json")
}

end_peer() {
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# dump PID NAME: the instructions since the last dump.
dump() {
	local before after
	before=$(find "$dir" -name "$2.*" | wc -l)
	vgdb --pid="$1" dump >/dev/null 2>&1
	after=$(find "$dir" -name "$2.*" | wc -l)
	[ "$after" -gt "$before" ] || die "callgrind wrote no figures"
	awk '/^totals:/ { print $2 }' "$dir/$2.$after"
}

# stretch PID NAME PORT BODY REQUESTS: of one request, in one stretch of them.
stretch() {
	local from busy idle ms
	dump "$1" "$2" >/dev/null
	from=$(date +%s%N)
	load "$3" "$4" "$5" 8 8
	ms=$((($(date +%s%N) - from) / 1000000))
	busy=$(dump "$1" "$2")
	sleep "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))"
	idle=$(dump "$1" "$2")
	echo $(((busy - idle) / $5))
}

# instructions PID NAME PORT BODY REQUESTS: of one request, the least of three stretches: a job of
# the daemon that falls into one, and not into its idle time, would count as the requests'.
instructions() {
	load "$3" "$4" 100 8 8
	for _ in 1 2 3; do stretch "$@"; done | sort -n | head -n 1
}

callgrind() {
	echo valgrind --tool=callgrind --callgrind-out-file="$dir/$1"
}

count_instructions() {
	local name pid
	stop_daemon
	# A daemon as the others start it, under callgrind: slower by fifty times.
	rm -f "$dir/ports.json"
	$(callgrind ours) "$build/ghost-fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" serve \
		>>"$dir/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for 60 "the daemon's ports" ports_known
	http=http://127.0.0.1:$(jq .http "$dir/ports.json")
	wait_for 60 "the daemon to be ready" daemon_ready
	port=$(jq .grpc "$dir/ports.json")
	ours_short=$(instructions $daemon_pid ours "$port" short "$requests")
	ours_long=$(instructions $daemon_pid ours "$port" long $((requests / 10)))
	kill_daemon
	for name in built kept; do
		# shellcheck disable=SC2046
		start_grpcpp $name $(callgrind $name)
		pid=$peer_pid
		peer[$name]=$(instructions "$pid" $name "$peer_port" short "$requests")
		end_peer "$pid"
	done
}

# ---- CPU time ----

# once PID PORT BODY REQUESTS: microseconds of CPU for a request.
once() {
	local before
	before=$(cpu_us "$1")
	load "$2" "$3" "$4" 32 16
	python3 -c 'import sys; a, b, n = map(int, sys.argv[1:]); print("%.1f" % ((b - a) / n))' \
		"$before" "$(cpu_us "$1")" "$4"
}

time_cpu() {
	local built kept round
	start_daemon
	port=$(jq .grpc "$dir/ports.json")
	start_grpcpp built env
	built=("$peer_pid" "$peer_port")
	start_grpcpp kept env
	kept=("$peer_pid" "$peer_port")
	for ((round = 0; round < ROUNDS; round++)); do
		us_short+=("$(once "$daemon_pid" "$port" short "$timed")")
		us_built+=("$(once "${built[@]}" short "$timed")")
		us_long+=("$(once "$daemon_pid" "$port" long $((timed / 10)))")
		us_kept+=("$(once "${kept[@]}" short "$timed")")
	done
	end_peer "${built[0]}"
	end_peer "${kept[0]}"
	stop_daemon
}

declare -A peer
us_short=() us_long=() us_built=() us_kept=()
count_instructions
time_cpu

row() {
	figure section fleet what "$1" ours "$2" peer "$3" theirs "$4" ratio "$(ratio "$2" "$4")" ${5:+aim "$5"}
}
figure section fleet what "bytes of one answer" ours "$size"
row "instructions a request, cached reply" "$ours_short" "grpc++, message built" "${peer[built]}" "<= 0.65"
row "instructions a request, not cached (reads the store)" "$ours_long" "grpc++, message built" "${peer[built]}"
row "instructions a request, cached reply" "$ours_short" "grpc++, kept bytes" "${peer[kept]}"
row "CPU us a request, cached reply, least of $ROUNDS" "$(least "${us_short[@]}")" \
	"grpc++, message built" "$(least "${us_built[@]}")" "<= 0.65"
row "CPU us a request, not cached, least of $ROUNDS" "$(least "${us_long[@]}")" \
	"grpc++, message built" "$(least "${us_built[@]}")"
row "CPU us a request, cached reply, least of $ROUNDS" "$(least "${us_short[@]}")" \
	"grpc++, kept bytes" "$(least "${us_kept[@]}")"
