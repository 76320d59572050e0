#!/usr/bin/env bash
# channels.sh - the other ways to tell people: a real mail server, chats and pagers whose shapes are
# checked against their schema, a program; and their secrets stay inside.
. tests/e2e/lib.sh
tools=$(deploy/scripts/node-tools.sh tests/receiver)
cp -r tests/receiver/receiver.mjs tests/receiver/shapes "$tools/"
node "$tools/receiver.mjs" "$dir/port" >"$dir/heard.jsonl" 2>"$dir/receiver.log" &
proxy_pid=$! # lib.sh ends them with the script
/usr/bin/python3 tests/support/mailbox.py "$dir/mail-port" "$dir/mail" ghost hunter2 2>"$dir/mail.log" &
proxy_pid="$proxy_pid $!"
cat >"$dir/page" <<-'END'
	#!/bin/sh
	# Its arguments, its environment and what it reads.
	for a; do printf 'arg %s\n' "$a"; done >"$(dirname "$0")/paged"
	env >>"$(dirname "$0")/paged"
	cat >>"$(dirname "$0")/paged"
	[ "$1" != hang ] || exec sleep 1000
	[ "$1" != fail ] || { echo "no pager here"; exit 3; }
END
chmod 700 "$dir/page"
wait_for 20 "the receiver" test -s "$dir/port"
wait_for 20 "the mail server" test -s "$dir/mail-port"
hook=http://127.0.0.1:$(cat "$dir/port")
mail=smtp://127.0.0.1:$(cat "$dir/mail-port")
start_chain
write_config '[notifications]' 'allow_private = true' "commands = [\"$dir/page\"]"
export SECRET_OF_THE_DAEMON=it-is-here
start_daemon

mode() {
	curl -fsS --noproxy '*' -X PUT -d "{\"path\":\"$1\"${2:+,$2}}" "$hook/_mode"
}
# chat SHAPE FILTER: the last that came
chat() {
	jq -c "select(.shape == \"$1\") | $2" "$dir/heard.jsonl" | tail -n 1
}
came() {
	[ "$(grep -c "\"shape\":\"$1\"" "$dir/heard.jsonl")" -ge "$2" ]
}

echo "--- chats and pagers"
echo "$hook/chat/slack/T0/B0/slack-token-1" >"$dir/slack"
echo "$hook/chat/discord/1/discord-token-1" >"$dir/discord"
echo 0123456789abcdef0123456789abcdef >"$dir/pagerduty"
ctl notify channels add team --kind slack --secret-file "$dir/slack"
ctl notify channels add gamers --kind discord --secret-file "$dir/discord"
ctl notify channels add pager --kind pagerduty --url "$hook/chat/pagerduty" --secret-file "$dir/pagerduty" --events 'fleet.*'
ctl pause --reason 'a <!channel> & @everyone'
ctl resume
for shape in slack discord pagerduty; do
	wait_for 20 "$shape" came $shape 2
	jq -e "select(.shape == \"$shape\" and .fits == false)" "$dir/heard.jsonl" && die "$shape: not its shape"
done
expect "$(chat pagerduty .body.event_action)" '"resolve"' "what a resume is to a pager"
expect "$(jq -c 'select(.shape == "pagerduty") | .body.dedup_key' "$dir/heard.jsonl" | sort -u | wc -l)" 1 "alarms of one pause"
jq -r 'select(.shape == "slack") | .body.text' "$dir/heard.jsonl" | grep -q '&lt;!channel&gt; &amp; @everyone' ||
	die "Slack would have called the channel"

echo "--- mail"
echo hunter2 >"$dir/password"
ctl notify channels add mail --kind email --url "$mail" --user ghost --from ghost@example.org \
	--recipients a@example.org,b@example.org --secret-file "$dir/password" >"$dir/out"
grep -q 'try it: ghostctl notify channels test mail$' "$dir/out" || die "how to try it: $(cat "$dir/out")"
ctl notify channels test mail
expect "$(find "$dir/mail" -type f | wc -l)" 1 "mails"
grep -q '^To: a@example.org, b@example.org$' "$dir"/mail/* || die "to nobody: $(cat "$dir"/mail/*)"
grep -q '^X-Login: ghost' "$dir"/mail/* || die "without logging in"
grep -q '^Text: .*a test of channel mail' "$dir"/mail/* || die "says nothing: $(cat "$dir"/mail/*)"
ctl pause --reason 'Grüße — ein Wort'
wait_for 20 "the mail of the pause" grep -qs 'Grüße — ein Wort' -r "$dir/mail"
ctl resume
echo wrong >"$dir/password2"
ctl notify channels update mail --secret-file "$dir/password2"
ctl notify channels test mail && die "a wrong password passed"

echo "--- a program"
# shellcheck disable=SC2016 # that is the point
ctl notify channels add page --kind command "$dir/page" 'two words' '$(reboot)' --events 'breaker.*'
ctl notify channels test page
grep -qx 'arg two words' "$dir/paged" || die "arguments: $(cat "$dir/paged")"
# shellcheck disable=SC2016 # that is the point
grep -qxF 'arg $(reboot)' "$dir/paged" || die "a shell has been there: $(cat "$dir/paged")"
grep -q '"type":"ghostfleet.v1.channel.test"' "$dir/paged" || die "no event: $(cat "$dir/paged")"
grep -q SECRET_OF_THE_DAEMON "$dir/paged" && die "it got the daemon's environment"
ctl notify channels add fails --kind command "$dir/page" fail --events 'breaker.*'
ctl notify channels test fails >"$dir/out" && die "a program that fails passed"
grep -q 'exit code 3: no pager here' "$dir/out" || die "not told why: $(cat "$dir/out")"
ctl notify channels add shell --kind command /bin/sh -- -c id 2>"$dir/err" && die "any program is run"
grep -q notifications.commands "$dir/err" || die "not told why: $(cat "$dir/err")"

echo "--- the secrets stay inside"
ctl notify channels list -o json >"$dir/out"
ctl notify channels list
ctl notify deliveries -o json >>"$dir/out"
for secret in slack-token-1 discord-token-1 0123456789abcdef0123 hunter2; do
	grep -qF "$secret" "$dir/out" "$dir/daemon.log" && die "$secret is in a reply or the log"
	grep -qaF "$secret" "$dir"/data/* && die "$secret is in the store's files, in the clear"
done
no_broken_lines
stop_daemon
