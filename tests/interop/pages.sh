#!/usr/bin/env bash
# pages.sh - every method of the contract has a row in calls.tsv, and the pages made from it and from
# what the other tests here saw are as they stand in docs/reference. GF_UPDATE=1 writes them.
#   pages.sh [PAGE...]   grpcurl, matrix; all if not said
set -euo pipefail
build=${GF_BUILD:-build/dev}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd proto && find ghostfleet grpc/health -name '*.proto' | sort) | xargs protoc -I proto -I /usr/include --include_imports \
	--include_source_info --descriptor_set_out="$dir/contract.binpb"
page() {
	/usr/bin/python3 tests/interop/pages.py "$1" "$dir/contract.binpb" "$build/interop"
}

bad=0
page methods >"$dir/methods"
while read -r method; do
	cut -f1 tests/interop/calls.tsv | grep -xF "$method" >/dev/null || {
		echo "$method has no row in tests/interop/calls.tsv: METHOD, 'ok' or the code or 'stream', JSON"
		bad=1
	}
done <"$dir/methods"
[ $# -gt 0 ] || set -- grpcurl matrix
for name; do
	case $name in
	matrix) file=docs/reference/interop.md ;;
	*) file=docs/reference/$name.md ;;
	esac
	page "$name" >"$dir/page"
	cmp -s "$dir/page" "$file" && continue
	if [ -n "${GF_UPDATE:-}" ]; then
		cp "$dir/page" "$file"
		echo "$file is written"
	else
		diff "$file" "$dir/page" | head -n 20 || true
		echo "$file is stale: run GF_UPDATE=1 ctest --test-dir build/dev -R interop"
		bad=1
	fi
done
exit $bad
