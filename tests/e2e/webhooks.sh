#!/usr/bin/env bash
# webhooks.sh - the daemon tells a real receiver, which checks signature and form with the libraries
# that receivers use: everything arrives at least once under one id, in order, whatever the receiver
# does (fails, hangs, asks for patience, redirects, is away) and however often the daemon is killed.
. tests/e2e/lib.sh
port=''

# The same port each time: it comes back where it was.
receiver_start() {
	rm -f "$dir/port"
	PORT=${port:-0} node "$tools/receiver.mjs" "$dir/port" "$(cat "$dir/secret1")" "$(cat "$dir/secret2")" \
		>>"$dir/heard.jsonl" 2>>"$dir/receiver.log" &
	proxy_pid=$! # lib.sh ends it with the script
	wait_for 20 "the receiver" test -s "$dir/port"
	port=$(cat "$dir/port")
	hook=http://127.0.0.1:$port
}

# mode PATH JSON-FIELDS: how that path answers from now on; {} is well.
mode() {
	curl -fsS --noproxy '*' -X PUT -d "{\"path\":\"$1\"${2:+,$2}}" "$hook/_mode"
}

# heard PATH FILTER: what arrived there, by jq
heard() {
	jq -c "select(.path == \"$1\") | $2" "$dir/heard.jsonl"
}

# arrived PATH N: so many different events
arrived() {
	[ "$(heard "$1" .id | sort -u | wc -l)" -ge "$2" ]
}

# told N: an event each: pause and resume, alternating
tell() {
	local i
	for i in $(seq "$1"); do
		if [ $((i % 2)) = 1 ]; then ctl pause --reason "round $i of $2" >/dev/null; else ctl resume >/dev/null; fi
	done
}

# waiting CHANNEL: how many deliveries
waiting() {
	ctl notify channels list -o json | jq -r ".channels[] | select(.name == \"channels/$1\") | .waiting"
}

all_sent() {
	[ "$(waiting "$1")" = 0 ]
}

# channel NAME FIELD
channel() {
	ctl notify channels list -o json | jq -r ".channels[] | select(.name == \"channels/$1\") | .$2"
}

is() {
	[ "$(channel "$1" "$2")" = "$3" ]
}

tools=$(deploy/scripts/node-tools.sh tests/receiver)
cp -r tests/receiver/receiver.mjs tests/receiver/shapes "$tools/"
for i in 1 2; do echo "whsec_$(head -c 32 /dev/urandom | base64 -w0)" >"$dir/secret$i"; done
receiver_start
start_chain
write_config '[notifications]' 'allow_private = true' '[service]' 'name = "e2e"'
start_daemon

echo "--- a channel hears of what happens, signed, in form, in order"
ctl notify channels add ops --kind webhook --url "$hook/ops" --secret-file "$dir/secret1"
ctl notify channels test ops
tell 6 first
wait_for 20 "six events" arrived /ops 7
heard /ops 'select(.error or .signedBy != [0] or .id != .webhookId)' | grep . && die "badly signed or formed"
expect "$(heard /ops .type | sed -n 2,7p | sort -u | tr -d '\n')" \
	'"ghostfleet.v1.fleet.paused""ghostfleet.v1.fleet.resumed"' "the types"
expect "$(heard /ops .sequence)" "$(heard /ops .sequence | sort)" "the order"
expect "$(heard /ops .source | sort -u)" '"/ghost-fleet/e2e"' "the source"
expect "$(heard /ops '.data.event.text' | sed -n 2p)" '"round 1 of first"' "the event's own words"
