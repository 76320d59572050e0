#!/usr/bin/env bash
# rooms.sh - includes go only where docs/rooms.txt allows, and CMakeLists.txt links no more.
. "$(dirname "$0")/lib.sh"

files 'store/*.[ch]' 'server/*.[ch]' 'server/*.cpp' 'client/*.[ch]' 'proto/*.[ch]' |
	xargs grep -HnoE '^#include [<"][^>"]+' |
	awk -F: '
	# The room of a path: the longest one of docs/rooms.txt that the path lies in.
	function room_of(path,   r, best) {
		for (r in allowed)
			if (index(path, r "/") == 1 && length(r) > length(best))
				best = r
		return best
	}
	FILENAME == "docs/rooms.txt" {
		if ($0 ~ /^[^#]/)
			allowed[$1] = " " $2 " "
		next
	}
	{
		what = $3
		sub(/^#include [<"]/, "", what)
		from = room_of($1)
		to = what ~ /\.pb-c\.h$/ ? "proto" : room_of(what)
		if (to != "" && to != from && allowed[from] !~ " \\* " &&
		    index(allowed[from], " " to " ") == 0) {
			print $1 ":" $2 ": " from " may not include " what " (docs/rooms.txt)"
			bad = 1
		}
	}
	END { exit bad }' docs/rooms.txt -

# room(NAME DIR libraries...) in CMakeLists.txt: the same arrows.
awk '
	FILENAME == "docs/rooms.txt" {
		if ($0 ~ /^[^#]/) {
			split($0, part, ":")
			allowed[part[1]] = " " part[2] " "
		}
		next
	}
	/^room\(/ {
		gsub(/[()]/, " ")
		dir[$2] = $3
		libs[$2] = $0
	}
	END {
		dir["proto"] = "proto"
		for (name in libs) {
			n = split(libs[name], word, " ")
			for (i = 4; i <= n; i++) {
				to = dir[word[i]]
				if (to != "" && allowed[dir[name]] !~ / \* / &&
				    index(allowed[dir[name]], " " to " ") == 0) {
					print "CMakeLists.txt: room " name " may not link " word[i]
					bad = 1
				}
			}
		}
		exit bad
	}' docs/rooms.txt CMakeLists.txt
