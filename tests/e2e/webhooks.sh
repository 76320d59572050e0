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

# tell N WORD: so many events, pause and resume, alternating
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

# in_order PATH: the first time each was heard, in the order in which they happened
in_order() {
	local first
	first=$(jq -rs "map(select(.path == \"$1\")) | reduce .[] as \$e ([]; if any(.[]; . == \$e.sequence) then . else . + [\$e.sequence] end) | .[]" "$dir/heard.jsonl")
	expect "$first" "$(sort <<<"$first")" "the order at $1"
}

# The daemon ended by itself.
ended() {
	! kill -0 "$daemon_pid" 2>/dev/null && { wait "$daemon_pid" 2>/dev/null || true; }
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
in_order /ops
expect "$(heard /ops .source | sort -u)" '"/ghost-fleet/e2e"' "the source"
expect "$(heard /ops '.data.event.text' | sed -n 2p)" '"round 1 of first"' "the event's own words"

echo "--- two secrets while one is being replaced, then only the new one"
ctl notify channels update ops --secret-file "$dir/secret2" --keep-old 1h
ctl notify channels test ops
expect "$(heard /ops .signedBy | tail -n 1)" '[0,1]' "who signed while both hold"
ctl notify channels update ops --secret-file "$dir/secret2"
ctl notify channels test ops
expect "$(heard /ops .signedBy | tail -n 1)" '[1]' "who signs afterwards"

echo "--- an operation is told with what it came to"
ctl notify channels add ends --kind webhook --url "$hook/ends" --secret-file "$dir/secret1" --events 'operation.*'
ctl endpoints check >/dev/null
wait_for 20 "the end of the check" arrived /ends 2
expect "$(heard /ends 'select(.type == "ghostfleet.v1.operation.done") | .data.operation.kind + " " + .data.operation.state')" \
	'"OPERATION_KIND_CHECK_ENDPOINTS OPERATION_STATE_DONE"' "the operation"

echo "--- failures, patience, redirects: held back, in order, nothing lost; another channel does not wait"
ctl notify channels add other --kind webhook --url "$hook/other" --secret-file "$dir/secret1"
n=$(heard /ops .id | sort -u | wc -l)
mode /ops '"status":500,"times":2'
tell 2 failing
wait_for 20 "both, after 500" arrived /ops $((n + 2))
in_order /ops
mode /ops '"status":429,"headers":{"retry-after":"2"},"times":1'
tell 2 patience
wait_for 20 "both, after 429" arrived /ops $((n + 4))
waited=$(jq -s 'map(select(.path == "/ops")) | (map(.answer == 429) | index(true)) as $i | .[$i + 1].at - .[$i].at' "$dir/heard.jsonl")
[ "$waited" -ge 2000 ] || die "Retry-After: 2 was not waited for: $waited ms"
mode /ops '"status":302,"headers":{"location":"'"$hook"'/elsewhere"},"times":1'
tell 2 redirect
wait_for 20 "both, after a redirect" arrived /ops $((n + 6))
expect "$(heard /elsewhere .id)" "" "what followed the redirect"
in_order /ops
wait_for 20 "the other channel" arrived /other 6

echo "--- one that hangs holds up nobody else"
mode /ops '"delay":60000'
tell 4 hanging
at=$SECONDS
wait_for 10 "the other channel, beside one that hangs" arrived /other 10
echo "    the other channel had its four after $((SECONDS - at)) s"
wait_for 10 "the failure to show" is ops failures 1
mode /ops
wait_for 40 "what hung" arrived /ops $((n + 10))

echo "--- the receiver is away, the daemon is killed: all of it arrives, once in the outbox"
kill -KILL "$proxy_pid"
wait "$proxy_pid" 2>/dev/null || true
tell 4 away
kill_daemon
start_daemon
tell 4 killed
kill_daemon
receiver_start
start_daemon
wait_for 60 "eight events over two kills" arrived /ops $((n + 18))
wait_for 60 "the outbox of ops to be empty" all_sent ops
wait_for 60 "the outbox of other to be empty" all_sent other
in_order /ops
# Each event of the fleet is there exactly once for each channel.
ctl notify deliveries --channel other -o json >"$dir/outbox.json"
expect "$(jq '[.deliveries[].eventId] | length' "$dir/outbox.json")" \
	"$(jq '[.deliveries[].eventId] | unique | length' "$dir/outbox.json")" "rows of the outbox"
expect "$(jq '[.deliveries[] | select(.eventType | test("fleet[.]"))] | length' "$dir/outbox.json")" 18 "rows of the fleet's events"
expect "$(heard /other .id | sort -u | wc -l)" "$(jq '.deliveries | length' "$dir/outbox.json")" "ids that arrived"

echo "--- killed between the answer and writing it down: it comes again, under the same id"
for point in expanded/job.outbox before-send/job.deliver after-send/job.deliver before-commit/job.deliver after-commit/job.outbox; do
	stop_daemon
	GF_CRASH_AT=$point:1 start_daemon
	n=$(heard /ops .id | sort -u | wc -l)
	# The crash may come before the answer does: asked again under its id, it is done once.
	ctl pause --reason "$point" --request-id "${point//\//.}" >/dev/null 2>&1 || true
	wait_for 20 "the crash at $point" ended
	start_daemon
	ctl pause --reason "$point" --request-id "${point//\//.}" >/dev/null
	wait_for 30 "the event of the crash at $point" arrived /ops $((n + 1))
	wait_for 30 "the outbox" all_sent ops
done
heard /ops 'select(.error or .signedBy != [1] and .signedBy != [0] and .signedBy != [0,1])' | grep . && die "badly signed or formed"
in_order /ops

echo "--- refused ones are given up, are seen, and are said again when asked"
mode /other '"status":422,"body":"no such field"'
ctl notify channels test other && die "a refused test passed"
mode /other
ctl notify channels update other --events 'breaker.*'
ctl notify deliveries --channel other --failed
mode /ends '"status":410'
ctl notify channels test ends && die "a test of a channel that is gone passed"
expect "$(channel ends state)" CHANNEL_STATE_GONE "after 410 Gone"
ctl notify channels test ends 2>"$dir/err" && die "a channel that is gone was tested"
grep -q "switched off" "$dir/err" || die "not told that it is off: $(cat "$dir/err")"
mode /ends
ctl notify channels update ends --enable
wait_for 20 "what waited while it was gone" all_sent ends

echo "--- replay: by channel and type, under the same ids"
n=$(heard /ops .id | wc -l) ids=$(heard /ops .id | sort -u | wc -l)
ctl notify replay --channel ops --events 'fleet.*' --since 1h --all --dry-run
ctl notify replay --channel ops --events 'fleet.*' --since 1h --all >"$dir/replayed"
replayed=$(cut -d' ' -f1 "$dir/replayed")
[ "$replayed" -ge 18 ] || die "replayed only $replayed"
wait_for 30 "what was replayed" all_sent ops
expect "$(heard /ops .id | wc -l)" $((n + replayed)) "requests after the replay"
expect "$(heard /ops .id | sort -u | wc -l)" "$ids" "ids after the replay"

echo "--- what may not be: our own network unless it is said, and secrets outside"
stop_daemon
sed -i 's/allow_private = true/allow_private = false/' "$dir/config.toml"
start_daemon
ctl notify channels add inside --kind webhook --url https://127.0.0.1/ --secret-file "$dir/secret1" 2>"$dir/err" &&
	die "loopback was taken"
grep -q allow_private "$dir/err" || die "not told why: $(cat "$dir/err")"
ctl notify channels test ops && die "a private address was reached"
ctl notify deliveries --channel ops --limit 1 -o json | jq -e '.deliveries[0].said | test("not public")' >/dev/null ||
	die "not told that the address is not public"
ctl notify channels list -o json >"$dir/out"
ctl notify deliveries -o json >>"$dir/out"
curl -fsS --noproxy '*' "$http/metrics" >>"$dir/out"
curl -fsS --noproxy '*' "$http/metrics" >"$dir/page"
grep -q '^ghost_fleet_deliveries_total{channel="ops",outcome="away"}' "$dir/page" ||
	die "no count of deliveries"
for i in 1 2; do
	secret=$(cut -c7-30 "$dir/secret$i")
	grep -qF "$secret" "$dir/out" "$dir/daemon.log" && die "a secret is in a reply or the log"
	grep -qaF "$secret" "$dir"/data/* && die "a secret is in the store's files, in the clear"
done
no_broken_lines
