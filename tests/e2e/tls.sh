#!/usr/bin/env bash
# tls.sh - both doors by TLS as their users have it: a CA of our own by ghostctl, the daemon with
# it, ghostctl and curl with certificates, a new certificate while a stream is open, refusals.
. tests/e2e/lib.sh
pki=$dir/pki
ghostctl=$build/ghostctl
export HOME=$dir/home
mkdir -p "$HOME"

issue() {
	"$ghostctl" access issue "$@" --dir "$pki" >"$dir/issued"
}

# refused WORD COMMAND...: it fails, and says so in these words.
refused() {
	local word=$1
	shift
	if "$@" >"$dir/out" 2>"$dir/err"; then die "not refused: $*"; fi
	grep -qF "$word" "$dir/out" "$dir/err" || die "$*: no '$word' in: $(cat "$dir/out" "$dir/err")"
}

tls_config() {
	write_config '[profiles.degen]' 'action_interval_secs = 3600' '[doors.tls]' \
		"cert = \"$pki/fleet.crt\"" "key = \"$pki/fleet.key\"" \
		"client_ca = \"$pki/ca.crt\"" "client_auth = \"$1\"" '[log]' "file = \"$dir/log\""
}

# buf, and grpcurl where another test has built it: by TLS with a certificate, by reflection.
others() {
	local tools buf grpcurl me=ghostfleet.v1.AccessService/WhoAmI
	tools=$(deploy/scripts/node-tools.sh tests/tools)
	buf=$(realpath "$(find "$tools/node_modules/@bufbuild" -path '*/bin/buf')")
	expect "$(timeout 30 "$buf" curl --protocol grpc --cacert "$pki/ca.crt" --cert "$pki/alice.crt" --key "$pki/alice.key" \
		-d '{}' "https://localhost:$GHOST_FLEET_GRPC_PORT/$me" | jq -r .actor)" alice "whom buf speaks for"
	grpcurl=$(find "$PWD/.run/tools" -name grpcurl -type f 2>/dev/null | head -n 1)
	[ -n "$grpcurl" ] || return 0
	expect "$(timeout 30 "$grpcurl" -cacert "$pki/ca.crt" -cert "$pki/alice.crt" -key "$pki/alice.key" -d '{}' \
		"localhost:$GHOST_FLEET_GRPC_PORT" $me | jq -r .actor)" alice "whom grpcurl speaks for"
}

is_healthy() {
	"$build/ghost-fleet" --config "$dir/config.toml" health >"$dir/health" 2>&1
}

up() {
	rm -f "$dir/ports.json"
	"$build/ghost-fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" serve \
		>>"$dir/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for 30 "the daemon's ports" ports_known
	GHOST_FLEET_GRPC_PORT=$(jq .grpc "$dir/ports.json") GHOST_FLEET_HTTP_PORT=$(jq .http "$dir/ports.json")
	export GHOST_FLEET_GRPC_PORT GHOST_FLEET_HTTP_PORT
	wait_for 30 "the daemon to be healthy" is_healthy
}

# fleet WHO...: ghostctl with the certificate of WHO.
fleet() {
	local who=$1
	shift
	"$ghostctl" --address "localhost:$GHOST_FLEET_GRPC_PORT" --tls-ca "$pki/ca.crt" \
		--tls-cert "$pki/$who.crt" --tls-key "$pki/$who.key" "$@"
}

# by_token ...: ghostctl with the admin's token alone.
by_token() {
	"$ghostctl" --address "localhost:$GHOST_FLEET_GRPC_PORT" --tls-ca "$pki/ca.crt" \
		--token-file "$dir/data/admin.token" "$@"
}

# web WHO PATH...: curl with the certificate of WHO.
web() {
	local who=$1 path=$2
	shift 2
	curl -sS --noproxy '*' --max-time 10 --cacert "$pki/ca.crt" --cert "$pki/$who.crt" --key "$pki/$who.key" \
		"$@" "https://localhost:$GHOST_FLEET_HTTP_PORT$path"
}

# serial PORT: of the certificate that the door shows.
serial() {
	openssl s_client -connect "127.0.0.1:$1" -alpn h2 -cert "$pki/machine.crt" -key "$pki/machine.key" \
		</dev/null 2>/dev/null | openssl x509 -noout -serial
}

# Non-loopback without TLS: refused, in one line, by validate and at the start.
start_chain
write_config '[profiles.degen]' 'action_interval_secs = 3600'
for door in grpc http; do
	sed "s/^\[doors\]/&\n${door}_address = \"0.0.0.0\"/" "$dir/config.toml" >"$dir/open.toml"
	refused "anything but loopback needs TLS" "$build/ghost-fleet" --config "$dir/open.toml" validate
	refused "anything but loopback needs TLS" "$build/ghost-fleet" --config "$dir/open.toml" serve
	expect "$(wc -l <"$dir/err")" 1 "lines that say so"
done

# A CA, a server, callers. Keys are ours alone, and nothing is overwritten.
issue fleet --hosts localhost,127.0.0.1
for who in alice bob machine stranger; do issue $who; done
refused "already" "$ghostctl" access issue alice --dir "$pki"
expect "$(stat -c %a "$pki/ca.key" "$pki/alice.key" "$pki/fleet.key" | sort -u)" 600 "the mode of the keys"
openssl verify -x509_strict -purpose sslserver -CAfile "$pki/ca.crt" "$pki/fleet.crt" >/dev/null
openssl verify -x509_strict -purpose sslclient -CAfile "$pki/ca.crt" "$pki/alice.crt" >/dev/null
if grep -rq 'PRIVATE' "$dir/issued"; then die "a key was shown"; fi

tls_config required
"$build/ghost-fleet" --config "$dir/config.toml" validate >/dev/null
up

# Who comes how. A token beside a certificate that names nobody; then the certificate by itself.
by_token_and_cert() {
	fleet machine --token-file "$dir/data/admin.token" "$@"
}
expect "$(by_token_and_cert access whoami -o json | jq -r .actor)" admin "a token beside a strange certificate"
by_token_and_cert access add alice --role operator --uri spiffe://ghost-fleet/alice >/dev/null
by_token_and_cert access add bob --role viewer --uri spiffe://ghost-fleet/bob >/dev/null
expect "$(fleet alice access whoami -o json | jq -r '.actor + " " + .proof')" "alice certificate" "who alice is"
refused "bring one of the two" fleet alice --token-file "$dir/data/admin.token" access whoami
refused "no identity here has the URI 'spiffe://ghost-fleet/stranger'" fleet stranger status
refused "needs the role" fleet bob pause
# Without a certificate there is no connection, also with a good token.
refused "add --tls-cert FILE --tls-key FILE" by_token access whoami
refused "add --tls-ca FILE" "$ghostctl" --address "localhost:$GHOST_FLEET_GRPC_PORT" status
refused "curl:" curl -sS --noproxy '*' --cacert "$pki/ca.crt" "https://localhost:$GHOST_FLEET_HTTP_PORT/health"
# A CA of another: neither side takes it.
"$ghostctl" access issue alice --dir "$dir/other" >/dev/null
refused "cannot reach" "$ghostctl" --address "localhost:$GHOST_FLEET_GRPC_PORT" --tls-ca "$dir/other/ca.crt" \
	--tls-cert "$pki/alice.crt" --tls-key "$pki/alice.key" status
refused "cannot reach" "$ghostctl" --address "localhost:$GHOST_FLEET_GRPC_PORT" --tls-ca "$pki/ca.crt" \
	--tls-cert "$dir/other/alice.crt" --tls-key "$dir/other/alice.key" status
others
# The HTTP door: the same identities; a page in a browser gets nothing by a certificate alone.
expect "$(web alice /admin/pause -X POST | jq -r '.pause.actor')" alice "who paused"
expect "$(web alice /admin/resume -X POST -o /dev/null -w '%{http_code}')" 200 "resume"
expect "$(web bob /admin/pause -X POST -o /dev/null -w '%{http_code}')" 403 "a viewer's pause"
expect "$(web stranger /admin/status -o /dev/null -w '%{http_code}')" 401 "a stranger's look"
expect "$(web alice /admin/pause -X POST -H 'Origin: https://evil.example' -o /dev/null -w '%{http_code}')" 401 "a page's pause"
expect "$(web alice /ghostfleet.v1.AccessService/WhoAmI --json '{}' | jq -r .proof)" certificate "Connect's proof"

# TLS 1.1 is refused by both doors.
for port in "$GHOST_FLEET_GRPC_PORT" "$GHOST_FLEET_HTTP_PORT"; do
	refused "Cipher is (NONE)" openssl s_client -connect "127.0.0.1:$port" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null
done

# A new certificate while a stream is open: the stream goes on, new connections get the new one.
fleet bob watch --after 1 -o jsonl >"$dir/stream" 2>"$dir/stream.err" &
watch=$!
# told N KIND: the stream told so often of it.
told() {
	[ "$(grep -c "\"$2\"" "$dir/stream")" -ge "$1" ]
}
wait_for 10 "the stream to tell of the pause" told 1 fleet.paused
fleet alice pause >/dev/null
old=$(serial "$GHOST_FLEET_GRPC_PORT")
mkdir "$dir/new" && cp "$pki"/ca.* "$dir/new/"
"$ghostctl" access issue fleet --hosts localhost,127.0.0.1 --dir "$dir/new" >/dev/null
# Half of the pair: refused, and the old one stays.
cp "$dir/new/fleet.crt" "$pki/fleet.crt"
degraded() {
	web alice '/health/ready?verbose' | jq -e '.components[] | select(.name == "certificate" and .status == "degraded")' >/dev/null
}
wait_for 10 "the health to tell of the half" degraded
expect "$(serial "$GHOST_FLEET_GRPC_PORT")" "$old" "the certificate with half a new one there"
cat "$dir/new/fleet.key" >"$pki/fleet.key"
# SIGHUP: the certificate now, and the log's file anew.
mv "$dir/log" "$dir/log.1"
kill -HUP $daemon_pid
is_new() {
	[ "$(serial "$GHOST_FLEET_GRPC_PORT")" != "$old" ] && [ "$(serial "$GHOST_FLEET_HTTP_PORT")" != "$old" ]
}
wait_for 10 "the new certificate on both doors" is_new
fleet alice resume >/dev/null
wait_for 10 "the open stream to tell of the resume" told 2 fleet.resumed
web alice /metrics >"$dir/metrics"
grep -q 'ghost_fleet_tls_reloads_total{outcome="refused"} [1-9]' "$dir/metrics" || die "no metric of the refused pair"
grep -q 'ghost_fleet_tls_certificate_not_after_seconds{certificate="server"} [0-9]' "$dir/metrics" || die "no expiry"

# Revoked: the open stream ends, and the next call is refused.
by_token_and_cert access revoke bob --reason "left us" >/dev/null
ended() {
	! kill -0 $watch 2>/dev/null
}
wait_for 10 "bob's stream to end" ended
grep -q "was revoked" "$dir/stream.err" || die "why did bob's stream end? $(cat "$dir/stream.err")"
refused "was revoked" fleet bob status
expect "$(web bob /admin/status -o /dev/null -w '%{http_code}')" 401 "bob's look"
grep -q 'SIGHUP.*certificates="read again" log="opened again"' "$dir/log" || die "what SIGHUP did is not in the new log"
grep -q 'msg=ready' "$dir/log.1" || die "the old log is gone"
# What was refused is in the audit, with who and whence.
python3 - "$dir/data/ghost-fleet.db" <<-'EOF'
	import sqlite3, sys
	rows = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(
	    "SELECT actor, subject, detail FROM audit WHERE action = 'call.refused'").fetchall()
	def has(actor, subject, word):
	    assert any(r[0] == actor and r[1] == subject and word in r[2] for r in rows), (actor, subject, word, rows)
	has("bob", "FleetService/PauseFleet", "PERMISSION_DENIED from ipv")
	has("bob", "HTTP POST /admin/pause", "PERMISSION_DENIED from 127.0.0.1")
	has("anonymous", "HTTP GET /admin/status", "stranger")
EOF
cat "$dir/log.1" "$dir/log" >"$dir/daemon.log"
no_broken_lines
stop_daemon
