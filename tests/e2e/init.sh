#!/usr/bin/env bash
# init.sh - `ghostctl init` as a script and as a person uses it: solo and team, with the proof of the
# safe address, refusals that leave nothing behind, and a fleet that works.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export HOME=$dir/home PATH=$build:$PATH
mkdir -p "$HOME" "$dir/made"
home=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 # the node's own
port=0

fails() {
	echo "init.sh: $1" >&2
	tail -n 40 "$dir/out" "$dir/err" >&2 2>/dev/null || true
	exit 1
}
# init CODE ARGS...: without a terminal; the output is in $dir/out and $dir/err.
init() {
	local want=$1 got=0
	shift
	timeout 120 ghostctl init "$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	[ "$got" = "$want" ] || fails "'init $*' ended with $got, not $want"
}
says() { grep -qE -- "$1" "$dir/out" || fails "stdout lacks: $1"; }
complains() {
	grep -qF -- "$1" "$dir/err" || fails "stderr lacks: $1"
	[ "$(wc -l <"$dir/err")" = 1 ] || fails "more than one line on stderr"
}
nothing_left() { [ -z "$(ls -A "$dir/made")" ] || fails "left behind: $(ls -A "$dir/made")"; }
text_shown() { grep -q '^Address: ' "$1"; }
# sign FILE: the text that FILE shows, as a wallet signs a message.
sign() {
	local text
	text=$(tr -d '\r' <"$1" | awk '/^Ghost Fleet: proof/, /^Address: /')
	rpc personal_sign "[\"0x$(printf %s "$text" | od -An -v -tx1 | tr -d ' \n')\",\"$home\"]"
}

# What is missing is named, before anything is made.
init 2 --dir "$dir/made/a" && complains '--rpc URL'
init 2 --dir "$dir/made/a" --rpc http://127.0.0.1:1 && complains '--to ADDRESS'
init 2 --dir "$dir/made/a" --rpc http://127.0.0.1:1 --to $home && complains '--policy solo or team'
init 2 --dir "$dir/made/a" --rpc http://127.0.0.1:1 --to $home --policy duo && complains 'solo or team'
# An endpoint that is not there, no endpoint, no folder, an address with a typing error.
init 3 --dir "$dir/made/a" --rpc http://127.0.0.1:1 --to $home --policy solo && complains 127.0.0.1:1
init 3 --dir "$dir/made/a" --rpc nonsense --to $home --policy solo && complains nonsense
init 1 --dir "$dir/nowhere/a" --rpc http://127.0.0.1:1 --to $home --policy solo && complains 'cannot be made beside'
nothing_left
start_chain
init 1 --dir "$dir/made/a" --rpc "$RPC_URL" --to 0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266 --policy solo
complains address
init 1 --dir "$dir/made/a" --rpc "$RPC_URL" --to $home --policy solo --funder-key-file "$dir/none" && complains "$dir/none"
nothing_left
[ ! -e "$HOME/.config" ] || fails "a failed run left something in the home"

# Solo, with a funder and the owner's signature, that comes through a pipe. What the environment
# says about another fleet does not get in.
mkfifo "$dir/proof"
CHAIN_ID=1 GHOST_FLEET_POLICY=team init 0 --dir "$dir/made/solo" --rpc "$RPC_URL" --to $home \
	--policy solo --proof "$dir/proof" --funder-key-file "$FUNDER_KEY" &
pid=$!
wait_for 60 "the text to sign" text_shown "$dir/err"
sign "$dir/err" >"$dir/proof"
wait $pid || exit 1
says "chain $CHAIN_ID, policy solo" && says 'its key signed the text' && says 'MOVE IT ELSEWHERE'
says 'fund --target 0.05ether --dry-run' && says "context 'solo'"
expect "$(ls "$dir/made")" solo "what was made"
expect "$(find "$dir/made/solo" -maxdepth 1 -printf '%f\n' | sort | xargs)" \
	"config.toml data fleet.kit kit.passphrase passphrase solo" "what is in the folder"
expect "$(find "$dir/made/solo" "$HOME/.config/ghostctl/config" -type f -perm /077 -name '*[!b]')" "" "what others can read"
for secret in passphrase kit.passphrase data/admin.token; do
	if grep -qF -f "$dir/made/solo/$secret" "$dir/out" "$dir/err"; then fails "$secret was shown"; fi
done
ghost-fleet --config "$dir/made/solo/config.toml" validate --strict >"$dir/out" || fails "not strictly valid"
ghost-fleet kit verify --kit "$dir/made/solo/fleet.kit" --passphrase-file "$dir/made/solo/kit.passphrase" >"$dir/out"

# Once more: refused, and everything as it was.
before=$(cd "$dir/made" && find . -type f -exec sha256sum {} + | sort)
init 1 --dir "$dir/made/solo" --rpc "$RPC_URL" --to $home --policy solo && complains 'nothing is overwritten'
expect "$(cd "$dir/made" && find . -type f -exec sha256sum {} + | sort)" "$before" "the fleet that was there"

# It works: the commands that it named, in their order.
GHOST_FLEET_GRPC_PORT=0 GHOST_FLEET_HTTP_PORT=0 ghost-fleet --config "$dir/made/solo/config.toml" \
	--ports-file "$dir/ports.json" >"$dir/daemon.log" 2>&1 &
daemon_pid=$!
wait_for 30 "the daemon's ports" ports_known
port=$(jq .grpc "$dir/ports.json")
export GHOST_FLEET_ADDRESS=127.0.0.1:$port # the token is the context's
ghostctl wait ready --timeout 30s >/dev/null
ghostctl access whoami | grep -q '^you are    admin' || fails "the context does not lead to the fleet"
ghostctl safe list -o json >"$dir/out"
expect "$(jq -r '.safeAddresses[] | "\(.address) \(.state) \(.proof)"' "$dir/out")" \
	"$home SAFE_ADDRESS_STATE_ACTIVE SAFE_ADDRESS_PROOF_PROVEN" "the safe list"
ghostctl wallets generate --count 2 >/dev/null
# The kit was made before them, and holds them: no KEY_NOT_BACKED_UP.
ghostctl fund --target 0.05ether --yes >"$dir/out" 2>"$dir/err" || fails "funding failed"
says '^2 done · 0 skipped · 0 failed · moved 0\.1 ether'
ghostctl extract --yes >"$dir/out" 2>"$dir/err" || fails "extraction failed"
says '^2 done · 0 skipped · 0 failed · moved 0\.09'
stop_daemon
unset GHOST_FLEET_ADDRESS

# Team, unproven, for a program: the delay of a further address is the team's; the home's own
# configuration stays as it is.
cp "$HOME/.config/ghostctl/config" "$dir/config.before"
init 0 --dir "$dir/made/team/" --rpc "$RPC_URL" --to $home --policy team -o json
expect "$(jq -r '[.policy, .chainId, .proven, .context, .safeAddress] | @csv' "$dir/out")" \
	"\"team\",\"$CHAIN_ID\",false,,\"$home\"" "what it says"
grep -q '^policy = "team"' "$(jq -r .config "$dir/out")" || fails "the policy is not in the file"
cmp "$HOME/.config/ghostctl/config" "$dir/config.before" || fails "a configuration was changed"
GHOST_FLEET_GRPC_PORT=0 GHOST_FLEET_HTTP_PORT=0 ghost-fleet --config "$dir/made/team/config.toml" \
	--ports-file "$dir/ports.json" >"$dir/daemon.log" 2>&1 &
daemon_pid=$!
wait_for 30 "the daemon's ports" ports_known
team() { ghostctl --address "127.0.0.1:$(jq .grpc "$dir/ports.json")" --token-file "$dir/made/team/data/admin.token" "$@"; }
team wait ready --timeout 30s >/dev/null
team safe add 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 | grep -qE 'in (3d|2d)' || fails "no delay of three days"
stop_daemon

# A person at a terminal: slips are asked again, the passphrase twice; and Ctrl-C leaves nothing.
cat >"$dir/person.py" <<'PY'
import os, pty, select, subprocess, sys, time
made, rpc, home, how = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.environ["HOME"] = os.path.dirname(os.path.dirname(made)) + "/person"
    os.execvp("ghostctl", ["ghostctl", "init"])
seen = b""
def until(what):
    global seen
    end = time.monotonic() + 60
    while what not in seen:
        if time.monotonic() > end or not select.select([fd], [], [], 60)[0]:
            sys.exit(f"waited in vain for {what!r}: {seen!r}")
        seen += os.read(fd, 65536)
    at = seen.index(what) + len(what)
    before, seen = seen[:at], seen[at:]
    return before
def say(text): os.write(fd, text.encode() + b"\n")
until(b"Folder [fleet]:"); say(made)
until(b"Endpoint [http"); say("http://127.0.0.1:1")
until(b"that does not do"); until(b"Endpoint [http"); say(rpc)
until(b"solo or team [solo]:"); say("")
until(b"key file, or nothing:"); say("")
until(b"Safe address (0x...):")
if how == "interrupt":
    os.write(fd, b"\x03")
else:
    say("0x1234")
    until(b"that does not do"); until(b"Safe address (0x...):"); say(home)
    text = until(b"or nothing:").decode().replace("\r", "")
    text = text[text.index("Ghost Fleet: proof"):]
    text = text[:text.index("\n", text.index("Address: "))]
    open(sys.argv[1] + ".text", "w").write(text + "\n")
    say(subprocess.check_output(["bash", "-c", os.environ["SIGN"], "sign", made + ".text"], text=True).strip())
    until(b"for the kit:"); say("one passphrase of mine")
    until(b"once more:"); say("another")
    until(b"that does not do"); until(b"for the kit:"); say("one passphrase of mine")
    until(b"once more:"); say("one passphrase of mine")
rest = seen
try:
    while True:
        more = os.read(fd, 65536)
        if not more: break
        rest += more
except OSError:
    pass
sys.stdout.write(rest.decode().replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
mkdir "$dir/person" "$dir/asked"
# shellcheck disable=SC2089,SC2090
SIGN=". deploy/scripts/rpc.sh; home=$home; $(declare -f sign); sign \"\$1\""
# shellcheck disable=SC2090
export SIGN RPC_URL
rc=0
python3 "$dir/person.py" "$dir/asked/mine" "$RPC_URL" $home interrupt >"$dir/out" 2>"$dir/err" || rc=$?
[ $rc != 0 ] || fails "Ctrl-C is a success"
[ -z "$(find "$dir/asked" "$dir/person" -mindepth 1)" ] || fails "Ctrl-C left something behind"
python3 "$dir/person.py" "$dir/asked/mine" "$RPC_URL" $home answer >"$dir/out" 2>"$dir/err" || fails "the person's run failed"
says 'policy solo' && says 'its key signed the text' && says "context 'mine'"
[ ! -e "$dir/asked/mine/kit.passphrase" ] || fails "the kit's passphrase was written down"
if grep -q 'passphrase of mine' "$dir/out"; then fails "the passphrase was shown"; fi
echo 'one passphrase of mine' >"$dir/kit.pass"
ghost-fleet kit verify --kit "$dir/asked/mine/fleet.kit" --passphrase-file "$dir/kit.pass" >"$dir/out"
no_broken_lines
echo "init.sh: all as expected"
