# shellcheck shell=bash
# lib.sh - what the checks share. They run from the project's root and print what is wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# What belongs to the project: in git, or about to be. Deleted files are not, nor what a fuzzer
# wrote: it may hold any bytes.
files() {
	git ls-files -co --exclude-standard -- "$@" ':!tests/fuzz/corpus' | sort -u | while read -r f; do
		[ -f "$f" ] && echo "$f"
	done
	return 0
}

need() {
	command -v "$1" >/dev/null || { echo "$1 is missing: apt-get install $2" >&2; exit 1; }
}
