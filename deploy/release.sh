#!/usr/bin/env bash
# release.sh [--without go] [OUT] - what a release carries for who builds clients, in OUT (.run/release if
# not said): the contract's files, its descriptor set, stubs in Python, Node, Go and C++, the service
# config with the retry policy, and SHA256SUMS. The same commit gives the same bytes, wherever and
# whenever it is run: times are $SOURCE_DATE_EPOCH, the commit's own if not said.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC
without=
[ "${1:-}" != --without ] || { without=$2 && shift 2; }
[ $# -le 1 ] || { sed -n '2,6s/^# \?//p' "$0" >&2; exit 2; }
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$(realpath -m "${1:-.run/release}")
version=$(sed -n 's/^project(ghost_fleet VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
name=ghost-fleet-$version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
rm -f "$out"/ghost-fleet-* "$out/SHA256SUMS"

# pack NAME: $work/NAME as OUT/NAME.tar.gz; nothing of this machine or this moment is in it.
pack() {
	tar -C "$work" --sort=name --format=ustar --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
		--mode='u=rwX,go=rX' -cf - "$1" | gzip -9n >"$out/$1.tar.gz"
}

# The contract: our files, and those of others that they import, with their licences.
contract=$work/$name-proto
mkdir "$contract"
(cd proto && cp --parents ghostfleet/v1/*.proto google/rpc/*.proto grpc/health/v1/*.proto LICENSE-* buf.yaml "$contract")
cp docs/reference/service-config*.json "$contract/"
pack "$name-proto"
cd "$contract"
files=(ghostfleet/v1/*.proto google/rpc/*.proto)
include=(-I . -I /usr/include)
protoc "${include[@]}" --include_imports --include_source_info --descriptor_set_out="$out/$name.binpb" "${files[@]}"
cd - >/dev/null
cp docs/reference/service-config.json "$out/$name-service-config.json"
cp docs/reference/service-config-ids.json "$out/$name-service-config-ids.json"

# stubs LANGUAGE: a folder to fill, with what all of them carry.
stubs() {
	local place=$work/$name-$1
	mkdir "$place"
	cp proto/LICENSE-googleapis "$place/"
	echo "$place"
}

# Everyone's Python has google.rpc from googleapis-common-protos; ours beside it would clash.
python=$(stubs python)
(cd "$contract" && protoc "${include[@]}" --python_out="$python" --grpc_out="$python" \
	--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin ghostfleet/v1/*.proto)
cat >"$python/pyproject.toml" <<-EOF
	[project]
	name = "ghostfleet"
	version = "$version"
	description = "Messages and stubs of ghostfleet.v1"
	dependencies = ["grpcio", "protobuf", "googleapis-common-protos"]
	[tool.setuptools.packages.find]
	namespaces = true
EOF
pack "$name-python"

# A service has no code of its own here: its descriptor is what connect-es and grpc-js take.
node=$(stubs node)
tools=$(deploy/scripts/node-tools.sh tests/interop/node)
(cd "$contract" && protoc "${include[@]}" --plugin=protoc-gen-es="$tools/node_modules/.bin/protoc-gen-es" \
	--es_out="$node" --es_opt=target=js+dts,import_extension=js "${files[@]}")
jq -n --arg version "$version" --slurpfile used tests/interop/node/package.json '{
	name: "ghostfleet", version: $version, description: "Messages and services of ghostfleet.v1", type: "module",
	exports: {"./*": "./*"}, dependencies: {"@bufbuild/protobuf": ("^" + $used[0].dependencies["@bufbuild/protobuf"])}
}' >"$node/package.json"
pack "$name-node"

cpp=$(stubs cpp)
(cd "$contract" && protoc "${include[@]}" --cpp_out="$cpp" --grpc_out="$cpp" \
	--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin "${files[@]}")
pack "$name-cpp"

if [ "$without" != go ]; then
	go=$(stubs go)
	deploy/scripts/go-stubs.sh ghostfleet "$go"
	sed 's,^module .*,module ghostfleet,' tests/interop/go/go.mod >"$go/go.mod"
	cp tests/interop/go/go.sum "$go/"
	pack "$name-go"
fi

(cd "$out" && sha256sum -- "$name"* >SHA256SUMS)
(cd "$out" && wc -c -- "$name"* SHA256SUMS)
