#!/usr/bin/env bash
# full_disk.sh [WALLETS [WALLETS-ON-TMPFS]] - the disk fills up to its last block while 10,000
# wallets are on their way home and thousands of their transactions are in the node's pool. Pause is
# answered within a second, and a second later nothing more is signed or first sent; it holds over a
# kill -9, also when only the latch took it; with room again everything goes on. On ext4 and tmpfs.
# Needs root, mount and loop devices; says so and is skipped (77) where they are missing.
. "$(dirname "$0")/lib.sh"
# shellcheck disable=SC2034 # both are read by name
ext4=${1:-10000} tmpfs=${2:-2000}
disk=$dir/disk

mount_ext4() {
	truncate -s 400M "$dir/disk.img"
	mkfs.ext4 -q -m 0 "$dir/disk.img" && mount -o loop "$dir/disk.img" "$disk"
}
mount_tmpfs() {
	mount -t tmpfs -o size=400m none "$disk"
}

# To the last byte that a file can get; a sync gives back what ext4 sets aside.
fill() {
	local size
	for size in 1M 4k 1 4k 1; do
		dd if=/dev/zero of="$disk/filler.$1.$size" bs=$size oflag=append conv=notrunc,fsync 2>/dev/null || true
		[ $size != 1M ] || sync
	done
}
now_ms() {
	date +%s%3N
}
after() {
	[ "$(now_ms)" -gt "$1" ]
}
count() {
	ctl status -o json | jq -r ".fleet.transactions.$1 // 0"
}
pool_holds() {
	[ "$(wc -l <"$dir/witness.jsonl")" -ge "$1" ]
}
# Transactions that the node was told of for the first time after MS.
first_after() {
	jq -s "[group_by(.raw)[] | .[0].ms] | map(select(. > $1)) | length" "$dir/witness.jsonl"
}
health_is() {
	[ "$(curl -s --noproxy '*' "$http/health" | jq -r .status)" = "$1" ]
}
state() {
	curl -fsS --noproxy '*' "$http/admin/status" | jq -r .state
}
signed_ever() {
	python3 -c 'import sqlite3, sys
print(sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute("SELECT count(*) FROM attempts").fetchone()[0])' "$disk/data/ghost-fleet.db"
}

# stands_still MS: a second after MS nothing new is signed, and nothing was sent the first time.
stands_still() {
	local signed
	wait_for 5 "a second" after $(($1 + 1000))
	signed=$(signed_ever)
	wait_for 5 "three seconds" after $(($1 + 3000))
	expect "$(signed_ever)" "$signed" "transactions signed after the pause"
	expect "$(first_after $(($1 + 1000)))" 0 "first broadcasts after the pause"
}

# Small changes still fit into what the store owns already: until none does.
burn() {
	local count i
	for count in 1000 100 10 1; do
		for ((i = 0; i < 100; i++)); do
			ctl wallets generate --count $count --profile degen >"$dir/answer" 2>&1 || break
		done
		grep -q 'the disk is full, nothing was changed; free space in .* \[DISK_FULL\]' "$dir/answer" ||
			die "a full disk says: $(head -c 500 "$dir/answer")"
	done
}

# quick WHAT COMMAND...: answered within a second; $at is when.
slowest=0
quick() {
	local from what=$1
	shift
	from=$(now_ms)
	"$@" >"$dir/answer" 2>&1 || die "$what: $(cat "$dir/answer")"
	at=$(now_ms)
	[ $((at - from)) -le "$slowest" ] || slowest=$((at - from))
	[ $((at - from)) -le 1000 ] || die "$what took $((at - from)) ms"
}

start_chain 1
start_proxy pass 0 1
for fs in ext4 tmpfs; do
	wallets=${!fs}
	mkdir -p "$disk"
	"mount_$fs" 2>"$dir/mount.err" || { echo "skipped: no $fs here: $(cat "$dir/mount.err")"; exit 77; }
	mkdir -m 700 "$disk/data"
	ln -sfn "$disk/data" "$dir/data"
	: >"$dir/witness.jsonl"
	batch_size=100 write_config '[profiles.degen]' 'action_interval_secs = 3600'
	start_daemon
	for ((i = 0; i < wallets; i += 1000)); do
		ctl wallets generate --count $((wallets < 1000 ? wallets : 1000)) --profile degen -o json
	done | jq -r '.wallets[].address' >"$dir/addresses"
	expect "$(sort -u "$dir/addresses" | wc -l)" "$wallets" "wallets"
	node tests/support/endow.js "$RPC_URL" "$dir/addresses" 10000000000000000
	rpc evm_setIntervalMining '[0]' >/dev/null
	echo "$fs: $wallets wallets, $SECONDS s"

	ctl extract --yes -o json >"$dir/extract.json" 2>"$dir/extract.err" &
	extract=$!
	wait_for 100 "thousands in the pool" pool_holds $((wallets / 4))
	fill one
	wait_for 20 "the disk to be full for the store too" health_is degraded
	echo "$fs: $(count inPool) in the pool, disk full, $SECONDS s"
	burn

	# The reserve gives room for the row.
	quick "ghostctl pause" ctl pause --reason "the disk is full"
	echo "$fs: ghostctl pause answered in $slowest ms"
	stands_still "$at"
	kill_daemon
	start_daemon
	expect "$(state)" paused "after kill -9"

	# Resumed with hardly any room, it goes on until there is none; then only the latch is left.
	ctl resume >"$dir/answer" 2>&1 || true
	: >"$disk/data/reserve"
	fill two
	wait_for 20 "the disk to be full again" health_is degraded
	burn
	# Each pause takes a little of what is left, until nothing is.
	for ((i = 1; i <= 1000; i++)); do
		quick "POST /admin/pause" curl -fsS --noproxy '*' -X POST "$http/admin/pause"
		! grep -q '"durability":"LATCH"' "$dir/answer" || break
	done
	grep -q '"durability":"LATCH"' "$dir/answer" || die "never the latch: $(cat "$dir/answer")"
	echo "$fs: pause $i was held by the latch; answered within $slowest ms at most"
	expect "$(ctl status -o json | jq -r .fleet.state)" FLEET_STATE_PAUSED "what gRPC says of a latched pause"
	stands_still "$at"
	kill_daemon
	start_daemon
	expect "$(state)" paused "after kill -9, by the latch"

	rm -f "$disk"/filler.*
	rpc evm_setIntervalMining '[1]' >/dev/null
	ctl resume >/dev/null
	wait $extract || die "extract: $(cat "$dir/extract.err")"
	expect "$(jq -r '.operation.stepsDone' "$dir/extract.json")" "$wallets" "wallets home"
	wait_for 20 "good health" health_is healthy
	echo "$fs: all home, $SECONDS s"
	stop_daemon
	umount "$disk"
done
grep -q 'level=ERROR msg="the disk is full: nothing is signed' "$dir/daemon.log" || die "no line about the disk"
no_broken_lines
