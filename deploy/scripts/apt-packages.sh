#!/usr/bin/env bash
# apt-packages.sh [--list] FILE... - install the packages of the files that are missing; with
# --list only say which. Becomes root by sudo, and only when something is missing.
set -euo pipefail
list=
[ "${1:-}" = --list ] && { list=1; shift; }
[ $# -ge 1 ] || { echo "usage: apt-packages.sh [--list] FILE..." >&2; exit 2; }

installed=" $(dpkg-query -W -f '${Package} ${db:Status-Status}\n' |
	sed -n 's/ installed$//p' | tr '\n' ' ') "
missing=()
while read -r package command _; do
	[ -n "$command" ] && command -v "$command" >/dev/null && continue
	[[ $installed == *" $package "* ]] || missing+=("$package")
done < <(grep -hvE '^(#|$)' "$@")

[ ${#missing[@]} -gt 0 ] || exit 0
if [ -n "$list" ]; then
	printf '%s\n' "${missing[@]}"
	exit 0
fi
root=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "missing: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
		exit 1
	}
	root=(sudo)
fi
echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "${root[@]}" apt-get update -qq &&
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null || {
	tail -n 20 "$log" >&2
	echo "apt-get failed; its last lines are above" >&2
	exit 1
}
