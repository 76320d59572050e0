# shellcheck shell=bash
# node-lib.sh - to be sourced after lib.sh: node_setup puts the programs of tests/interop/node, the
# packages they want and the messages of protoc-gen-es into $dir/node.
# shellcheck disable=SC2154 # lib.sh has them
node_setup() {
	local tools
	tools=$(deploy/scripts/node-tools.sh tests/interop/node)
	mkdir -p "$dir/node/gen"
	cp tests/interop/node/*.mjs "$dir/node/"
	ln -s "$tools/node_modules" "$dir/node/node_modules"
	echo '{"type":"module"}' >"$dir/node/package.json"
	protos | xargs protoc -I proto -I /usr/include --plugin=protoc-gen-es="$tools/node_modules/.bin/protoc-gen-es" \
		--es_out="$dir/node/gen" --es_opt=target=js,import_extension=js
}
