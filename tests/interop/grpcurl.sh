#!/usr/bin/env bash
# grpcurl.sh - grpcurl against the daemon, by reflection. Built once, by Go where there is one;
# skipped (77) where there is none or its modules cannot be had.
set -euo pipefail
version=v1.9.3
place=$PWD/.run/tools/grpcurl-$version
if [ ! -x "$place/grpcurl" ]; then
	command -v go >/dev/null || { echo "skipped: no Go here to build grpcurl"; exit 77; }
	GOBIN=$place GOFLAGS=-modcacherw timeout 250 go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$version" || {
		echo "skipped: grpcurl could not be built"
		exit 77
	}
fi
. tests/interop/lib.sh
grpcurl() {
	timeout 30 "$place/grpcurl" -plaintext -H "Authorization: Bearer $token" "$@"
}
# It wants a FieldMask spelled out.
call() {
	local mask='"updateMask":"enabled"' spelled='"updateMask":{"paths":["enabled"]}'
	grpcurl -d "${2/$mask/$spelled}" "$at" "$1"
}
for service in $(grpcurl "$at" list); do
	grpcurl "$at" list "$service"
done | sed 's,\.\([A-Za-z]*\)$,/\1,' >"$dir/methods"
every_method "$dir/methods"
grpcurl "$at" describe ghostfleet.v1.PlanFundRequest | grep -q 'string target = 2' || die "describe"
every_call
call ghostfleet.v1.WalletService/GetWallet '{"name":"wallets/nobody"}' >"$dir/out" 2>"$dir/err" || true
grep -q '"reason": *"NOT_FOUND"' "$dir/err" || die "no ErrorInfo: $(cat "$dir/err")"
stop_daemon
