#!/usr/bin/env bash
# cpp.sh - a client in C++: Debian's grpc++ and protoc's stubs. Built once, below the build tree.
set -euo pipefail
place=.run/tools/cpp-client
sum=$(cat tests/interop/cpp/* proto/ghostfleet/v1/*.proto | sha256sum)
if [ "$(cat $place/.done 2>/dev/null)" != "$sum" ]; then
	mkdir -p $place
	cp tests/interop/cpp/client.cpp $place/
	# What the client uses, and what that imports.
	files=(ghostfleet/v1/{fleet,wallet,funding,operation}.proto google/rpc/{status,error_details}.proto)
	protoc -I proto -I /usr/include --cpp_out=$place --grpc_out=$place \
		--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin "${files[@]}"
	compiler=(g++)
	! command -v ccache >/dev/null || compiler=(ccache g++)
	sources=(client.cpp)
	for file in "${files[@]}"; do
		sources+=("${file%.proto}.pb.cc")
		[[ $file == google/* ]] || sources+=("${file%.proto}.grpc.pb.cc")
	done
	(
		cd $place
		printf '%s\n' "${sources[@]}" |
			xargs -P "$(nproc)" -I{} "${compiler[@]}" -std=c++17 -O0 -Wall -Wextra -I. -c {} -o {}.o
		g++ "${sources[@]/%/.o}" -o client -lgrpc++ -lgrpc -lgpr -labsl_synchronization -lprotobuf -lpthread
	)
	echo "$sum" >$place/.done
fi
. tests/interop/lib.sh
client() {
	timeout 100 $place/client "$1" "$at" "$dir/data/admin.token" "${@:2}"
}
protos | xargs protoc -I proto -I /usr/include --include_imports --descriptor_set_out="$dir/contract.binpb"
start
client rows "$table" "$dir/contract.binpb" >"$rows"
rows_are "$rows" cpp
anew
client fleet >"$dir/out"
saw "$dir/out" cpp
stop_daemon
