#!/usr/bin/env bash
# tls.sh - what TLS, a client certificate and a token cost for each call and for each connection:
# two daemons alike, one in the clear and one by TLS, and one client with different ways in, in
# turns. CPU time is the daemon's; the medians are of one call at a time.
. "$(dirname "$0")/lib.sh"
calls=${CALLS:-4000} connections=${CONNECTIONS:-150}
whoami=ghostfleet.v1.AccessService/WhoAmI check=grpc.health.v1.Health/Check

start_node 600
export HOME=$dir
"$build/ghostctl" access issue fleet --hosts localhost,127.0.0.1 --dir "$dir/pki" >/dev/null
"$build/ghostctl" access issue bench --dir "$dir/pki" >/dev/null
"$build/ghostctl" access issue machine --dir "$dir/pki" >/dev/null

# up NAME [TOML...]: a daemon of that name: ${pid[NAME]}, ${port[NAME]}.
declare -A pid port
up() {
	local name=$1 own=$dir/$1
	shift
	mkdir -p "$own"
	write_config '[profiles.degen]' 'action_interval_secs = 3600' "$@"
	sed "s,$dir/data,$own," "$dir/config.toml" >"$own.toml"
	"$build/ghost-fleet" --config "$own.toml" --ports-file "$own.ports" serve >>"$dir/daemon.log" 2>&1 &
	pid[$name]=$!
	pids+=("${pid[$name]}")
	wait_for 30 "the daemon $name" test -s "$own.ports"
	port[$name]=$(jq .grpc "$own.ports")
}
up plain
up tls '[doors.tls]' "cert = \"$dir/pki/fleet.crt\"" "key = \"$dir/pki/fleet.key\"" \
	"client_ca = \"$dir/pki/ca.crt\"" 'client_auth = "optional"'
"$build/ghostctl" --address "localhost:${port[tls]}" --tls-ca "$dir/pki/ca.crt" --token-file "$dir/tls/admin.token" \
	access add bench --role viewer --uri spiffe://ghost-fleet/bench >/dev/null

ca=$dir/pki/ca.crt
mine="$dir/pki/bench.crt $dir/pki/bench.key" machine="$dir/pki/machine.crt $dir/pki/machine.key"
# way NAME: the daemon, the method and the arguments of one way in.
way() {
	case $1 in
	anyone) echo "plain $check - - - -" ;;
	token) echo "plain $whoami - - - $dir/plain/admin.token" ;;
	tls_anyone) echo "tls $check $ca - - -" ;;
	tls_token) echo "tls $whoami $ca - - $dir/tls/admin.token" ;;
	mtls) echo "tls $whoami $ca $mine -" ;;
	mtls_token) echo "tls $whoami $ca $machine $dir/tls/admin.token" ;;
	esac
}

# once WAY CALLS LOOPS kept|new: CPU us of the daemon for a call, and the median us of a call.
once() {
	local daemon method before p50 all args
	read -r daemon method args < <(way "$1")
	before=$(cpu_us "${pid[$daemon]}")
	# shellcheck disable=SC2086 # the ways are lists of words
	read -r p50 all < <("$bench/bench_tls" "${port[$daemon]}" "$method" "$2" "$3" "$4" $args)
	echo "$(python3 -c 'import sys; a, b, n = map(int, sys.argv[1:]); print("%.1f" % ((b - a) / n))' \
		"$before" "$(cpu_us "${pid[$daemon]}")" "$all") $p50"
}

ways='anyone token tls_anyone tls_token mtls mtls_token'
for ((round = 0; round < ROUNDS; round++)); do
	for w in $ways; do
		once "$w" "$calls" 8 kept >>"$dir/$w.kept"
		once "$w" $((calls / 4)) 1 kept >>"$dir/$w.alone"
		once "$w" "$connections" 1 new >>"$dir/$w.new"
	done
done

# best WAY KIND COLUMN: the least of the rounds.
best() {
	# shellcheck disable=SC2046
	least $(awk -v c="$3" '{ print $c }' "$dir/$1.$2")
}
# row WHAT WAY PEER_TEXT PEER KIND COLUMN
row() {
	local a b
	a=$(best "$2" "$5" "$6") b=$(best "$4" "$5" "$6")
	figure section tls what "$1" ours "$a" peer "$3" theirs "$b" ratio "$(ratio "$a" "$b")"
}
row "CPU us a call, anyone may, TLS" tls_anyone "in the clear" anyone kept 1
row "CPU us a call, token" token "anyone may, in the clear" anyone kept 1
row "CPU us a call, token, TLS" tls_token "token in the clear" token kept 1
row "CPU us a call, client certificate (mTLS)" mtls "token in the clear" token kept 1
row "CPU us a call, client certificate (mTLS)" mtls "token, TLS" tls_token kept 1
row "CPU us a call, token beside a certificate" mtls_token "token, TLS" tls_token kept 1
row "median us of one call, token, TLS" tls_token "token in the clear" token alone 2
row "median us of one call, client certificate" mtls "token in the clear" token alone 2
row "CPU us a connection with one call, token, TLS" tls_token "token in the clear" token new 1
row "CPU us a connection with one call, client certificate" mtls "token in the clear" token new 1
no_broken_lines
