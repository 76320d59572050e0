#!/usr/bin/env bash
# grpcurl.sh - grpcurl against the daemon, by reflection: the lines of docs/reference/grpcurl.md as
# they stand there. Built once, by Go where there is one; skipped (77) where there is none or its
# modules cannot be had.
set -euo pipefail
place=$(deploy/scripts/go-tools.sh github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3) || exit $?
. tests/interop/lib.sh
tests/interop/pages.sh grpcurl
PATH=$place:$PATH
# What grpcurl's exit code says: 64 and the code of gRPC.
codes=(ok cancelled unknown invalid_argument deadline_exceeded not_found already_exists permission_denied
	resource_exhausted failed_precondition aborted out_of_range unimplemented internal unavailable data_loss
	unauthenticated)

start
fleet=$at GHOST_FLEET_TOKEN=$token
export fleet GHOST_FLEET_TOKEN
# shellcheck disable=SC2016 # grpcurl reads the variable itself
tell() {
	grpcurl -plaintext -expand-headers -H 'Authorization: Bearer ${GHOST_FLEET_TOKEN}' "$@"
}
for service in $(tell "$fleet" list); do
	tell "$fleet" list "$service"
done | sed 's,\.\([A-Za-z]*\)$,/\1,' >"$dir/methods"
every_method "$dir/methods"
tell "$fleet" describe ghostfleet.v1.PlanFundRequest >"$dir/out"
grep -q 'string target = 2' "$dir/out" || die "describe: $(cat "$dir/out")"

mkdir "$dir/lines"
/usr/bin/python3 tests/interop/pages.py lines "$dir/lines"
for line in "$dir/lines"/*.sh; do
	rc=0
	timeout 30 bash "$line" >"$dir/out" 2>"$dir/err" || rc=$?
	method=$(tail -n 1 "$line" | sed 's/.* //')
	[ $rc -eq 0 ] || [ $rc -gt 64 ] || die "$(cat "$line"): $(cat "$dir/err")"
	code=${codes[rc > 64 ? rc - 64 : 0]}
	# A stream ends by itself, or with the time that its line gives it, and has told something.
	if grep -q -- -max-time "$line" && [[ $code =~ ^(ok|deadline_exceeded)$ ]] && jq -es length "$dir/out" >/dev/null; then
		code=stream
	elif [ "$code" != ok ]; then
		grep -q '"reason":' "$dir/err" || die "no ErrorInfo: $(cat "$dir/err")"
	fi
	printf '%s\t%s\n' "$method" "$code" >>"$rows"
done
rows_are "$rows" grpcurl
stop_daemon
