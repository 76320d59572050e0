#!/usr/bin/env bash
# http.sh - calls by HTTP against the real daemon: the lines of docs/HTTP.md with curl, and the
# Connect protocol as another implementation of it speaks it (buf curl), in JSON and protobuf.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tools=$(deploy/scripts/node-tools.sh tests/tools)
buf=$(find "$tools/node_modules/@bufbuild" -path '*/bin/buf')
export no_proxy='*' HOME=$dir/home
mkdir -p "$HOME"

# example LANGUAGE...: the fenced block of docs/HTTP.md that begins with these words
example() {
	sed -n "/^\`\`\`$*\$/,/^\`\`\`\$/{//!p}" docs/HTTP.md | grep . || die "docs/HTTP.md has no '$*'"
}
# call METHOD JSON: by curl, as admin
call() {
	curl -sS -H "@$data/auth" --json "$2" "$fleet/ghostfleet.v1.$1"
}
# connect METHOD JSON: by buf, as admin
connect() {
	"$buf" curl --protocol connect --schema proto --timeout 20s -H "$(cat "$data/auth")" \
		--data "$2" "$fleet/ghostfleet.v1.$1"
}
# holds FILTER VALUE: of $dir/out
holds() {
	expect "$(jq -r "$1" "$dir/out")" "$2" "$1 in $(cat "$dir/out")"
}

start_chain
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
export data=$dir/data fleet=$http
bash -euc "$(example sh)"
expect "$(stat -c %a "$data/auth")" 600 "who may read the token"

# The page's lines.
bash -euc "$(example sh curl 1)" >"$dir/out"
holds .fleet.state FLEET_STATE_RUNNING
bash -euc "$(example sh curl 2)" >"$dir/out"
holds '.wallets | length' 2
bash -euc "$(example sh curl 2)" >"$dir/again"
cmp "$dir/out" "$dir/again" || die "a repeated call has another answer"
ctl wallets generate --count 2 --profile degen --request-id two-more -o json >"$dir/grpc"
expect "$(jq -c '[.wallets[].address]' "$dir/grpc")" "$(jq -c '[.wallets[].address]' "$dir/out")" \
	"the same call by gRPC"
call WalletService/ListWallets '{"profile":"degen"}' >"$dir/out"
holds '.wallets | length' 2
planned() {
	bash -euc "$(example sh curl 3)" >"$dir/out" && jq -e .operation "$dir/out" >/dev/null
}
wait_for 30 "a plan" planned
call OperationService/ListOperations '{}' >"$dir/out"
holds '.operations // [] | length' 0

# The same by another implementation; buf sends protobuf.
connect FleetService/GetFleet '{}' >"$dir/out"
holds .fleet.state FLEET_STATE_RUNNING
connect WalletService/GenerateWallets '{"count":1,"profile":"degen","requestId":"one"}' >"$dir/out"
connect WalletService/GenerateWallets '{"count":1,"profile":"degen","requestId":"one"}' >"$dir/again"
cmp "$dir/out" "$dir/again" || die "a repeated call has another answer"
call WalletService/GenerateWallets '{"count":1,"profile":"degen","requestId":"one"}' >"$dir/again"
expect "$(jq -cS . "$dir/again")" "$(jq -cS . "$dir/out")" "the same call in JSON"
connect WalletService/ListWallets '{"profile":"degen"}' >"$dir/out"
holds '.wallets | length' 3
connect FundingService/PlanFund \
	'{"wallets":{"profile":"degen"},"target":"50000000000000000","validateOnly":true}' >"$dir/out"
jq -e .operation "$dir/out" >/dev/null || die "no plan: $(cat "$dir/out")"

# Errors: as a status, and as the other implementation understands them.
rc=0
connect WalletService/GetWallet '{"name":"wallets/wallet-999"}' >"$dir/out" 2>&1 || rc=$?
expect $rc 40 "buf's exit code for not_found" # 8 times the gRPC code
holds .code not_found
holds '.details[0].debug.reason' NOT_FOUND
# status WANTED CURL...
status() {
	expect "$(curl -sS -o "$dir/out" -w '%{http_code}' "${@:2}")" "$1" "${*:2}"
}
get_fleet=$fleet/ghostfleet.v1.FleetService/GetFleet
status 401 --json '{}' "$get_fleet"
holds .code unauthenticated
status 405 -H "@$data/auth" "$get_fleet"
status 415 -H "@$data/auth" -d '{}' "$get_fleet"
status 501 -H "@$data/auth" --json '{}' "$fleet/ghostfleet.v1.FleetService/WatchFleet"
status 400 -H "@$data/auth" --json '{"pageSize":"many"}' \
	"$fleet/ghostfleet.v1.WalletService/ListWallets"
holds '.message | startswith("pageSize")' true
head -c 1100000 /dev/zero | tr '\0' ' ' >"$dir/long"
status 413 -H "@$data/auth" --json "@$dir/long" "$get_fleet"
holds .code resource_exhausted
stop_daemon
no_broken_lines
