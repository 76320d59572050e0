#!/usr/bin/env bash
# rules.sh - rules as an operator meets them: the thresholds of a monitoring.env, a change that counts
# at once, an incident that outlives a kill -9 and ends by itself, and a test by the past.
. tests/e2e/lib.sh
cat >"$dir/monitoring.env" <<-'END'
	ALERT_DOWNTIME_MINUTES=7       # Alert if down >7 min
	ALERT_BALANCE_THRESHOLD=31.5   # Alert if balance <31.5 ETH
	ALERT_PARTICIPATION=90         # Alert if <90% participating
	ALERT_EMAIL=ops@team.com       # Recipient
END
start_chain
write_config
start_daemon --env-file "$dir/monitoring.env"

rule() {
	ctl rules get "$1" -o json | jq -r "$2"
}
state_is() {
	[ "$(rule "$1" .status.state)" = "RULE_STATE_$2" ]
}
open_of() {
	ctl incidents list -o json | jq "[.incidents[]? | select(.rule == \"$1\")] | length"
}

echo "--- monitoring.env as written"
expect "$(rule ValidatorDown '[.rule.threshold, .rule.author] | join(" ")')" "420 file" "ValidatorDown"
expect "$(rule BalanceLow .rule.threshold)" 31.5 "BalanceLow"
expect "$(rule BalanceLow .rule.page)" false "BalanceLow pages"
expect "$(rule NetworkParticipationLow .rule.threshold)" 90 "NetworkParticipationLow"

echo "--- a change counts at once, and is kept"
wait_for 60 "a figure of the disk" state_is DiskFull OK
ctl rules set DiskFull threshold=0 op='>=' for=0 keep=0 --reason "a test"
wait_for 30 "DiskFull to fire" state_is DiskFull FIRING
expect "$(rule DiskFull '.findings[0].entity')" host "what fires"
expect "$(open_of DiskFull)" 1 "open incidents"
ctl rules history DiskFull | grep -q 'a test'
rc=0
ctl rules set DiskFull looks=65 2>"$dir/said" || rc=$?
expect $rc 1 "the exit code of a rule that cannot be"
grep -q 'rule.hits, rule.looks' "$dir/said"
curl -fsS --noproxy '*' "$http/metrics" >"$dir/page"
grep -q '^ghost_fleet_rule_firing{rule="DiskFull"} 1$' "$dir/page"

echo "--- it outlives a kill, is there once, and ends"
ctl rules get DiskFull -o json | jq -r '.findings[0].since' >"$dir/since"
kill_daemon
start_daemon --env-file "$dir/monitoring.env"
expect "$(rule DiskFull '.findings[0].since')" "$(cat "$dir/since")" "since when it fires"
expect "$(open_of DiskFull)" 1 "open incidents after the kill"
expect "$(rule DiskFull '.rule.version')" 2 "the version after the second start"
ctl rules set DiskFull threshold=101
wait_for 30 "DiskFull to be well" state_is DiskFull OK
expect "$(open_of DiskFull)" 0 "open incidents at the end"
ctl rules restore DiskFull 1
expect "$(rule DiskFull '[.rule.threshold, .rule.version] | join(" ")')" "90 4" "what counts again"

echo "--- the past"
[ "$(ctl rules test DiskFull threshold=0 op='>=' for=0 --since 1h -o json | jq -r .count)" -ge 1 ] ||
	die "the test by the past found nothing"
expect "$(ctl rules test DiskFull threshold=101 --since 1h -o json | jq -r .count)" 0 "incidents of a rule that never fires"
no_broken_lines
