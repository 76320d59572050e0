#!/usr/bin/env bash
# release.sh - what deploy/release.sh makes is the same bytes twice, elsewhere and at another time, and
# is of use: the contract compiles alone, Python and Node import their stubs, Go and C++ compile theirs.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
die() {
	echo "$*" >&2
	exit 1
}
without=()
command -v go >/dev/null || without=(--without go)
SOURCE_DATE_EPOCH=1700000000 deploy/release.sh "${without[@]}" "$dir/one" >/dev/null
(
	umask 077
	top=$PWD
	cd "$dir"
	TZ=Asia/Tokyo LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1700000000 "$top/deploy/release.sh" "${without[@]}" "$dir/two" >/dev/null
)
diff -r "$dir/one" "$dir/two" || die "two releases of one commit differ"
(cd "$dir/one" && sha256sum --quiet -c SHA256SUMS) || die "the checksums are wrong"

for pack in "$dir/one"/*.tar.gz; do
	tar -C "$dir" -xzf "$pack"
done
name=$(basename "$dir/one"/*.binpb .binpb)
cd "$dir/$name-proto"
find . -name '*.proto' -printf '%P\n' | sort | xargs protoc -I . -I /usr/include --include_imports \
	--descriptor_set_out="$dir/alone"
protoc --decode=google.protobuf.FileDescriptorSet -I /usr/include google/protobuf/descriptor.proto \
	<"$dir/one/$name.binpb" >"$dir/set"
for file in ghostfleet/v1/*.proto; do
	grep -qF "name: \"$file\"" "$dir/set" || die "the descriptor set lacks $file"
done
jq -e '.methodConfig[0].retryPolicy.maxAttempts' service-config.json >/dev/null
cd - >/dev/null

for file in "$dir/$name-python"/ghostfleet/v1/*.py; do
	echo "import ghostfleet.v1.$(basename "$file" .py)"
done >"$dir/all.py"
PYTHONPATH=$dir/$name-python /usr/bin/python3 "$dir/all.py"

ln -s "$(deploy/scripts/node-tools.sh tests/interop/node)/node_modules" "$dir/node_modules"
for file in "$dir/$name-node"/ghostfleet/v1/*.js; do
	echo "import '$file';"
done >"$dir/all.mjs"
node "$dir/all.mjs"

(cd "$dir/$name-cpp" && g++ -std=c++17 -fsyntax-only -I. ghostfleet/v1/fleet.grpc.pb.cc)
if [ ${#without[@]} = 0 ]; then
	(cd "$dir/$name-go" && GOFLAGS=-mod=mod timeout 250 go build ./...) || die "the Go stubs do not compile"
fi
echo "$(find "$dir/one" -type f | wc -l) files, twice the same"
