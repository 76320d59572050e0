# shellcheck shell=bash
# lib.sh - to be sourced: a daemon beside a chain, and the rows of calls.tsv made by clients that are
# not ours: METHOD, what comes of it ("ok", an error's code, "stream"), the request as JSON. What each
# client saw goes to $GF_BUILD/interop/CLIENT.tsv, from which pages.sh makes docs/reference/interop.md.
. tests/e2e/lib.sh
table=tests/interop/calls.tsv
seen=$build/interop
# shellcheck disable=SC2034
rows=$dir/rows
mkdir -p "$seen"
export no_proxy='*'
# What may be said again, for every client that can be told so.
export SERVICE_CONFIG=docs/reference/service-config.json

# start: a chain, and a daemon with a fleet of nobody.
start() {
	start_chain
	write_config '[profiles.degen]' 'action_interval_secs = 3600'
	start_daemon
	known
}

# anew: the daemon, with an empty store; the chain stays.
anew() {
	stop_daemon
	rm -rf "$dir/data"
	mkdir "$dir/data"
	start_daemon
	known
}

known() {
	# shellcheck disable=SC2034 # for the scripts
	at=127.0.0.1:$GHOST_FLEET_GRPC_PORT
	# shellcheck disable=SC2034
	token=$(cat "$dir/data/admin.token")
}

# rows_are FILE CLIENT [http]: FILE has "METHOD<tab>WHAT CAME OF IT" of each row, and it is what the
# table says; by HTTP neither streams nor the calls that gRPC itself defines are there.
rows_are() {
	awk -F'\t' -v by="${3:-grpc}" -v client="$2" '
		NR == FNR {
			method[FNR] = $1; row[FNR] = $0; n = FNR
			absent = by == "http" && ($2 == "stream" || $1 !~ /^ghostfleet\./)
			want[FNR] = absent ? "unimplemented" : $2
			next
		}
		$1 != method[FNR] || $2 != want[FNR] { print client ": " row[FNR] ": " $2; bad = 1 }
		END { if (FNR != n) { print client ": " FNR " of " n " rows"; bad = 1 } exit bad }' "$table" "$1" >&2 ||
		die "not what was expected"
	cp "$1" "$seen/$2.tsv"
	echo "$2: $(wc -l <"$1") calls as expected"
}

# saw FILE CLIENT: its lines "STEP<tab>WHAT" too.
saw() {
	cat "$1"
	cat "$1" >>"$seen/$2.tsv"
}

# The same however a client spells it: NOT_FOUND, NotFound, not_found.
plain() {
	tr -d '_' | tr '[:upper:]' '[:lower:]'
}

# every_call CLIENT: all rows by the script's own call METHOD JSON (the answer in $dir/out, or false
# and what the client said of the error in $dir/err) and stream METHOD JSON.
every_call() {
	local method want json got
	: >"$rows"
	while IFS=$'\t' read -r method want json; do
		got=$want
		if [ "$want" = stream ]; then
			stream "$method" "$json" >"$dir/out" 2>"$dir/err" || got="$(cat "$dir/err")"
		elif call "$method" "$json" >"$dir/out" 2>"$dir/err"; then
			got=ok
			jq -e . "$dir/out" >/dev/null || die "$method: no JSON: $(cat "$dir/out")"
		elif [ "$want" = ok ] || ! plain <"$dir/err" | grep -q "$(plain <<<"$want")"; then
			got=$(tr '\n\t' '  ' <"$dir/err")
		fi
		printf '%s\t%s\n' "$method" "$got" >>"$rows"
	done <"$table"
	rows_are "$rows" "$1"
}

# every_method FILE: each method of ours that FILE lists, one a line, is in the table.
every_method() {
	local method
	while read -r method; do
		case $method in
		ghostfleet.v1.*) grep -qF "$method"$'\t' "$table" || die "no row of $table calls $method" ;;
		esac
	done <"$1"
	while read -r method; do
		grep -qxF "$method" "$1" || die "$method is not told by reflection"
	done < <(cut -f1 "$table" | sort -u)
}

# protos: the contract's files, as protoc wants them.
protos() {
	(cd proto && find ghostfleet google/rpc grpc/health -name '*.proto' | sort)
}
