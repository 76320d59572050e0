# shellcheck shell=bash
# lib.sh - to be sourced: a daemon beside a chain, and the calls of calls.tsv made by a client that
# is not ours. call METHOD JSON is the script's: the answer in $dir/out, or false and what the
# client said of the error in $dir/err. Every unary method of the contract must be in the table.
. tests/e2e/lib.sh
start_chain
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
# shellcheck disable=SC2034 # for the scripts
at=127.0.0.1:$GHOST_FLEET_GRPC_PORT
# shellcheck disable=SC2034
token=$(cat "$dir/data/admin.token")

# The same however a client spells it: NOT_FOUND, NotFound, not_found.
plain() {
	tr -d '_' | tr '[:upper:]' '[:lower:]'
}

# every_call: all rows.
every_call() {
	local method want json n=0
	while IFS=$'\t' read -r method want json; do
		n=$((n + 1))
		if call "$method" "$json" >"$dir/out" 2>"$dir/err"; then
			expect ok "$want" "$method $json"
			jq -e . "$dir/out" >/dev/null || die "$method: no JSON: $(cat "$dir/out")"
		else
			if [ "$want" = ok ] || ! plain <"$dir/err" | grep -q "$(plain <<<"$want")"; then
				die "$method $json: not $want: $(cat "$dir/err")"
			fi
		fi
	done <tests/interop/calls.tsv
	echo "$n calls as expected"
}

# every_method FILE: each unary method of ours that FILE lists, one a line, is in the table.
every_method() {
	local method
	while read -r method; do
		case $method in
		ghostfleet.v1.*/Watch*) ;;
		ghostfleet.v1.*) cut -f1 tests/interop/calls.tsv | grep -qxF "$method" || die "nobody calls $method" ;;
		esac
	done <"$1"
	while read -r method; do
		grep -qxF "$method" "$1" || die "$method is not told by reflection"
	done < <(cut -f1 tests/interop/calls.tsv | sort -u)
}
