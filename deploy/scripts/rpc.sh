# shellcheck shell=bash
# rpc.sh - to be sourced: JSON-RPC questions from a shell. RPC_URL says where.

# rpc METHOD [PARAMS]: the result as one line, strings bare. Fails with the node's own words.
rpc() {
	local said
	said=$(curl -sS --max-time 30 --noproxy '*' -H 'Content-Type: application/json' \
		-d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":${2:-[]}}" "$RPC_URL") || return 1
	jq -er 'if .error then "\(.error.message)" | halt_error else .result // "" |
		if type == "string" then . else tojson end end' <<<"$said" || {
		echo " ($1 at $RPC_URL)" >&2
		return 1
	}
}

# hex_wei 0x…: a quantity of any size in decimal. jq and bash count to 2^53 and 2^63 only.
hex_wei() {
	node -e 'console.log(BigInt(process.argv[1]).toString())' "$1"
}

# balance_hex ADDRESS, balance ADDRESS: wei, as a quantity and in decimal.
balance_hex() {
	rpc eth_getBalance "[\"$1\",\"latest\"]"
}
balance() {
	hex_wei "$(balance_hex "$1")"
}

# word ADDRESS|NUMBER: 32 bytes of call data, no 0x.
word() {
	case $1 in
	0x*) printf '%064s' "${1#0x}" | tr ' ' 0 | tr 'A-F' 'a-f' ;;
	*) node -e 'console.log(BigInt(process.argv[1]).toString(16).padStart(64, "0"))' "$1" ;;
	esac
}

# token_balance_hex TOKEN ADDRESS, token_balance TOKEN ADDRESS: smallest units.
token_balance_hex() {
	rpc eth_call "[{\"to\":\"$1\",\"data\":\"0x70a08231$(word "$2")\"},\"latest\"]"
}
token_balance() {
	hex_wei "$(token_balance_hex "$1" "$2")"
}
