#!/usr/bin/env bash
# banned.sh - words that have one home, or none. The table is the law; a line of it reads
#   words (extended regular expression) @ where they may stand @ what to use instead
# Comments may speak of anything.
. "$(dirname "$0")/lib.sh"

table=$(mktemp)
trap 'rm -f "$table"' EXIT
cat >"$table" <<'TABLE'
(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|system)\( @ nowhere: @ buf.h, units.h, hex.h
(time|gettimeofday|clock_gettime|rand|random|srand)\( @ store/base/clock\.c @ the turn's now_ms and turn_random(), or clock.h
(malloc|realloc|asprintf)\( @ store/base/|proto/descriptors\.c$ @ the turn's memory; x_open() may calloc()
(sqlite3_|#include <sqlite) @ store/ @ a function of the store
#include <grpc @ server/door/|client/call\.c$ @ the door's slots, or client/call.h
grpc_[a-z_0-9]+\( @ server/door/|server/(app|serve)\.c$|client/call\.c$ @ the door's slots, or client/call.h
(curl_|#include <curl) @ server/net/ @ server/net/http.h
(MHD_|#include <microhttpd) @ server/door/ @ server/door/http.h
TABLE

# shellcheck disable=SC2016
files 'store/*.[ch]' 'server/*.[ch]' 'server/*.cpp' 'client/*.[ch]' 'proto/*.[ch]' |
	xargs awk '
	function trim(s) {
		gsub(/^ +| +$/, "", s)
		return s
	}
	FILENAME == ARGV[1] {
		split($0, part, "@")
		n++
		words[n] = "(^|[^A-Za-z0-9_>.\"])(" trim(part[1]) ")"
		home[n] = "^(" trim(part[2]) ")"
		instead[n] = trim(part[3])
		next
	}
	FNR == 1 { in_comment = 0 }
	{
		line = $0
		if (in_comment) {
			if (!sub(/^.*\*\//, "", line))
				next
			in_comment = 0
		}
		gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
		sub(/\/\/.*/, "", line)
		if (sub(/\/\*.*/, "", line))
			in_comment = 1
		for (i = 1; i <= n; i++)
			if (line ~ words[i] && FILENAME !~ home[i]) {
				print FILENAME ":" FNR ": " trim($0)
				print "  ^ banned here; use " instead[i]
				bad = 1
			}
	}
	END { exit bad }' "$table"
