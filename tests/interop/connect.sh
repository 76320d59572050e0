#!/usr/bin/env bash
# connect.sh - the HTTP door by the Connect protocol: every row by curl (JSON), by buf curl
# (protobuf), by connect-node (JSON and protobuf) and by connect-web, as a page's fetch would.
# There are no streams by that way: a client must be told so in its own terms.
. tests/interop/lib.sh
. tests/interop/node-lib.sh
node_setup
tools=$(deploy/scripts/node-tools.sh tests/tools)
buf=$(realpath "$(find "$tools/node_modules/@bufbuild" -path '*/bin/buf')")
export HOME=$dir/home
mkdir -p "$HOME"
auth() {
	printf 'Authorization: Bearer %s\n' "$token" >"$dir/auth"
}

# What an answer is: "ok", or its error's code, which an answer that is not Connect's has from its
# status alone.
by_curl() {
	case $(curl -sS --max-time 30 -H "@$dir/auth" --json "$2" -o "$dir/out" -w '%{http_code}' "$http/$1") in
	200) echo ok ;;
	404) jq -r '.code // "unimplemented"' "$dir/out" ;;
	*) jq -r .code "$dir/out" ;;
	esac
}
by_buf() {
	if "$buf" curl --protocol connect --schema "$image" --timeout 30s -H "Authorization: Bearer $token" \
		-d "$2" "$http/$1" >"$dir/out" 2>"$dir/err"; then
		echo ok
	else
		jq -r .code "$dir/err"
	fi
}
# every_row CLIENT COMMAND: METHOD JSON are the command's arguments
every_row() {
	local method json
	while IFS=$'\t' read -r method _ json; do
		printf '%s\t%s\n' "$method" "$("$2" "$method" "$json")"
	done <"$table" >"$rows"
	rows_are "$rows" "$1" http
}
by_node() {
	timeout 100 node "$dir/node/connect.mjs" "$1" "$http" "$dir/data/admin.token" "$table" >"$rows" 3>"$dir/steps"
	rows_are "$rows" "$2" http
	saw "$dir/steps" "$2"
}

# One descriptor set for all of buf's calls: quicker than reading the files each time.
image=$dir/contract.binpb
protos | xargs protoc -I proto -I /usr/include --include_imports --descriptor_set_out="$image"
start
auth
every_row curl by_curl
anew
every_row buf-connect by_buf
anew
by_node node-json connect-node-json
anew
by_node node-binary connect-node
anew
by_node web connect-web
stop_daemon
no_broken_lines
