#!/bin/sh
# tables.sh HEADER... > proto_tables.c: every message and service descriptor that protoc-gen-c
# declared in these headers, as two tables, so that no list of services is kept by hand.
set -eu

echo '/* Made by proto/tables.sh. */'
echo '#include <stddef.h>'
echo '#include <protobuf-c/protobuf-c.h>'
for kind in Message Service; do
	lower=$(echo "$kind" | tr 'MS' 'ms')
	names=$(sed -n "s/^extern const ProtobufC${kind}Descriptor \([a-z0-9_]*\);\$/\1/p" "$@")
	for name in $names; do
		echo "extern const ProtobufC${kind}Descriptor $name;"
	done
	echo "const ProtobufC${kind}Descriptor *const proto_${lower}_table[] = {"
	for name in $names; do
		echo "	&$name,"
	done
	echo '};'
	echo "const size_t proto_${lower}_table_n = sizeof(proto_${lower}_table) /" \
		"sizeof(proto_${lower}_table[0]);"
done
