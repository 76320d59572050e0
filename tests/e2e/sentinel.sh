#!/usr/bin/env bash
# sentinel.sh - a second process that pages by its own channels when the daemon is silent, once,
# whatever restarts meanwhile; the daemon knows that it is watched, and misses who watched it.
# shellcheck disable=SC2119 # of lib.sh, with the usual
. tests/e2e/lib.sh
tools=$(deploy/scripts/node-tools.sh tests/receiver)
cp -r tests/receiver/receiver.mjs tests/receiver/shapes "$tools/"
secret=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
node "$tools/receiver.mjs" "$dir/port" $secret >"$dir/heard.jsonl" 2>"$dir/receiver.log" &
proxy_pid=$!
wait_for 20 "the receiver" test -s "$dir/port"
hook=http://127.0.0.1:$(cat "$dir/port")
start_chain
write_config '[oncall]' "beat_url = \"$hook/beat\"" 'beat_every = "1s"'
start_daemon
why_watched() { curl -fsS --noproxy '*' "$http/health/ready?verbose" | jq -r '.components[] | select(.name == "watched").why'; }
watched_by() { why_watched | grep -q "$1"; }
ctl heartbeats add watcher --kind sentinel --period 2s --grace 2s >"$dir/out"
sed -n 's#.*/hb/##p' "$dir/out" >"$dir/hb.token"
echo 0123456789abcdef0123456789abcdef >"$dir/routing"
echo "$hook/chat/slack/ops" >"$dir/slack"
echo $secret >"$dir/secret"
printf '#!/bin/sh\ncat >>"%s/program.out"\n' "$dir" >"$dir/program"
chmod 700 "$dir/program"
cat >"$dir/sentinel.toml" <<-END
	[sentinel]
	name = "second-host"
	url = "$http"
	state_file = "$dir/state.json"
	every = "300ms"
	silent_after = "2s"
	repeat_every = "1h"
	heartbeat_token_file = "$dir/hb.token"
	[[channels]]
	name = "pager"
	kind = "pagerduty"
	url = "$hook/chat/pagerduty"
	secret_file = "$dir/routing"
	[[channels]]
	name = "ops"
	kind = "slack"
	secret_file = "$dir/slack"
	[[channels]]
	name = "hook"
	kind = "webhook"
	url = "$hook/hook"
	secret_file = "$dir/secret"
	[[channels]]
	name = "program"
	kind = "command"
	arguments = ["$dir/program"]
END
sentinel_pid=''
start_sentinel() {
	"$build/ghost-fleet" --config "$dir/sentinel.toml" sentinel >>"$dir/sentinel.log" 2>&1 &
	sentinel_pid=$!
	proxy_pid="$proxy_pid $sentinel_pid"
}
kill_sentinel() {
	kill -KILL "$sentinel_pid"
	wait "$sentinel_pid" 2>/dev/null || true
}
# heard PATH WORDS: how many came there with these words
heard() { jq -c "select(.path == \"$1\")" "$dir/heard.jsonl" | grep -c "$2" || true; }
came() { [ "$(heard "$1" "$2")" -ge "$3" ]; }

echo "--- it is watched"
start_sentinel
wait_for 20 "the daemon to know" watched_by 'by watcher'

echo "--- silent, with a restart of the sentinel in between"
curl -fsS --noproxy '*' -X PUT -d '{"path":"/chat/pagerduty","status":503}' "$hook/_mode"
kill_daemon
wait_for 20 "the page by chat" came /chat/slack/ops 'has been silent' 1
wait_for 20 "the page by webhook" came /hook sentinel.silent 1
wait_for 20 "the program" grep -qs sentinel.silent "$dir/program.out"
kill_sentinel
curl -fsS --noproxy '*' -X PUT -d '{"path":"/chat/pagerduty"}' "$hook/_mode"
start_sentinel
# The pager had not taken it: it is told now; the others are not told twice.
paged() { jq -es 'any(.[]; .path == "/chat/pagerduty" and .answer == 204 and .body.event_action == "trigger")' "$dir/heard.jsonl" >/dev/null; }
wait_for 20 "the pager after the restart" paged
expect "$(heard /chat/slack/ops 'has been silent')" 1 "pages by chat"
expect "$(heard /hook sentinel.silent)" 1 "pages by webhook"
jq -es 'any(.[]; .path == "/hook" and .signedBy != [0])' "$dir/heard.jsonl" && die "not signed"

echo "--- it answers again"
start_daemon
wait_for 30 "the end by chat" came /chat/slack/ops 'answers again' 1
resolved() { jq -es 'any(.[]; .path == "/chat/pagerduty" and .body.event_action == "resolve")' "$dir/heard.jsonl" >/dev/null; }
wait_for 20 "the end at the pager" resolved
jq -es 'any(.[]; .shape and .fits == false)' "$dir/heard.jsonl" && die "not its shape"
expect "$(jq -r .since_ms "$dir/state.json")" 0 "what is left of it in the file"
wait_for 20 "to be watched again" watched_by 'by watcher'

echo "--- the sentinel itself is silent"
kill -TERM "$sentinel_pid"
rc=0
wait "$sentinel_pid" || rc=$?
expect $rc 0 "the sentinel's exit code after SIGTERM"
wait_for 20 "our own beat to count" watched_by 'our heartbeat was taken'
sed -i 's/every = /evry = /' "$dir/sentinel.toml"
"$build/ghost-fleet" --config "$dir/sentinel.toml" sentinel 2>"$dir/err" && die "a mistyped key passed"
grep -q "sentinel.toml:5: there is no key 'evry' here" "$dir/err" || die "not told where: $(cat "$dir/err")"
grep -q 0123456789abcdef "$dir/sentinel.log" && die "a secret is in its log"
no_broken_lines
stop_daemon
