#!/usr/bin/env bash
# generate-wallets.sh [--enable] [--plaintext] COUNT [DIR] [PROFILE] - new wallets for the fleet, and what
# the runbook's next lines read:
#   DIR/wallets.csv    address,private_key,profile (column 2 says "sealed")
#   DIR/wallets.toml   [[wallets]] with id, address and profile, to append to the configuration
# DIR is ./wallets and PROFILE is degen unless said otherwise. The running daemon makes the keys
# and keeps them sealed; numbers go on from the highest, so appending twice never collides.
# They act once the daemon runs with wallets.toml appended, or after: ghostctl wallets update
# NAME --enable; --enable lets them at once.
# --plaintext makes the keys here instead, writes them into column 2 and imports them: whoever
# reads that file owns the wallets. GHOSTCTL names the client, if it is not in PATH.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
	sed -n '2,13s/^# \?//p' "$0" >&2
	exit 2
}

plaintext='' enable=()
while [ $# -gt 0 ]; do
	case $1 in
	--plaintext) plaintext=1 ;;
	--enable) enable=(--enable) ;;
	*) break ;;
	esac
	shift
done
if [ $# -lt 1 ] || [ $# -gt 3 ]; then usage; fi
count=$1 dir=${2:-./wallets} profile=${3:-degen}
[[ $count =~ ^[1-9][0-9]{0,5}$ ]] || { echo "COUNT is a number from 1 to 999999, not '$count'" >&2; exit 2; }
[[ $profile =~ ^[A-Za-z0-9_-]+$ ]] || { echo "PROFILE is a name, not '$profile'" >&2; exit 2; }

ghostctl=${GHOSTCTL:-}
[ -n "$ghostctl" ] || ghostctl=$(command -v ghostctl || true)
for built in release dev; do
	[ -n "$ghostctl" ] || [ ! -x "$here/../../build/$built/ghostctl" ] || ghostctl=$here/../../build/$built/ghostctl
done
[ -n "$ghostctl" ] || { echo "ghostctl is not in PATH; set GHOSTCTL to where it is" >&2; exit 1; }

mkdir -p "$dir"
for f in wallets.csv wallets.toml; do
	[ ! -e "$dir/$f" ] || { echo "$dir/$f is there already; name another folder" >&2; exit 1; }
done
new=$(mktemp -d "$dir/.new-XXXXXX")
trap 'rm -rf "$new"' EXIT

if [ -n "$plaintext" ]; then
	tools=$("$here/node-tools.sh" "$here/../tools")
	{
		echo address,private_key,profile
		node "$here/keys.js" "$tools" new "$count" | sed "s/\$/,$profile/"
	} >"$new/wallets.csv"
	"$ghostctl" wallets import "$new/wallets.csv" "${enable[@]}" -o json >"$new/answer.json"
else
	"$ghostctl" wallets generate --count "$count" --profile "$profile" "${enable[@]}" -o json >"$new/answer.json"
	jq -r '"address,private_key,profile", (.wallets[] | "\(.address),sealed,\(.profile)")' \
		"$new/answer.json" >"$new/wallets.csv"
fi
jq -r '.wallets[] | "[[wallets]]\nid = \"\(.name | ltrimstr("wallets/"))\"\naddress = \"\(.address)\"\nprofile = \"\(.profile)\"\n"' \
	"$new/answer.json" >"$new/wallets.toml"

mv "$new/wallets.csv" "$new/wallets.toml" "$dir/"
echo "$count wallets: $dir/wallets.csv, $dir/wallets.toml"
[ -z "$plaintext" ] || echo "$dir/wallets.csv holds the keys in the open" >&2
