#!/usr/bin/env bash
# banned.sh - words that have one home, or none. The table is the law; a line of it reads
#   words (extended regular expression) @ where they may stand @ what to use instead
. "$(dirname "$0")/lib.sh"

sources=$(files 'store/*.[ch]' 'server/*.[ch]' 'server/*.cpp' 'client/*.[ch]' 'proto/*.[ch]')
bad=0
while IFS='@' read -r words home instead; do
	words=$(echo "$words" | xargs -0 | tr -d ' ')
	home=$(echo "$home" | tr -d ' ')
	hits=$(echo "$sources" | grep -vE "^($home)" | while read -r f; do
		# Comments may speak of anything.
		sed -E 's://.*$::; s:/\*[^*]*\*/::; s:^ ?\*.*$::; s:/\*.*$::' "$f" |
			grep -nE "(^|[^A-Za-z0-9_>.\"])($words)" | sed "s|^|$f:|" || true
	done)
	if [ -n "$hits" ]; then
		echo "$hits"
		echo "  ^ banned here;$instead"
		bad=1
	fi
done <<'TABLE'
(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|system)\( @ nowhere: @ buf.h, units.h, hex.h
(time|gettimeofday|clock_gettime|rand|random|srand)\( @ store/base/clock\.c @ the turn's now_ms and turn_random(), or clock.h
(malloc|realloc|asprintf)\( @ store/base/|proto/descriptors\.c$ @ the turn's memory; x_open() may calloc()
(sqlite3_|#include <sqlite) @ store/ @ a function of the store
#include <grpc @ server/door/|client/call\.c$ @ the door's slots, or client/call.h
grpc_[a-z_0-9]+\( @ server/door/|server/(app|serve)\.c$|client/call\.c$ @ the door's slots, or client/call.h
(curl_|#include <curl) @ server/net/ @ server/net/http.h
(MHD_|#include <microhttpd) @ server/door/ @ server/door/http.h
TABLE
exit $bad
