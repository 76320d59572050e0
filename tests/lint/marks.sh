#!/usr/bin/env bash
# marks.sh - nothing unfinished is left standing, no machine's own path and no registry's host is
# named, no file has outgrown one idea, and the top level holds what the design names.
. "$(dirname "$0")/lib.sh"
bad=0
complain() {
	echo "$1"
	bad=1
}

hits=$(files ':!tests/lint/marks.sh' ':!*.binpb' ':!proto/google' ':!proto/grpc' | xargs grep -nIE \
	'\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b|not implemente[d]' || true)
[ -z "$hits" ] || complain "$hits
  ^ finish it, or say in docs/ what is missing"

hits=$(files | xargs grep -nIE '/wor[k]/|/far[m]/|bash_job[s]|registry\.npm[j]s|deb\.debia[n]|proxy\.gol[a]ng|pypi\.o[r]g|pythonh[o]sted|crates\.i[o]/|maven\.o[r]g' || true)
[ -z "$hits" ] || complain "$hits
  ^ a path of one machine, or a package registry's host"

hits=$(files '*package-lock.json' | xargs -r grep -nE '"resolved"|https?://' || true)
[ -z "$hits" ] || complain "$hits
  ^ lock files carry no addresses: npm install with the folder's .npmrc"

hits=$(files 'store/*.[ch]' 'server/*.[ch]' 'client/*.[ch]' 'proto/*.[ch]' | xargs wc -l |
	awk '$2 != "total" && $1 > 700 { print $2 ": " $1 " lines" }')
[ -z "$hits" ] || complain "$hits
  ^ a file is one idea, below 700 lines"

hits=$(git ls-files | cut -d/ -f1 | sort -u | grep -vxE \
	'client|deploy|docs|proto|server|store|tests|CMakeLists\.txt|CMakePresets\.json|README\.md|LICENSE|\..*' || true)
[ -z "$hits" ] || complain "$hits
  ^ the top level holds only what docs/ARCHITECTURE.md names"
exit $bad
