#!/usr/bin/env bash
# events.sh - every kind of event that the code writes is in server/core/event_kinds.def, so that
# channels can be told of it by its name and severity, and the other way round.
. "$(dirname "$0")/lib.sh"
bad=0

# What looks like a kind and is none: kinds of audit records only, keys of the store's facts, fields.
not_events=$(tr '\n' '|' <<'EOF'
chain\.(genesis|max_fee|max_fee_urgent)
keys\.data_key
config\.applied
fleet\.id
wallet\.(name|updated)
wallets\.names
validators\.(applied|pubkey|more_pubkeys|added|names|pubkeys)
validator\.(name|removed|control|controlled)
endpoint\.preferred
transaction\.(signed|cancel_signed)
channel\.(tested|name|etag|target)
incident\.paged
page\.(rerouted|bundled)
rule\.(name|etag|inhibited_by)
fleet\.attesting
heartbeat\.(name|note|grace|period)
oncall\.pagerduty_secret_file
window\.task_(un)?done
EOF
)none
nouns=$(tr '\n' '|' <<'EOF'
operation
wallets?
fleet
safe
breaker
transaction
chain
config
identity
endpoint
validators?
beacon
channel
incident
rule
silence
window
routine
kit
keys
oncall
page
heartbeat
EOF
)none

written=$(files 'server/core/*.c' 'server/jobs/*.c' 'server/api/*.c' 'server/app*.c' 'store/group.c' |
	xargs grep -ohE "\"($nouns)\.[a-z_-]+\"" |
	tr -d '"' | sort -u | grep -vxE "$not_events" || true)
known=$(grep -oE '^K\("[^"]+"' server/core/event_kinds.def | cut -d'"' -f2 | sort -u)
missing=$(comm -23 <(echo "$written") <(echo "$known"))
if [ -n "$missing" ]; then
	echo "$missing"
	echo "  ^ events that server/core/event_kinds.def does not know (or no events: then say so in tests/lint/events.sh)"
	bad=1
fi
# Those made of parts: "beacon.%s" with the name of a state.
unwritten=$(comm -13 <(echo "$written") <(echo "$known") | grep -vE '^beacon\.(away|lagging|disabled|back)$' || true)
if [ -n "$unwritten" ]; then
	echo "$unwritten"
	echo "  ^ kinds that nobody writes"
	bad=1
fi
exit $bad
