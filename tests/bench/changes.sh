#!/usr/bin/env bash
# changes.sh - durable changes a second: UpdateWallet here, Put in etcd, the same client program
# and the same disk, in turns. 1,000 keys; every change is on the disk before it is answered.
. "$(dirname "$0")/lib.sh"
seconds=${SECONDS_EACH:-2} levels=${LEVELS:-1 16 64 256}

start_node 600
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
wallets 1000
port=$GHOST_FLEET_GRPC_PORT

start_etcd() {
	local peer
	etcd_port=$(free_port) peer=$(free_port)
	etcd --name bench --data-dir "$dir/etcd" --log-level error \
		--listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
		--listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
		--initial-cluster "bench=http://127.0.0.1:$peer" >"$dir/etcd.log" 2>&1 &
	pids+=($!)
	etcd_pid=$!
	wait_for 30 "etcd" curl -fsS --noproxy '*' -o /dev/null "http://127.0.0.1:$etcd_port/health"
}

# middle FILE COLUMN: the median of a column.
middle() {
	# shellcheck disable=SC2046
	median $(awk -v c="$2" '{ print $c }' "$1")
}

# once PID ARGUMENTS...: what bench_changes prints, and the CPU microseconds of a change.
once() {
	local pid=$1 before rate p50 p99 all
	shift
	before=$(cpu_us "$pid")
	read -r rate p50 p99 all < <("$bench/bench_changes" "$@")
	echo "$rate $p50 $p99 $(python3 -c 'import sys; a, b, n = map(int, sys.argv[1:]); print("%.1f" % ((b - a) / n))' \
		"$before" "$(cpu_us "$pid")" "$all")"
}

start_etcd
for clients in $levels; do
	rm -f "$dir/ours" "$dir/theirs"
	for ((round = 0; round < ROUNDS; round++)); do
		once "$daemon_pid" fleet "$port" "$clients" "$seconds" "$dir/data/admin.token" >>"$dir/ours"
		once "$etcd_pid" etcd "$etcd_port" "$clients" "$seconds" >>"$dir/theirs"
	done
	case $clients in
	16 | 64) aim='>= 1.5' ;;
	256) aim='>= 1.0' ;;
	*) aim='' ;;
	esac
	figure section changes what "changes a second, $clients clients" ours "$(middle "$dir/ours" 1)" peer "etcd Put" \
		theirs "$(middle "$dir/theirs" 1)" \
		ratio "$(ratio "$(middle "$dir/ours" 1)" "$(middle "$dir/theirs" 1)")" ${aim:+aim "$aim"}
	figure section changes what "p50 / p99 ms, $clients clients" \
		ours "$(middle "$dir/ours" 2) / $(middle "$dir/ours" 3)" peer "etcd Put" \
		theirs "$(middle "$dir/theirs" 2) / $(middle "$dir/theirs" 3)"
	figure section changes what "CPU us of the server for a change, $clients clients" ours "$(middle "$dir/ours" 4)" \
		peer "etcd Put" theirs "$(middle "$dir/theirs" 4)" ratio "$(ratio "$(middle "$dir/ours" 4)" "$(middle "$dir/theirs" 4)")"
done
no_broken_lines
stop_daemon
