#!/usr/bin/env bash
# failover.sh - the first of two endpoints fails in five ways: how long until a payment that is asked
# for at that moment reaches the node by the other one, how many questions the first one still gets,
# and whether a wallet's breaker counts any of it. Beside it viem with its fallback transport.
. "$(dirname "$0")/lib.sh"
tools=$(deploy/scripts/node-tools.sh tests/bench)
troubles=(fine closes hangs limits lags dead) target=0 main='' main_pid='' backup=''

start_node 0.25
rpc anvil_mine '["0x28"]' >/dev/null

# proxy NAME: one of its own; its address and process are in main, main_pid or backup, backup_pid.
proxy() {
	rm -f "$dir/proxy.url"
	python3 tests/support/proxy.py --upstream "$RPC_URL" --mode pass --scope all --rate 1 --hold 30 \
		--ports-file "$dir/proxy.url" --witness "$dir/$1.jsonl" >/dev/null 2>&1 &
	pids+=($!)
	printf -v "$1_pid" %s $!
	wait_for 20 "a proxy" test -s "$dir/proxy.url"
	printf -v "$1" %s "$(cat "$dir/proxy.url")"
}
proxy backup
proxy main

now_ms() { date +%s%3N; }
count() { curl -fsS --noproxy '*' "$main/_proxy" 2>/dev/null | jq '.requests' || echo 0; }
mode() { curl -fsS --noproxy '*' -d "{\"mode\":\"$1\"}" "$main/_proxy" >/dev/null; }

break_main() {
	case $1 in
	fine) ;;
	closes) mode lost ;;
	hangs) mode timeout ;;
	limits) mode 429 ;;
	lags) mode lag ;;
	dead) kill -KILL "$main_pid" ;;
	esac
}

# The first time after so many lines of $told that an endpoint was told of a transaction.
told_after() {
	tail -n +$(($1 + 1)) "$told" | head -n 1 | jq .ms
}
was_told() { [ "$(wc -l <"$told")" -gt "$1" ]; }

# misfortune NAME PAY...: prints milliseconds until the other was told, or "never" (of one that is late,
# which takes transactions: until it was paid); and what the first one was asked meanwhile ("-": it is
# dead, and counts nothing).
misfortune() {
	local trouble=$1 lines from before after wasted=-
	shift
	lines=$(wc -l <"$told") before=$(count)
	break_main "$trouble"
	from=$(now_ms)
	"$@" || true
	if [ "$trouble" = lags ] && grep -qs '^paid\|"state":"OPERATION_STATE_DONE"' "$dir/said"; then
		after=$(($(now_ms) - from))
	elif was_told "$lines"; then after=$(($(told_after "$lines") - from)); else after=never; fi
	[ "$trouble" = dead ] || wasted=$(($(count) - before))
	echo "$after $wasted"
}

say_known() {
	[ "$(ctl endpoints list -o json | jq '[.endpoints[] | select(.state == "ENDPOINT_STATE_OK")] | length')" = 2 ]
}
first_chosen() {
	ctl endpoints use "$(ctl endpoints list -o json | jq -r --arg p "${main##*:}" '.endpoints[] | select(.name | endswith($p)) | .name')" >/dev/null
}

pay_ours() {
	target=$((target + 1))
	ctl fund --target "${target}000000000000000wei" --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" ||
		die "fund: $(cat "$dir/fund.err")"
	jq -c . "$dir/fund.json" >"$dir/said"
}
pay_theirs() {
	echo pay >&"${viem[1]}"
	read -r -t 60 said <&"${viem[0]}"
	printf '%s\n' "$said" >"$dir/said"
}

touch "$dir/backup.jsonl" "$dir/main.jsonl"
proxy_url=$main
write_config '[profiles.degen]' 'action_interval_secs = 3600'
sed -i "s|^rpc_url = .*|&\nrpc_urls = [\"$backup\"]|" "$dir/config.toml"
start_daemon
wallets 1
wait_for 20 "both endpoints" say_known
pay_ours

for trouble in "${troubles[@]}"; do
	theirs=() ours=() our_waste=() their_waste=()
	[ "$trouble" = dead ] && rounds=1 || rounds=$ROUNDS
	[ "$trouble" = fine ] && told=$dir/main.jsonl || told=$dir/backup.jsonl
	for ((round = 0; round < rounds; round++)); do
		wait_for 30 "both endpoints" say_known
		first_chosen
		pay_ours
		read -r ms waste < <(misfortune "$trouble" pay_ours)
		target=$((target + 1)) # it was raised in a subshell
		ours+=("$ms") our_waste+=("$waste")
		if [ "$trouble" = dead ]; then proxy main; else mode pass; fi

		[ "$trouble" != lags ] || { mode pass && continue; }
		coproc viem { exec node tests/bench/failover.mjs "$tools" "$main" "$backup" 2>&1; }
		# shellcheck disable=SC2034
		pids+=("$viem_PID")
		read -r -t 30 said <&"${viem[0]}"
		[ "$said" = ready ] || die "viem: $said"
		pay_theirs
		read -r ms waste < <(misfortune "$trouble" pay_theirs)
		theirs+=("$ms") their_waste+=("$waste")
		[ "$ms" != never ] || die "viem: $(cat "$dir/said")"
		kill "$viem_PID"
		wait "$viem_PID" 2>/dev/null || true
		[ "$trouble" = dead ] || mode pass
	done
	case $trouble in
	fine) what="ms to the first endpoint, both fine" ;;
	closes) what="ms to the other endpoint: the first closes connections" ;;
	hangs) what="ms to the other endpoint: the first takes questions and does not answer" ;;
	limits) what="ms to the other endpoint: the first says 429" ;;
	lags) what="ms until it is paid: the first is 20 blocks late" ;;
	dead) what="ms to the other endpoint: the first is gone" ;;
	esac
	a=$(median "${ours[@]}")
	if [ "$trouble" = lags ]; then
		figure section failover what "$what" ours "$a"
		continue
	fi
	b=$(median "${theirs[@]}")
	figure section failover what "$what" ours "$a" peer "viem, fallback" theirs "$b" ratio "$(ratio "$b" "$a")" \
		note "ratio: times faster"
	[ "$trouble" = dead ] || [ "$trouble" = fine ] ||
		figure section failover what "questions that the first still got" ours "$(median "${our_waste[@]}")" \
			peer "viem, fallback" theirs "$(median "${their_waste[@]}")"
done
trips=$(curl -fsS --noproxy '*' "$http/metrics" | sed -n 's/^ghost_fleet_circuit_breaker_trips_total //p')
figure section failover what "breakers of wallets that opened" ours "$trips"
[ "$trips" = 0 ] || die "a breaker opened"
no_broken_lines
stop_daemon
