#!/usr/bin/env bash
# completion.sh - what ghostctl offers to the shells, in the shells: commands, options, values, and
# the names of wallets and operations of a running daemon; nothing, and at once, without one.
set -euo pipefail
build=$(realpath "${GF_BUILD:-build/dev}")
if [ -z "${GF_COMPLETION_INSIDE:-}" ]; then
	# Runs itself beside a daemon of its own.
	export GF_COMPLETION_INSIDE=1 PATH="$build:$PATH"
	exec ghost-fleet dev --stub --wallets 2 -- "$0"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HOME=$dir

# expect WHAT GOT WANTED
expect() {
	[ "$2" = "$3" ] || {
		printf '%s: wanted\n%s\ngot\n%s\n' "$1" "$3" "$2" >&2
		exit 1
	}
}

# in_bash WORD...: what bash offers for the last of them.
in_bash() {
	# shellcheck disable=SC2016
	bash --norc --noprofile -c '
		source <(ghostctl completion bash)
		COMP_WORDS=(ghostctl "$@") COMP_CWORD=$#
		_ghostctl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

expect "a noun" "$(in_bash walle)" wallets
expect "a verb" "$(in_bash wallets gene)" generate
expect "options of the command" "$(in_bash evacuate --rea)" --reason
expect "no option of another" "$(in_bash wallets list --lockd)" ""
expect "a value" "$(in_bash now -o jsonl)" jsonl
expect "a value behind =, which bash cuts" "$(in_bash now --output = js)" $'json\njsonl'
expect "the last of a list" "$(in_bash access add ci --role viewer,ope)" viewer,operator
expect "a wallet" "$(in_bash wallets get wallet-)" $'wallet-001\nwallet-002'
expect "wallets in a list" "$(in_bash fund --wallets wallet-001,wallet-002)" wallet-001,wallet-002
expect "no second wallet" "$(in_bash reset wallet-001 wal)" ""
expect "help" "$(in_bash help operations can)" cancel
expect "after options" "$(in_bash --timeout 5s -o json wallets ret)" retire
ghostctl endpoints check >/dev/null || true
name=$(ghostctl operations list -o jsonl | jq -r '.name' | head -n 1)
expect "an operation" "$(in_bash operations get "${name#operations/}")" "${name#operations/}"

# Nobody there: names are left out, and nobody waits for them.
from=$SECONDS
expect "without a server" "$(GHOST_FLEET_ADDRESS=127.0.0.1:1 in_bash wallets get "")" ""
expect "where the line says" "$(in_bash --address 127.0.0.1:1 wallets get "")" ""
[ $((SECONDS - from)) -le 5 ] || { echo "completing took $((SECONDS - from)) s" >&2; exit 1; }
expect "words at once" "$(GHOST_FLEET_ADDRESS=127.0.0.1:1 in_bash wallets gene)" generate
echo bash: ok

if command -v fish >/dev/null; then
	in_fish() {
		fish --no-config -c "ghostctl completion fish | source; complete -C '$1'" | cut -f1
	}
	expect "fish: a verb" "$(in_fish 'ghostctl wallets gene')" generate
	expect "fish: an option" "$(in_fish 'ghostctl evacuate --rea')" --reason
	expect "fish: a wallet" "$(in_fish 'ghostctl wallets get wallet-')" $'wallet-001\nwallet-002'
	expect "fish: a new word" "$(in_fish 'ghostctl completion ' | sort | xargs)" "bash fish zsh"
	echo fish: ok
fi

if command -v zsh >/dev/null; then
	# A terminal of its own; ^X writes down what stands on the line.
	cat >"$dir/zsh" <<-'EOF'
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z "PS1= PS2=; autoload -U compinit; compinit -u -d $HOME/dump"
		zpty -w z 'source <(ghostctl completion zsh)'
		zpty -w z 'note() { print -r -- $BUFFER >>$HOME/lines; BUFFER= }; zle -N note; bindkey "^X" note'
		zpty -w z 'print ready >$HOME/ready'
		for i in {1..100}; do [[ -s $HOME/ready ]] && break; sleep 0.1; done
		typeset -i n=0
		for line in "$@"; do
			zpty -w -n z "$line"$'\t\x18'
			n+=1
			for i in {1..100}; do
				[[ -s $HOME/lines && $(wc -l <$HOME/lines) -ge $n ]] && break
				sleep 0.1
			done
		done
		zpty -d z
	EOF
	zsh -f "$dir/zsh" 'ghostctl wallets gene' 'ghostctl evacuate --rea' \
		'ghostctl wallets get wallet-' 'ghostctl wallets get wallet-002'
	expect zsh "$(sed 's/ *$//' "$dir/lines")" 'ghostctl wallets generate
ghostctl evacuate --reason
ghostctl wallets get wallet-00
ghostctl wallets get wallet-002'
	echo zsh: ok
fi
