#!/usr/bin/env bash
# cases.sh - the tests that tests/cases.tsv names exist: for each of the 44 hard cases one at least.
. "$(dirname "$0")/lib.sh"
bad=0
say() {
	echo "$1"
	bad=1
}

diff <(grep -v '^#' tests/cases.tsv | cut -f1) <(seq 44) >/dev/null || say "tests/cases.tsv: not the cases 1 to 44, in order"
while IFS=$'\t' read -r number _ _ names; do
	[ -n "$names" ] || say "case $number: no test holds it"
	for name in $names; do
		path=tests/${name%%:*} function=${name#*:}
		path=tests/$(tr . / <<<"${path#tests/}")
		if [ "$function" = "$name" ]; then
			[ -x "$path.sh" ] || say "case $number: there is no $path.sh"
		elif ! grep -qE "^static void $function\((void|$)" "$path.c" 2>/dev/null; then
			say "case $number: there is no $function in $path.c"
		fi
	done
done < <(grep -v '^#' tests/cases.tsv)
exit $bad
