#!/usr/bin/env bash
# oncall.sh - from a real Alertmanager to the people on call and back: who is told by what, the link
# in a page, PagerDuty's webhook, a mail server that hangs, a webhook by TLS, heartbeats; a kill in
# between changes nothing.
# shellcheck disable=SC2119 # of lib.sh, with the usual
. tests/e2e/lib.sh
tools=$(deploy/scripts/node-tools.sh tests/receiver)
cp -r tests/receiver/receiver.mjs tests/receiver/shapes "$tools/"
secret=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
node "$tools/receiver.mjs" "$dir/port" $secret >"$dir/heard.jsonl" 2>"$dir/receiver.log" &
proxy_pid=$! # lib.sh ends them with the script
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=receiver \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$dir/tls.key" -out "$dir/ca.pem" 2>/dev/null
cat "$dir/ca.pem" "$dir/tls.key" >"$dir/tls.pem"
/usr/bin/python3 tests/support/odd_servers.py "$dir" 2>"$dir/odd.log" &
proxy_pid="$proxy_pid $!"
/usr/bin/python3 tests/support/mailbox.py "$dir/mail-port" "$dir/mail" ghost hunter2 2>"$dir/mail.log" &
proxy_pid="$proxy_pid $!"
for ready in port hang.port tls.port mail-port; do wait_for 20 "$ready" test -s "$dir/$ready"; done
hook=http://127.0.0.1:$(cat "$dir/port")
echo pager-webhook-secret >"$dir/pager.secret"
start_chain
write_config '[notifications]' 'allow_private = true' "ca_file = \"$dir/ca.pem\"" \
	'[oncall]' 'base_url = "http://fleet.example:8080"' "pagerduty_secret_file = \"$dir/pager.secret\""
start_daemon
curl -fsS --noproxy '*' "$http/health/ready?verbose" | jq -e '.components[] | select(.name == "watched").why | startswith("nobody watches us")' >/dev/null ||
	wait_for 10 "who watches us" sh -c "curl -fsS --noproxy '*' '$http/health/ready?verbose' | grep -q 'nobody watches us'"

echo "--- people and rotations"
echo "$hook/chat/slack/anna" >"$dir/anna"
echo "$hook/chat/slack/ben" >"$dir/ben"
echo 0123456789abcdef0123456789abcdef >"$dir/routing"
echo hunter2 >"$dir/password"
echo $secret >"$dir/secret"
ctl notify channels add anna-chat --kind slack --secret-file "$dir/anna" --events incident.page
ctl notify channels add ben-chat --kind slack --secret-file "$dir/ben" --events incident.page
ctl notify channels add pager --kind pagerduty --url "$hook/chat/pagerduty" --secret-file "$dir/routing" --events incident.page
ctl notify channels add hangs --kind email --url "smtp://127.0.0.1:$(cat "$dir/hang.port")" --user ghost \
	--from ghost@example.org --recipients anna@example.org --secret-file "$dir/password" --events incident.page
ctl notify channels add mail --kind email --url "smtp://127.0.0.1:$(cat "$dir/mail-port")" --user ghost \
	--from ghost@example.org --recipients anna@example.org --secret-file "$dir/password" --events incident.page
ctl notify channels add tls --kind webhook --url "https://127.0.0.1:$(cat "$dir/tls.port")/" \
	--secret-file "$dir/secret" --events incident.page
ctl oncall people set anna --channels hangs,anna-chat,pager,mail,tls:critical --zone Europe/Berlin
ctl oncall people set ben --channels ben-chat
ctl oncall schedule set first --zone Europe/Berlin --people anna --start 2026-01-05T09:00
ctl oncall policy set primary schedules/first
ctl oncall policy set secondary people/ben
ctl oncall who
expect "$(ctl oncall who -o json | jq -r '.duties[0].person')" people/anna "who is called"
ctl oncall schedule first --days 30 | grep -q 'Europe/Berlin' || die "shifts are not in the zone's time"
ctl oncall gaps --days 7 || die "there are gaps"
ctl oncall people remove anna 2>"$dir/err" && die "anna was removed while she is on call"
grep -q "schedule 'first' has 'anna'" "$dir/err" || die "not told why: $(cat "$dir/err")"

echo "--- an alert of Alertmanager"
ctl access add alertmanager --role checker --out "$dir/am.token" >/dev/null
cat >"$dir/am.yml" <<-END
	route: { receiver: fleet, group_by: [alertname, instance], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
	receivers:
	  - name: fleet
	    webhook_configs:
	      - url: $http/in/alertmanager
	        send_resolved: true
	        http_config: { authorization: { type: Bearer, credentials_file: $dir/am.token } }
END
amtool check-config "$dir/am.yml" >/dev/null
# Its port is asked of the kernel, and free again by the time it listens.
am_port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
prometheus-alertmanager --config.file="$dir/am.yml" --storage.path="$dir/am" --cluster.listen-address= \
	--web.listen-address=127.0.0.1:"$am_port" 2>"$dir/am.log" &
proxy_pid="$proxy_pid $!"
am() { amtool --alertmanager.url="http://127.0.0.1:$am_port" "$@"; }
wait_for 30 "Alertmanager" am alert query
am alert add DiskFull instance=host-1 severity=error --annotation=summary='the disk is full' --annotation=description='97 % of /data'
# chat PATH: how many came there
chat() { jq -c "select(.path == \"/chat/$1\" and .fits)" "$dir/heard.jsonl" | wc -l; }
last() { jq -rs "map(select(.path == \"/chat/$1\")) | last | $2" "$dir/heard.jsonl"; }
came() { [ "$(chat "$1")" -ge "$2" ]; }
wait_for 20 "the page by chat" came slack/anna 1
wait_for 20 "the page by pager" came pagerduty 1
wait_for 20 "the page by mail" grep -qs 'the disk is full' -r "$dir/mail"
text=$(last slack/anna .body.text)
for part in 'HIGH: the disk is full' 'why      it opened' '97 % of /data' 'severity=error' 'http://fleet.example:8080/ack/' 'audit '; do
	[[ $text == *"$part"* ]] || die "the page lacks '$part': $text"
done
expect "$(chat slack/ben)" 0 "pages to the secondary"
expect "$(last pagerduty .body.event_action)" trigger "at the pager"
test ! -e "$dir/tls.jsonl" || die "the channel for what is critical got more"
am alert query | grep -q DiskFull

echo "--- the link"
link=$(grep -o 'http://fleet.example:8080/ack/[0-9a-f.]*' <<<"$text")
path=/ack/${link##*/}
# As a program that follows links would, by the name people use.
for _ in 1 2 3; do curl -fsS --noproxy '*' -H 'Host: fleet.example' -D "$dir/head" "$http$path" >"$dir/page"; done
grep -qi '^content-type: text/html' "$dir/head" || die "no page: $(cat "$dir/head")"
grep -qi "^content-security-policy: default-src 'none'" "$dir/head" || die "a page that may run things"
grep -q '<button>I have it (anna)' "$dir/page" || die "no button: $(cat "$dir/page")"
expect "$(last pagerduty .body.event_action)" trigger "after somebody only looked"
curl -fsS --noproxy '*' -d 'comment=on+my+way%21' "$http$path" >"$dir/page"
grep -q 'It is yours' "$dir/page" || die "not acknowledged"
wait_for 20 "the pager to know" came pagerduty 2
expect "$(last pagerduty .body.event_action)" acknowledge "at the pager after the link"
curl -fsS --noproxy '*' "$http$path" >"$dir/page"
grep -q 'anna has it' "$dir/page" || die "nobody has it"
curl -fsS --noproxy '*' -d '' "$http$path" >"$dir/page"
grep -q 'used before' "$dir/page" || die "a link twice"
expect "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "$http${path%?}0")" 403 "a link with another end"
# On one connection, so that a slow machine guesses as fast.
curl -s --noproxy '*' -o /dev/null -w '%{http_code}\n' -d '' "$http/ack/1.2.000000000000000000000000000000[10-59]" | sort | uniq -c >"$dir/codes"
grep -q 429 "$dir/codes" || die "guessing is not slowed down: $(cat "$dir/codes")"

echo "--- PagerDuty's webhook"
key=$(last pagerduty .body.dedup_key)
# event ID TYPE WHO KIND: posted with a good signature
event() {
	local body sig
	body=$(jq -nc --arg id "$1" --arg type "$2" --arg who "$3" --arg kind "$4" --arg key "$key" --arg at "$(date -u +%FT%TZ)" \
		'{event: {id: $id, event_type: $type, resource_type: "incident", occurred_at: $at, agent: {id: "P1", type: $kind, summary: $who},
		data: {id: "Q1", type: "incident", incident_key: $key, status: "resolved"}}}')
	sig=$(printf %s "$body" | openssl dgst -sha256 -hmac "${5:-pager-webhook-secret}" -r | cut -d' ' -f1)
	curl -s --noproxy '*' -H 'Content-Type: application/json' -H "X-PagerDuty-Signature: v1=$sig" -d "$body" "$http/in/pagerduty"
}
# Until the second of all the guesses is over.
foreign() { event e1 incident.resolved Mallory user_reference wrong-secret | grep -q unauthenticated; }
wait_for 5 "no to a foreign signature" foreign
# What we said ourselves comes back, and changes nothing.
expect "$(event e2 incident.acknowledged 'Events API' events_api_v2_inbound_integration_reference | jq -c .applied)" false "our own words"
expect "$(event e3 incident.acknowledged Ben user_reference | jq -c .applied)" true "Ben takes it over there"
curl -fsS --noproxy '*' "$http$path" >"$dir/page"
grep -q 'pagerduty: Ben has it' "$dir/page" || die "we do not agree who has it"
expect "$(event e3 incident.acknowledged Ben user_reference | jq -r .why)" "it came before" "the same event again"
expect "$(chat pagerduty)" 2 "messages to the pager: it knows"
expect "$(event e4 incident.resolved Ben user_reference | jq -c .applied)" true "resolved there"
wait_for 20 "the end by chat" sh -c "grep -q 'RESOLVED: the disk is full' '$dir/heard.jsonl'"
expect "$(chat pagerduty)" 2 "messages to the pager that resolved it"

echo "--- killed with a page under way"
curl -fsS --noproxy '*' -X PUT -d '{"path":"/chat/pagerduty","status":500}' "$hook/_mode"
am alert add Slashed instance=validator-7 severity=critical --annotation=summary='validator 7 is slashed'
wait_for 20 "the critical page" sh -c "grep -q 'CRITICAL: validator 7 is slashed' '$dir/heard.jsonl'"
wait_for 20 "the page by TLS" grep -qs 'validator 7 is slashed' "$dir/tls.jsonl"
head -n 1 "$dir/tls.jsonl" | jq -e '.dataschema == "urn:ghostfleet:proto:ghostfleet.v1.PageData" and .data.severity == "INCIDENT_SEVERITY_CRITICAL" and .data.person == "anna"' \
	>/dev/null || die "not a page: $(cat "$dir/tls.jsonl")"
before=$(chat slack/anna)
kill_daemon
curl -fsS --noproxy '*' -X PUT -d '{"path":"/chat/pagerduty"}' "$hook/_mode"
start_daemon
paged() {
	jq -es 'any(.[]; .path == "/chat/pagerduty" and .answer == 204 and .body.event_action == "trigger" and (.body.payload.summary | test("slashed")))' "$dir/heard.jsonl" >/dev/null
}
wait_for 30 "the pager after the restart" paged
expect "$(chat slack/anna)" "$before" "pages to anna's chat after the restart"

echo "--- it is over, as Alertmanager says"
am alert add Slashed instance=validator-7 severity=critical --annotation=summary='validator 7 is slashed' --end="$(date -u +%FT%TZ)"
am alert add LinkDown instance=host-2 severity=warning --annotation=summary='the link is down'
wait_for 20 "the link's page" sh -c "grep -q 'MEDIUM: the link is down' '$dir/heard.jsonl'"
am alert add LinkDown instance=host-2 severity=warning --annotation=summary='the link is down' --end="$(date -u +%FT%TZ)"
wait_for 30 "the end of the link's" sh -c "grep -q 'RESOLVED: the link is down' '$dir/heard.jsonl'"
expect "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -d '{}' "$http/in/alertmanager")" 401 "without a token"
expect "$(curl -s --noproxy '*' -H "Authorization: Bearer $(cat "$dir/am.token")" -H 'Content-Type: application/json' -d '{"version":"4"}' "$http/in/alertmanager" |
	jq -r .error.code)" invalid_argument "what is no message of Alertmanager"

echo "--- heartbeats"
ctl heartbeats add backup --period 2s --grace 1s --severity medium --reason 'see the backup job' >"$dir/out"
token=$(sed -n 's#.*/hb/##p' "$dir/out")
curl -fsS --noproxy '*' "$http/hb/$token/start" >/dev/null
printf 'copied 3 files\nall fine\n' | curl -fsS --noproxy '*' --data-binary @- "$http/hb/$token" | jq -e .due_in_secs >/dev/null
ctl heartbeats list | grep -q 'beats' || die "it does not beat: $(ctl heartbeats list)"
wait_for 20 "the late heartbeat" sh -c "grep -q 'MEDIUM: no heartbeat of backup' '$dir/heard.jsonl'"
expect "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "$http/hb/hb_0000")" 404 "a heartbeat of nobody"
curl -fsS --noproxy '*' -X POST "$http/hb/$token" >/dev/null
wait_for 20 "its return" sh -c "grep -q 'RESOLVED: no heartbeat of backup' '$dir/heard.jsonl'"
grep -q "$token" "$dir/daemon.log" && die "its token is in the log"
jq -es 'any(.[]; .shape and .fits == false)' "$dir/heard.jsonl" && die "not its shape"
no_broken_lines
stop_daemon
