#!/usr/bin/env bash
# watch.sh - a person sees their own fleet with no key given, in one command; nothing stays behind.
. "$(dirname "$0")/lib.sh"
export TMPDIR=$dir/tmp HOME=$dir/home
mkdir -p "$TMPDIR" "$HOME"

start_chain 1
{
	echo "address,name"
	echo "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266,rich"
	echo "0x00000000000000000000000000000000000a11ce,poor"
} >"$dir/wallets.csv"
watch() {
	timeout 60 "$build/ghostctl" watch "$@" </dev/null >"$dir/out" 2>"$dir/err" || {
		cat "$dir/out" "$dir/err" >&2
		return 1
	}
}

# The page, once, as there is no terminal: balances of both, no key, no warning.
began=$(date +%s%N)
watch --addresses "$dir/wallets.csv" --rpc "$RPC_URL" || die "watch failed"
echo "the first page after $((($(date +%s%N) - began) / 1000000)) ms"
grep -Eq '^RUNNING; .* ether in 2 wallets, 0 validators' "$dir/out" || die "no head line: $(cat "$dir/out")"
grep -Eq '^rich .*watch-only +[0-9]{4,}' "$dir/out" || die "no balance: $(cat "$dir/out")"
grep -Eq '^poor .*watch-only +0 ' "$dir/out" || die "no empty wallet: $(cat "$dir/out")"
[ ! -s "$dir/err" ] || die "it says on stderr: $(cat "$dir/err")"

# For programs: a line each.
watch --addresses "$dir/wallets.csv" --rpc "$RPC_URL" -o jsonl || die "watch -o jsonl failed"
expect "$(jq -r .name "$dir/out" | sort | paste -sd' ')" "wallets/poor wallets/rich" "the lines"

# Validators: a node that is not there is said, and unknown is a state.
printf '0x%096d\n' 7 >"$dir/keys.txt"
watch --validators "$dir/keys.txt" --beacon http://127.0.0.1:9 --timeout 3s || die "watch --validators failed"
grep -q '0 wallets, 1 validators' "$dir/out" || die "no validator: $(cat "$dir/out")"
grep -q ' unknown ' "$dir/out" || die "an unheard validator is not unknown: $(cat "$dir/out")"

# What is wrong is one line.
refused() { # CODE WORD ARGS...
	local want=$1 word=$2 got=0
	shift 2
	"$build/ghostctl" watch "$@" </dev/null >"$dir/out" 2>"$dir/err" || got=$?
	expect "$got" "$want" "watch $*"
	expect "$(wc -l <"$dir/err")" 1 "lines on stderr of watch $*"
	grep -qF -- "$word" "$dir/err" || die "watch $*: $(cat "$dir/err")"
}
refused 2 "--rpc URL" --addresses "$dir/wallets.csv"
refused 2 "go together" --validators "$dir/keys.txt"
printf 'address,private_key\n0x2c7536E3605D9C16a7a3D7b1898e529396a65c23,0x%064d\n' 1 >"$dir/secret.csv"
refused 1 "key" --addresses "$dir/secret.csv" --rpc "$RPC_URL"

printf 'address,name\n0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266,x\n' >"$dir/bad.csv"
refused 1 "$dir/bad.csv:2: '0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266'" --addresses "$dir/bad.csv" --rpc "$RPC_URL"
printf '0x1234\n' >"$dir/bad.csv"
refused 1 "$dir/bad.csv:1: '0x1234'" --addresses "$dir/bad.csv" --rpc "$RPC_URL"

# A column `label` is the name, where it can be one.
printf 'label,address\nhot,0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\nMy Wallet,0x00000000000000000000000000000000000a11ce\n' >"$dir/label.csv"
watch --addresses "$dir/label.csv" --rpc "$RPC_URL" -o jsonl || die "watch with labels failed"
expect "$(jq -r .name "$dir/out" | sort | paste -sd' ')" "wallets/hot wallets/wallet-002" "the labels as names"

# Nothing is left: no folder, no process.
gone() {
	[ -z "$(ls -A "$TMPDIR")" ]
}
wait_for 10 "its folder to go" gone
