#include "client/commands.h"

#include <string.h>

#define CHANGE (O(DRY_RUN) | O(REQUEST_ID))
#define MONEY                                                                                      \
	(CHECKS | O(WALLETS) | O(PROFILE) | O(ACCEPT_TOKEN_TAX) | O(DRY_RUN) | O(YES) |            \
	 O(REQUEST_ID))

enum { WORDS_MOST = 1000 };

const struct command commands[] = {
	{ "now", NULL, "", 0, 0, O(WATCH), "one screen: what is wrong, and what to type next",
	  "ghostctl now", NULL, cmd_now },
	{ "status", NULL, "", 0, 0, O(WATCH), "state, wallets, operations, chain, money, problems",
	  "ghostctl status -w", NULL, cmd_status },
	{ "pause", NULL, "", 0, 0, O(WALLET) | O(REASON) | O(LOCKDOWN) | CHANGE,
	  "stop the engine and all operations, within a second",
	  "ghostctl pause --reason \"gas spike\"",
	  "What is sent already is followed to its end. An operation that is run after a\n"
	  "pause goes on. With --lockdown nothing moves but money on its way home.",
	  cmd_pause },
	{ "resume", NULL, "", 0, 0, O(WALLET) | O(REASON) | CHANGE,
	  "lift the pauses of the fleet, or of one wallet", "ghostctl resume", NULL, cmd_resume },
	{ "reset", NULL, "WALLET", 1, 1, O(FORCE) | O(REASON) | CHANGE,
	  "close a wallet's breaker, so that it acts again", "ghostctl reset wallet-001",
	  "Refused while the cause still holds; --force --reason TEXT goes on regardless.",
	  cmd_reset },
	{ "fund", NULL, "", 0, 0, MONEY | O(TARGET) | O(SOURCE),
	  "top wallets up; running it twice pays once",
	  "ghostctl fund --target 0.05ether --profile degen",
	  "Shows the plan and asks, unless --yes. --dry-run stops at the plan, which can\n"
	  "then be run for ten minutes: ghostctl operations run NAME. Ctrl-C leaves the\n"
	  "operation running.",
	  cmd_fund },
	{ "extract", NULL, "", 0, 0, MONEY | O(TO) | O(NATIVE_ONLY),
	  "bring everything home: stakes, tokens, ether last", "ghostctl extract --dry-run",
	  "Goes only to an active address of the safe list (ghostctl safe list). Works\n"
	  "while the fleet is paused and in lockdown. One wallet's failure stops no other.",
	  cmd_extract },
	{ "evacuate", NULL, "", 0, 0, CHECKS | O(TO) | O(REASON) | O(YES) | CHANGE,
	  "emergency: pause, and bring everything home at once", "ghostctl evacuate --yes",
	  "No plan to approve and no delay: pauses the fleet, then extracts from every\n"
	  "wallet to an active address of the safe list, whatever tokens lose on the way.",
	  cmd_evacuate },
	{ "wallets", "list", "", 0, 0, O(PROFILE) | O(TRIPPED) | O(ALL) | O(LIMIT) | O(WATCH),
	  "wallets with their balances, and how old those are", "ghostctl wallets list --tripped",
	  NULL, cmd_wallets_list },
	{ "wallets", "get", "WALLET", 1, 1, 0, "all about one wallet, by name or address",
	  "ghostctl wallets get wallet-001", NULL, cmd_wallets_get },
	{ "wallets", "generate", "", 0, 0, O(COUNT) | O(PROFILE) | O(PREFIX) | O(ENABLE) | CHANGE,
	  "new wallets from the fleet's seed",
	  "ghostctl wallets generate --count 10 --profile degen",
	  "Names go on from the highest. The wallets are idle unless --enable.",
	  cmd_wallets_generate },
	{ "wallets", "import", "[FILE...]", 0, IMPORT_FILES,
	  O(ENABLE) | O(PROFILE) | O(PASSPHRASE_FILE) | O(PHRASE_FILE) | O(PATH) | O(FIRST) |
		  O(COUNT) | O(PREFIX) | CHANGE,
	  "wallets from CSV, TOML, key files or a phrase", "ghostctl wallets import wallets.csv",
	  "CSV columns: address,private_key,profile and, if you like, name. An empty key:\n"
	  "the address is only watched. TOML: its [[wallets]]. All or none, by thousands.\n"
	  "Key files (version 3: geth, ethers, cast): their passphrase is asked for, or in\n"
	  "--passphrase-file; what is wrong with one is said, the others come in.\n"
	  "A phrase: --phrase-file FILE --count N; --passphrase-file then holds its BIP-39\n"
	  "passphrase. Keys are read from files, never from the command line, and sealed\n"
	  "before the answer.",
	  cmd_wallets_import },
	{ "wallets", "export", "[WALLET...]", 0, IMPORT_FILES,
	  O(ALL) | O(OUT) | O(PASSPHRASE_FILE) | O(LIGHT) | O(REASON) | O(DRY_RUN),
	  "a key file for each wallet, under your passphrase",
	  "ghostctl wallets export wallet-001 --out keys",
	  "Named as geth's (UTC--...), mode 0600, in the folder --out; nothing is written\n"
	  "twice. --all: every wallet that holds a key.",
	  cmd_wallets_export },
	{ "wallets", "destroy-key", "WALLET ADDRESS", 2, 2, O(REASON) | O(YES) | CHANGE,
	  "overwrite the key of a retired, empty wallet for ever",
	  "ghostctl wallets destroy-key old-7 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
	  "Only an imported key whose wallet is retired and was seen empty (ether, tokens,\n"
	  "stake) half a minute ago at most. Asks for the wallet's name once more.",
	  cmd_wallets_destroy_key },
	{ "wallets", "update", "WALLET", 1, 1, O(PROFILE) | O(ENABLE) | O(DISABLE) | CHANGE,
	  "its profile, and whether the engine lets it act",
	  "ghostctl wallets update wallet-001 --disable", NULL, cmd_wallets_update },
	{ "wallets", "retire", "WALLET", 1, 1, O(REASON) | CHANGE,
	  "take it out of the fleet; its key is kept",
	  "ghostctl wallets retire wallet-001 --reason rotated", NULL, cmd_wallets_retire },
	{ "validators", "list", "", 0, 0, O(STATE) | O(ALL) | O(LIMIT) | O(WATCH),
	  "validators with their health and balance", "ghostctl validators list --state down",
	  "--state takes up, degraded, isolated, down, unknown and idle. MISSED is of the\n"
	  "last 64 epochs of which anything is known.",
	  cmd_validators_list },
	{ "validators", "get", "VALIDATOR", 1, 1, 0,
	  "all about one, by its key, its index or its label", "ghostctl validators get 123456",
	  NULL, cmd_validators_get },
	{ "validators", "status", "", 0, 0, O(WATCH),
	  "the chain, its nodes, who is well; exit 4 if not all is",
	  "ghostctl validators status -w", NULL, cmd_validators_status },
	{ "validators", "performance", "[VALIDATOR]", 0, 1, O(DAYS) | O(BASELINE) | O(CSV),
	  "what they did over days, against the days before",
	  "ghostctl validators performance --days 90",
	  "Of one validator, or of all. Uptime is the share of epochs in which it attested,\n"
	  "of those of which anything is known. Days are UTC. A day below the period before\n"
	  "is marked.",
	  cmd_validators_performance },
	{ "validators", "sla", "[VALIDATOR]", 0, 1, O(DAYS) | O(ALL) | O(CSV),
	  "downtimes, and what they cost by the SLA", "ghostctl validators sla --days 30 --csv",
	  "Slashings are the protocol's and listed apart. With --all also the downtimes\n"
	  "that are short enough to cost nothing.",
	  cmd_validators_sla },
	{ "validators", "add", "[KEY...]", 0, 1000, O(FILE) | O(LABEL) | CHANGE,
	  "watch validators, by their public keys", "ghostctl validators add --file keys.txt",
	  "A key has 48 bytes: 0x and 96 hex digits. In a file one key a line, and after\n"
	  "it, if you like, a label; # begins a comment.",
	  cmd_validators_add },
	{ "validators", "remove", "VALIDATOR", 1, 1, O(REASON) | CHANGE,
	  "no longer watch one; its history stays",
	  "ghostctl validators remove 123456 --reason exited", NULL, cmd_validators_remove },
	{ "validators", "restart", "[VALIDATOR]", 0, 1, O(REASON) | CHANGE,
	  "restart the validator client, and look again after it",
	  "ghostctl validators restart --reason \"new release\"",
	  "By its unit, its container or a program of yours ([control]). It is looked at\n"
	  "for good a minute after it was told; exit 1 if it does not run then.",
	  cmd_validators_restart },
	{ "validators", "stop", "[VALIDATOR]", 0, 1, O(REASON) | CHANGE,
	  "stop the validator client; works in a lockdown too",
	  "ghostctl validators stop --reason \"key compromised\"",
	  "A stopped validator is not exited: it misses its duties until it is started or\n"
	  "exited on the chain. A BLS key cannot be rotated, only its validator exited.",
	  cmd_validators_stop },
	{ "validators", "start", "[VALIDATOR]", 0, 1, O(FORCE) | O(REASON) | CHANGE,
	  "start the validator client, if its keys sign nowhere", "ghostctl validators start",
	  "Two clients with the same keys are slashed: refused while the chain sees the\n"
	  "keys, or nobody can tell (then --force --reason TEXT goes on).",
	  cmd_validators_start },
	{ "rules", "list", "", 0, 0, O(STATE) | O(LIMIT) | O(WATCH),
	  "what is watched for, and how it stands", "ghostctl rules list --state firing,muted",
	  NULL, cmd_rules_list },
	{ "rules", "get", "RULE", 1, 1, O(WATCH), "one rule, and what does not stand well under it",
	  "ghostctl rules get ValidatorDown", NULL, cmd_rules_get },
	{ "rules", "set", "RULE FIELD=VALUE...", 2, 30, O(REASON) | CHANGE,
	  "let a rule say something else, from now on",
	  "ghostctl rules set HighCpu threshold=90 for=15m page=yes",
	  "Fields: signal, op ('>' '>=' '<' '<=' '=' '!='), threshold, for, keep, hits,\n"
	  "looks, window, scope (all, label, entity), of, group (entity, label, all),\n"
	  "severity (low to critical), page, affected, share, sources, warm-up, stale,\n"
	  "no-data (unknown, ok), never-suppress, causes, procedure, title, enabled.\n"
	  "The version before is kept: ghostctl rules history.",
	  cmd_rules_set },
	{ "rules", "add", "RULE FIELD=VALUE...", 2, 30, O(REASON) | CHANGE,
	  "a rule of your own, over one of the figures",
	  "ghostctl rules add MyDisk signal=host.disk op='>' threshold=70 severity=low",
	  "Fields as of rules set; signal and op are needed.", cmd_rules_add },
	{ "rules", "enable", "RULE", 1, 1, O(REASON) | CHANGE, "switch a rule on",
	  "ghostctl rules enable HighCpu", NULL, cmd_rules_enable },
	{ "rules", "disable", "RULE", 1, 1, O(REASON) | CHANGE,
	  "switch a rule off; its incidents are resolved",
	  "ghostctl rules disable HighCpu --reason \"batch jobs\"", NULL, cmd_rules_disable },
	{ "rules", "history", "RULE", 1, 1, 0, "every version of a rule, who wrote it and why",
	  "ghostctl rules history HighCpu", NULL, cmd_rules_history },
	{ "rules", "restore", "RULE VERSION", 2, 2, O(REASON) | CHANGE,
	  "let an earlier version, or a proposed default, count",
	  "ghostctl rules restore HighCpu 1", NULL, cmd_rules_restore },
	{ "rules", "reset", "RULE", 1, 1, O(REASON) | CHANGE,
	  "forget how things stand; what holds fires again", "ghostctl rules reset HighCpu", NULL,
	  cmd_rules_reset },
	{ "rules", "test", "RULE [FIELD=VALUE...]", 1, 30, O(SINCE) | O(UNTIL),
	  "which incidents it would have opened in the past",
	  "ghostctl rules test HighCpu threshold=70 --since 30d",
	  "Nothing is changed. With fields: what the rule would say with them.", cmd_rules_test },
	{ "rules", "signals", "", 0, 0, O(LIMIT), "the figures that rules can be about",
	  "ghostctl rules signals", NULL, cmd_rules_signals },
	{ "silences", "list", "", 0, 0, O(ALL) | O(LIMIT) | O(WATCH),
	  "what pages nobody at present, by whom and how long", "ghostctl silences list", NULL,
	  cmd_silences_list },
	{ "silences", "add", "", 0, 0,
	  O(RULE) | O(SUBJECT) | O(FOR) | O(UNTIL_RESOLVED) | O(REASON) | CHANGE,
	  "hear nothing of it for a while; it is still recorded",
	  "ghostctl silences add --rule HighCpu --for 2h --reason \"load test\"",
	  "At most 7 days. Slashings, a key that is used elsewhere and the like page all\n"
	  "the same.",
	  cmd_silences_add },
	{ "silences", "end", "SILENCE", 1, 1, CHANGE, "hear of it again, at once",
	  "ghostctl silences end 3", NULL, cmd_silences_end },
	{ "maintenance", "list", "", 0, 0, O(ALL) | O(LIMIT) | O(WATCH),
	  "planned work, and what it kept from people", "ghostctl maintenance list", NULL,
	  cmd_maintenance_list },
	{ "maintenance", "get", "WINDOW", 1, 1, 0, "one window, its tasks and its shut gates",
	  "ghostctl maintenance get 7", NULL, cmd_maintenance_get },
	{ "maintenance", "plan", "TITLE", 1, 1,
	  O(AT) | O(FOR) | O(ZONE) | O(RULE) | O(SUBJECT) | O(GATES) | O(TASK) | O(REPEAT) |
		  O(REASON) | CHANGE,
	  "plan work; while it lasts what it covers pages nobody",
	  "ghostctl maintenance plan reboot --subject \"validators/*\" --at 2h --for 1h",
	  "It starts by itself at its time if every gate is open, and ends by itself. With\n"
	  "--repeat it comes again by the clock of its zone: FREQ=WEEKLY;BYDAY=SU,\n"
	  "FREQ=MONTHLY;BYDAY=1SU, FREQ=MONTHLY;INTERVAL=3;BYDAY=1SU. Alerts are found and\n"
	  "downtime is counted all the same.",
	  cmd_maintenance_plan },
	{ "maintenance", "notice", "WINDOW", 1, 1, CHANGE,
	  "write down that those concerned were told, now", "ghostctl maintenance notice 7", NULL,
	  cmd_maintenance_notice },
	{ "maintenance", "start", "WINDOW", 1, 1, O(FORCE) | O(REASON) | CHANGE,
	  "start it now; refused while a gate is shut", "ghostctl maintenance start 7", NULL,
	  cmd_maintenance_start },
	{ "maintenance", "tick", "WINDOW TASK", 2, 2, CHANGE, "tick a task off, by its number",
	  "ghostctl maintenance tick 7 1", NULL, cmd_maintenance_tick },
	{ "maintenance", "extend", "WINDOW", 1, 1, O(FOR) | CHANGE,
	  "let it last so long from now, 24 hours at most",
	  "ghostctl maintenance extend 7 --for 30m", NULL, cmd_maintenance_extend },
	{ "maintenance", "end", "WINDOW", 1, 1, O(REASON) | CHANGE,
	  "the work is done; what is still wrong pages now, once",
	  "ghostctl maintenance end 7 --reason \"all nodes back\"", NULL, cmd_maintenance_end },
	{ "maintenance", "cancel", "WINDOW", 1, 1, O(REASON) | CHANGE,
	  "call off one that has not begun, or routines/N for good",
	  "ghostctl maintenance cancel 7 --reason postponed", NULL, cmd_maintenance_cancel },
	{ "maintenance", "routines", "", 0, 0, O(LIMIT), "planned work that comes again",
	  "ghostctl maintenance routines", NULL, cmd_maintenance_routines },
	{ "operations", "list", "", 0, 0, O(STATE) | O(LIMIT) | O(WATCH),
	  "operations, the newest first", "ghostctl operations list --state running,planned", NULL,
	  cmd_operations_list },
	{ "operations", "get", "NAME", 1, 1, 0, "one operation with its plan",
	  "ghostctl operations get 17", NULL, cmd_operations_get },
	{ "operations", "steps", "NAME", 1, 1, O(STATE) | O(LIMIT) | O(WATCH),
	  "its steps, wallet by wallet", "ghostctl operations steps 17 --state failed,blocked",
	  NULL, cmd_operations_steps },
	{ "operations", "run", "NAME", 1, 1,
	  CHECKS | O(ACCEPT_TOKEN_TAX) | O(DRY_RUN) | O(YES) | O(REQUEST_ID),
	  "show a plan, ask, run it and follow it", "ghostctl operations run 17", NULL,
	  cmd_operations_run },
	{ "operations", "cancel", "NAME", 1, 1, O(REASON) | CHANGE,
	  "start nothing more; what was sent goes to its end",
	  "ghostctl operations cancel 17 --reason \"wrong target\"", NULL, cmd_operations_cancel },
	{ "operations", "watch", "NAME", 1, 1, CHECKS,
	  "follow one; the exit code says how it ended", "ghostctl operations watch 17", NULL,
	  cmd_operations_watch },
	{ "tx", "list", "", 0, 0, O(WALLET) | O(OPERATION) | O(STATE) | O(LIMIT) | O(WATCH),
	  "transactions, the newest first, with their fate",
	  "ghostctl tx list --state unknown,review", NULL, cmd_tx_list },
	{ "tx", "explain", "[TX|WALLET]", 0, 1, O(OPERATION) | O(WALLET) | O(NONCE),
	  "where one transaction is, why, and what comes next",
	  "ghostctl tx explain wallet-001 --nonce 7",
	  "TX is a number of `ghostctl tx list`, or a hash; or the one on a wallet's nonce,\n"
	  "or all of an operation that are not final.",
	  cmd_tx_explain },
	{ "tx", "replace", "[TX|WALLET]", 0, 1,
	  O(OPERATION) | O(WALLET) | O(NONCE) | O(URGENT) | O(REASON) | CHANGE,
	  "offer a higher fee for what was sent and is not mined",
	  "ghostctl tx replace 41 --urgent",
	  "The same transaction on the same nonce, at least a tenth dearer, up to\n"
	  "chain.max_fee (--urgent: chain.max_fee_urgent). Of all attempts one happens.",
	  cmd_tx_replace },
	{ "tx", "cancel", "[TX|WALLET]", 0, 1,
	  O(OPERATION) | O(WALLET) | O(NONCE) | O(REASON) | CHANGE,
	  "withdraw it, or spend its nonce on nothing", "ghostctl tx cancel 41",
	  "Or all of an operation (--operation), of a wallet (--wallet), or the one on a\n"
	  "nonce (--wallet, --nonce). What was sent may win the race: then it happened.",
	  cmd_tx_cancel },
	{ "tx", "resolve", "TX HOW", 2, 2, O(REASON) | CHANGE,
	  "end a review: resend, cancel or give-up",
	  "ghostctl tx resolve 41 give-up --reason \"seen on chain\"",
	  "resend: the same bytes go out again. cancel: its nonce is spent by a\n"
	  "transaction that moves nothing. give-up: its nonce is spent already, by\n"
	  "something else, so it can never happen.",
	  cmd_tx_resolve },
	{ "tx", "nonces", "WALLET", 1, 1, 0, "a wallet's nonces, by the chain and by the journal",
	  "ghostctl tx nonces wallet-001", NULL, cmd_tx_nonces },
	{ "tx", "resync", "WALLET", 1, 1, O(REASON) | CHANGE,
	  "ask the chain again and send again what is stored", "ghostctl tx resync wallet-001",
	  "Signs nothing new.", cmd_tx_resync },
	{ "ledger", NULL, "", 0, 0,
	  O(WALLET) | O(OPERATION) | O(SINCE) | O(UNTIL) | O(BY) | O(CSV) | O(LIMIT),
	  "values and fees of what is final, as lines or sums",
	  "ghostctl ledger --by day --since 720h --csv",
	  "One line for each transaction that had a nonce, with the hash of what happened.\n"
	  "Values are what moved; fees were paid whatever came of it.",
	  cmd_ledger },
	{ "safe", "list", "", 0, 0, O(ALL), "the addresses that money may go home to",
	  "ghostctl safe list", NULL, cmd_safe_list },
	{ "safe", "add", "ADDRESS", 1, 1, O(LABEL) | O(CONTRACT) | O(PROOF) | CHANGE,
	  "add an address; it becomes active after a delay",
	  "ghostctl safe add 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --label cold",
	  "--proof brings the owner's signature over `ghostctl safe text ADDRESS`: it is\n"
	  "shown with the address, and shortens no delay. A contract (--contract) is asked\n"
	  "itself, and gets no money while the chain has no code there.",
	  cmd_safe_add },
	{ "safe", "text", "ADDRESS", 1, 1, O(TYPED), "the text that its owner signs to prove it",
	  "ghostctl safe text 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
	  "Sign it as a message (personal_sign): in a wallet, or with\n"
	  "cast wallet sign --ledger \"$(ghostctl safe text ADDRESS)\" > p.txt\n"
	  "or with --typed as typed data (eth_signTypedData_v4).\n"
	  "For a contract, as its EIP-1271 wants (a Safe: as an off-chain message).",
	  cmd_safe_text },
	{ "safe", "prove", "ADDRESS", 1, 1, O(PROOF) | CHANGE,
	  "bring the owner's signature of a listed address",
	  "ghostctl safe prove 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --proof p.txt", NULL,
	  cmd_safe_prove },
	{ "safe", "remove", "ADDRESS", 1, 1, CHANGE, "take an address off the list, at once",
	  "ghostctl safe remove 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", NULL,
	  cmd_safe_remove },
	{ "kit", "create", "", 0, 0, O(OUT) | O(PASSPHRASE_FILE) | O(WITHOUT_FUNDER) | CHANGE,
	  "every key, sealed, in one file: the recovery kit",
	  "ghostctl kit create --out fleet.kit --passphrase-file kit.pass",
	  "From this file and an RPC URL alone `ghost-fleet rescue` brings everything home,\n"
	  "on any machine. Funding refuses wallets whose key no kit holds. Make a new one\n"
	  "after you imported keys, and after a thousand generated ones.",
	  cmd_kit_create },
	{ "kit", "list", "", 0, 0, O(LIMIT), "kits that were made, and wallets that are in none",
	  "ghostctl kit list", NULL, cmd_kit_list },
	{ "endpoints", "list", "", 0, 0, O(WATCH), "the chain's endpoints as last observed",
	  "ghostctl endpoints list", NULL, cmd_endpoints_list },
	{ "endpoints", "check", "", 0, 0, CHECKS | O(REQUEST_ID),
	  "ask every endpoint now; say which layer fails", "ghostctl endpoints check", NULL,
	  cmd_endpoints_check },
	{ "endpoints", "use", "NAME", 1, 1, CHANGE, "prefer one until another is named",
	  "ghostctl endpoints use backup", NULL, cmd_endpoints_use },
	{ "access", "whoami", "", 0, 0, 0, "whom the server takes you for, and why",
	  "ghostctl access whoami", NULL, cmd_access_whoami },
	{ "access", "list", "", 0, 0, O(ALL) | O(LIMIT), "who may call, with which roles",
	  "ghostctl access list", NULL, cmd_access_list },
	{ "access", "add", "NAME", 1, 1, O(ROLE) | O(URI) | O(EXPIRES) | O(OUT) | CHANGE,
	  "a new identity, by a token or a certificate",
	  "ghostctl access add ci --role viewer,checker --expires 90d",
	  "Without --uri the server makes a token, which is told once and goes into a file\n"
	  "(NAME.token, or --out FILE) that only you can read; it is never shown.\n"
	  "With --uri its client certificate proves it.",
	  cmd_access_add },
	{ "access", "issue", "NAME", 1, 1, O(HOSTS) | O(URI) | O(EXPIRES) | O(DIR),
	  "a certificate from a small CA of your own",
	  "ghostctl access issue fleet --hosts fleet.example,10.0.0.5",
	  "With --hosts a server's, for [doors.tls]; without, a caller's of the URI\n"
	  "spiffe://ghost-fleet/NAME, for --tls-cert. The CA is made at the first use. Keys\n"
	  "go into files that only you can read; nothing is overwritten. Good for a year.",
	  cmd_access_issue },
	{ "access", "revoke", "NAME", 1, 1, O(REASON) | CHANGE,
	  "from now on it is refused; its streams end", "ghostctl access revoke ci --reason leaked",
	  NULL, cmd_access_revoke },
	{ "notify", "channels list", "", 0, 0, O(WATCH),
	  "who is told what happens, and how that goes", "ghostctl notify channels list", NULL,
	  cmd_channels_list },
	{ "notify", "channels add", "NAME [PROGRAM...]", 1, 17,
	  O(KIND) | O(URL) | O(EVENTS) | O(SECRET_FILE) | O(USER) | O(FROM) | O(RECIPIENTS) |
		  CHANGE,
	  "tell one more, from now on",
	  "ghostctl notify channels add ops --kind slack --secret-file slack.url",
	  "webhook: --url, and a secret: whsec_ and the base64 of 24 to 64 random bytes.\n"
	  "slack, discord: the secret is the whole URL. pagerduty: it is the routing key.\n"
	  "email: --url smtps://HOST:PORT --from A --recipients B,C, and with --user its\n"
	  "password. command: one of notifications.commands, and its arguments.\n"
	  "Without --events it hears of what docs/reference/events.md marks as told.",
	  cmd_channels_add },
	{ "notify", "channels update", "NAME", 1, 1,
	  O(URL) | O(EVENTS) | O(SECRET_FILE) | O(KEEP_OLD) | O(ENABLE) | O(DISABLE) | CHANGE,
	  "what it hears of, its secret, whether it is told",
	  "ghostctl notify channels update ops --secret-file new.secret --keep-old 24h",
	  "With --keep-old a webhook is signed with both secrets for so long. --url is for\n"
	  "webhooks and needs --secret-file: a secret does not follow to another place.\n"
	  "--enable also brings back a channel that answered 410 Gone.",
	  cmd_channels_update },
	{ "notify", "channels remove", "NAME", 1, 1, CHANGE, "tell it no more; forget its secret",
	  "ghostctl notify channels remove ops", NULL, cmd_channels_remove },
	{ "notify", "channels test", "NAME", 1, 1, O(REQUEST_ID),
	  "send it a test, and say what came back", "ghostctl notify channels test ops",
	  "Exit 4 when it was not taken.", cmd_channels_test },
	{ "notify", "deliveries", "[NAME]", 0, 1,
	  O(CHANNEL) | O(FAILED) | O(FOLLOW) | O(STATE) | O(LIMIT),
	  "what was and is to be said; or all about one",
	  "ghostctl notify deliveries --failed --follow", NULL, cmd_deliveries },
	{ "notify", "replay", "[NAME...]", 0, 1000,
	  O(CHANNEL) | O(SINCE) | O(UNTIL) | O(EVENTS) | O(ALL) | CHANGE,
	  "say it again, with the same id", "ghostctl notify replay --channel ops --since 24h",
	  "Deliveries by number, or by channel, time and event type: those given up, and\n"
	  "with --all those that were sent too.",
	  cmd_replay },
	{ "heartbeats", "list", "", 0, 0, O(WATCH),
	  "others that must be heard of, and when they were", "ghostctl heartbeats list", NULL,
	  cmd_heartbeats_list },
	{ "heartbeats", "add", "NAME", 1, 1,
	  O(PERIOD) | O(GRACE) | O(SEVERITY) | O(KIND) | O(REASON) | CHANGE,
	  "await one: a late one opens an incident",
	  "ghostctl heartbeats add backup --period 1d --grace 30m",
	  "Its address is shown once: GET or POST /hb/TOKEN when it is done,\n"
	  "/hb/TOKEN/start when it begins, /hb/TOKEN/fail when it failed. --kind: job (the\n"
	  "usual), or sentinel, which watches this host.",
	  cmd_heartbeats_add },
	{ "heartbeats", "remove", "NAME", 1, 1, CHANGE, "it is not awaited any more",
	  "ghostctl heartbeats remove backup", NULL, cmd_heartbeats_remove },
	{ "oncall", "who", "", 0, 0, O(AT) | O(WATCH), "who is called, level by level",
	  "ghostctl oncall who", NULL, cmd_oncall_who },
	{ "oncall", "people set", "NAME", 1, 1,
	  O(LABEL) | O(EMAIL) | O(PHONE) | O(ZONE) | O(CHANNELS) | O(KIND) | O(REASON) | CHANGE,
	  "somebody who is called, or whom one may have to reach",
	  "ghostctl oncall people set anna --channels mail,pager:high",
	  "Replaces all that is known of them. --kind: responder (the usual), contact or\n"
	  "vendor. --label is their whole name, --reason a note.\n"
	  "A channel with :HIGH gets only pages of that severity and worse.",
	  cmd_oncall_people_set },
	{ "oncall", "people remove", "NAME", 1, 1, CHANGE, "they are not called any more",
	  "ghostctl oncall people remove anna",
	  "Refused while a schedule, a level or an override names them.",
	  cmd_oncall_people_remove },
	{ "oncall", "people", "", 0, 0, 0, "people, contacts and vendors, and how they are reached",
	  "ghostctl oncall people", NULL, cmd_oncall_people },
	{ "oncall", "schedules", "", 0, 0, 0, "the schedules with their layers",
	  "ghostctl oncall schedules", NULL, cmd_oncall_schedules },
	{ "oncall", "schedule set", "NAME", 1, 1,
	  O(ZONE) | O(PEOPLE) | O(KIND) | O(START) | O(EVERY) | O(HANDOFFS) | O(FILE) | CHANGE,
	  "a rotation, or with --file a schedule of several layers",
	  "ghostctl oncall schedule set first --zone Europe/Berlin --people anna,ben",
	  "--kind weekly (the usual), daily, or custom with --handoffs.\n"
	  "--start is the first handoff, on the wall clock of the zone; without it last\n"
	  "Monday at 09:00. A handoff stays at its hour when the clocks change.\n"
	  "--file: a Schedule as JSON, as `oncall schedules -o json` shows it.",
	  cmd_oncall_schedule_set },
	{ "oncall", "schedule remove", "NAME", 1, 1, CHANGE, "refused while a level calls it",
	  "ghostctl oncall schedule remove first", NULL, cmd_oncall_schedule_remove },
	{ "oncall", "schedule", "NAME", 1, 1, O(AT) | O(DAYS), "who has it, shift by shift",
	  "ghostctl oncall schedule first --days 30", NULL, cmd_oncall_schedule },
	{ "oncall", "overrides", "[SCHEDULE]", 0, 1, 0, "what deviates from the rotations, ahead",
	  "ghostctl oncall overrides", NULL, cmd_oncall_overrides },
	{ "oncall", "override end", "N", 1, 1, CHANGE, "the rotation counts again",
	  "ghostctl oncall override end 3", NULL, cmd_oncall_override_end },
	{ "oncall", "override", "SCHEDULE [PERSON]", 1, 2,
	  O(INSTEAD) | O(SINCE) | O(UNTIL) | O(REASON) | O(FILE) | CHANGE,
	  "somebody else for a time", "ghostctl oncall override first ben --until 8h",
	  "Times are as 8h (from now on) or 2026-12-24T17:00:00Z. --file: an Override as\n"
	  "JSON, for a temporary schedule with shifts of its own.",
	  cmd_oncall_override },
	{ "oncall", "take", "SCHEDULE [PERSON]", 1, 2, O(UNTIL) | O(REASON) | CHANGE,
	  "take the shift, from now until it ends", "ghostctl oncall take first",
	  "Without PERSON it is you, if one of the people is called as your identity is.",
	  cmd_oncall_take },
	{ "oncall", "gaps", "", 0, 0, CHECKS | O(DAYS), "when nobody would be there",
	  "ghostctl oncall gaps --days 60", "Exit 4 when there are any.", cmd_oncall_gaps },
	{ "oncall", "policy set", "LEVEL [TARGET...]", 1, 9, CHANGE,
	  "whom a level calls; without targets it is not used",
	  "ghostctl oncall policy set primary schedules/first",
	  "LEVEL: primary, secondary, lead. A target is schedules/NAME, people/NAME or\n"
	  "channels/NAME. Without any level all channels that take pages are told.",
	  cmd_oncall_policy_set },
	{ "oncall", "policy", "", 0, 0, 0, "whom each level calls", "ghostctl oncall policy", NULL,
	  cmd_oncall_policy },
	{ "incidents", "list", "", 0, 0,
	  O(ALL) | O(STATE) | O(SEVERITY) | O(SUBJECT) | O(RULE) | O(SINCE) | O(UNTIL) | O(LIMIT) |
		  O(WATCH),
	  "what is open; with --all what was", "ghostctl incidents list --all --since 7d", NULL,
	  cmd_incidents_list },
	{ "incidents", "get", "INCIDENT", 1, 1, O(AFTER) | O(WATCH),
	  "all about one: who was told why, what is left to do", "ghostctl incidents get 12",
	  "INCIDENT is its number or its key.", cmd_incidents_get },
	{ "incidents", "open", "TITLE...", 1, 100,
	  O(SEVERITY) | O(KIND) | O(SUBJECT) | O(TEXT) | O(DEDUP) | O(TICKET) | O(SINCE) | CHANGE,
	  "open one by hand; those on call are told",
	  "ghostctl incidents open 'no blocks for 10 minutes' --severity critical",
	  "--kind plain, slashing, compromise, partition, rpc-loss: some have response\n"
	  "times and questions of their own.",
	  cmd_incidents_open },
	{ "incidents", "ack", "INCIDENT [COMMENT...]", 1, 100, CHANGE,
	  "it is yours: nobody else is told until it lapses",
	  "ghostctl incidents ack 12 looking at the disk",
	  "A comment is needed from high on. Good for four times the response time.",
	  cmd_incidents_ack },
	{ "incidents", "unack", "INCIDENT [COMMENT...]", 1, 100, CHANGE,
	  "give it back: others are told again", "ghostctl incidents unack 12 my shift ends", NULL,
	  cmd_incidents_unack },
	{ "incidents", "resolve", "INCIDENT [TEXT...]", 1, 100, CHANGE,
	  "it is over; what comes afterwards is a new one",
	  "ghostctl incidents resolve 12 disk cleaned", NULL, cmd_incidents_resolve },
	{ "incidents", "escalate", "INCIDENT [COMMENT...]", 1, 100, O(LEVEL) | CHANGE,
	  "tell the next level now", "ghostctl incidents escalate 12 --level lead", NULL,
	  cmd_incidents_escalate },
	{ "incidents", "severity", "INCIDENT SEVERITY [COMMENT...]", 2, 100, CHANGE,
	  "how bad it is; lowered only with a comment",
	  "ghostctl incidents severity 12 low a test machine", NULL, cmd_incidents_severity },
	{ "incidents", "note edit", "NOTE [TEXT...]", 1, 1000, O(FILE) | CHANGE,
	  "another text; what it said is kept",
	  "ghostctl incidents note edit incidents/12/notes/3 it was the other disk", NULL,
	  cmd_incidents_note_edit },
	{ "incidents", "note", "INCIDENT [TEXT...]", 1, 1000, O(FILE) | CHANGE,
	  "write a note, while it is open or afterwards",
	  "ghostctl incidents note 12 the disk was full of logs", "At most 16 KiB.",
	  cmd_incidents_note },
	{ "incidents", "answer", "INCIDENT FIELD TEXT...", 3, 1000, CHANGE,
	  "fill in a field of its template",
	  "ghostctl incidents answer 12 root_cause two machines with one key",
	  "A slashing, a compromise or a partition is resolved when all are filled in.",
	  cmd_incidents_answer },
	{ "incidents", "action add", "INCIDENT TEXT...", 2, 100,
	  O(KIND) | O(OWNER) | O(DUE) | CHANGE, "what is to be done so that it stays away",
	  "ghostctl incidents action add 12 rotate logs daily --owner ben --due 72h",
	  "--kind prevent (the usual), detect or mitigate.", cmd_incidents_action_add },
	{ "incidents", "action done", "ITEM", 1, 1, CHANGE, "an action item is done",
	  "ghostctl incidents action done 4", NULL, cmd_incidents_action_done },
	{ "incidents", "actions", "", 0, 0, O(LIMIT), "what is left to do, of all incidents",
	  "ghostctl incidents actions", NULL, cmd_incidents_actions },
	{ "incidents", "link", "INCIDENT OTHER", 2, 2, O(MERGE) | CHANGE,
	  "it belongs to another one, or is the same", "ghostctl incidents link 13 12 --merge",
	  NULL, cmd_incidents_link },
	{ "incidents", "rate", "RATING INCIDENT...", 2, 101, O(REASON) | CHANGE,
	  "was it worth a page: noise or actionable",
	  "ghostctl incidents rate noise 12 13 --reason 'flaky probe'", NULL, cmd_incidents_rate },
	{ "incidents", "announce", "INCIDENT TEXT...", 2, 1000, O(TITLE) | O(STATE) | CHANGE,
	  "tell the stakers' list and the status page",
	  "ghostctl incidents announce 12 --title 'Missed blocks' we are looking into it",
	  "--state investigating (the usual), identified, monitoring or resolved. - instead\n"
	  "of INCIDENT: of none. The list: channels with --events incident.announced.",
	  cmd_incidents_announce },
	{ "incidents", "export", "[INCIDENT...]", 0, 100, O(FORMAT) | O(SINCE) | O(UNTIL) | O(OUT),
	  "a postmortem (markdown), all (json), a list (csv)",
	  "ghostctl incidents export 12 --out postmortem.md",
	  "One incident is markdown unless said otherwise, several or none are csv.",
	  cmd_incidents_export },
	{ "incidents", "report", "", 0, 0, O(SINCE),
	  "how fast, what was late, which rules make noise",
	  "ghostctl incidents report --since 30d", NULL, cmd_incidents_report },
	{ "incidents", "watch", "", 0, 0, O(AFTER), "what is open and what happens, in 40 columns",
	  "ghostctl incidents watch", NULL, cmd_incidents_watch },
	{ "init", NULL, "", 0, 0,
	  O(DIR) | O(RPC) | O(TO) | O(POLICY) | O(PROOF) | O(CONTRACT) | O(FUNDER) |
		  O(PASSPHRASE_FILE) | O(YES),
	  "a fleet from nothing: config, token, safe address, kit",
	  "ghostctl init --dir fleet --rpc http://127.0.0.1:8545",
	  "Asks what was not said: the endpoint, solo or team, who pays, where money goes\n"
	  "home, the kit's passphrase. Without a terminal --rpc, --to and --policy are\n"
	  "needed, and the kit's passphrase goes into a file. The text that the address's\n"
	  "owner signs belongs to this fleet: it is shown on stderr, then --proof is read,\n"
	  "so that FILE may be a pipe. Nothing is overwritten; after a failure nothing is\n"
	  "left. --passphrase-file is the kit's.",
	  cmd_init },
	{ "info", NULL, "", 0, 0, 0, "the server's version, its chain, and who you are",
	  "ghostctl info", NULL, cmd_info },
	{ "health", NULL, "", 0, 0, CHECKS, "does it serve? exit 0 yes, 4 no, 3 not reached",
	  "ghostctl health", NULL, cmd_health },
	{ "gate", NULL, "", 0, 0, CHECKS, "may a deployment go ahead? exit 0 yes, 4 no",
	  "ghostctl gate", NULL, cmd_gate },
	{ "wait", "ready", "", 0, 0, CHECKS, "until the server serves; one minute, or --timeout",
	  "ghostctl wait ready --timeout 30s", NULL, cmd_wait_ready },
	{ "wait", "operation", "NAME", 1, 1, CHECKS, "until an operation has ended, or --timeout",
	  "ghostctl wait operation 17 --timeout 10m", NULL, cmd_wait_operation },
	{ "watch", NULL, "", 0, 0, O(AFTER) | O(ADDRESSES) | O(RPC) | O(VALIDATORS) | O(BEACON),
	  "events as they happen; -o jsonl for programs", "ghostctl watch -o jsonl",
	  "Goes on over lost connections. Ctrl-C, or --timeout, ends it.\n"
	  "\n"
	  "Without a server and without any key, it shows you your own fleet:\n"
	  "ghostctl watch --addresses wallets.csv --rpc https://... and, if you like,\n"
	  "--validators keys.txt --beacon http://... It starts a daemon that only looks,\n"
	  "and leaves nothing behind. Without a terminal, or with -o, it says once what\n"
	  "there is.",
	  cmd_watch },
	{ "fleet", NULL, "", 0, 0, O(LIMIT) | O(WATCH), "all wallets and validators on one page",
	  "ghostctl fleet -w",
	  "Waits until each was looked at once, at most --timeout (20s).\n"
	  "-o json: one object with the lists wallets and validators.",
	  cmd_fleet_page },
	{ "completion", NULL, "SHELL", 1, WORDS_MOST, 0,
	  "what bash, zsh or fish need to complete commands", "ghostctl completion bash",
	  "Now: source <(ghostctl completion bash)\n"
	  "For good: write it to a file that the shell reads at its start, as\n"
	  "/etc/bash_completion.d/ghostctl, _ghostctl in a folder of zsh's $fpath, or\n"
	  "~/.config/fish/completions/ghostctl.fish. The script asks the program what may\n"
	  "come next (completion words -- WORD...), and that asks the server for names of\n"
	  "wallets and operations, for a second at most.",
	  cmd_completion },
};
const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

static void option_line(FILE *f, enum opt_id id)
{
	const struct option_row *o = &option_table[id];
	char left[48];

	(void)snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "",
		       o->value ? o->value : "");
	if (o->letter)
		(void)fprintf(f, "  -%c, %-20s %s\n", o->letter, left, o->text);
	else
		(void)fprintf(f, "      %-20s %s\n", left, o->text);
}

static void row_line(FILE *f, const struct command *row)
{
	char left[48];

	(void)snprintf(left, sizeof(left), "%s%s%s%s%s", row->noun, row->verb ? " " : "",
		       row->verb ? row->verb : "", *row->args ? " " : "", row->args);
	(void)fprintf(f, "  %-22s %s\n", left, row->purpose);
}

static void common_options(FILE *f)
{
	(void)fprintf(f, "\nWith every command:\n");
	for (int i = 0; i < OPT_FIRST_OWN; i++)
		option_line(f, (enum opt_id)i);
}

void help_all(FILE *f)
{
	(void)fprintf(
		f, "ghostctl: a fleet of wallets, generated, funded, watched and brought home.\n\n"
		   "Look first:   ghostctl now\n"
		   "Stop it all:  ghostctl pause\n"
		   "Teach me:     ghostctl help fund\n\n");
	for (size_t i = 0; i < n_commands; i++)
		row_line(f, &commands[i]);
	common_options(f);
	(void)fprintf(
		f,
		"\nExit: 0 done, 1 the server said no or it failed, 2 wrong usage, 3 not reached\n"
		"or too late, 4 checked and not healthy, 5 partly failed.\n");
}

void help_noun(FILE *f, const char *noun)
{
	for (size_t i = 0; i < n_commands; i++)
		if (strcmp(commands[i].noun, noun) == 0)
			row_line(f, &commands[i]);
	(void)fprintf(f, "\nMore on one of them: ghostctl help %s VERB\n", noun);
}

void help_command(FILE *f, const struct command *row)
{
	(void)fprintf(f, "ghostctl %s%s%s%s%s%s\n\n", row->noun, row->verb ? " " : "",
		      row->verb ? row->verb : "", *row->args ? " " : "", row->args,
		      row->options & ~CHECKS ? " [options]" : "");
	(void)fprintf(f, "%s\n", row->purpose);
	if (row->more)
		(void)fprintf(f, "\n%s\n", row->more);
	(void)fprintf(f, "\nExample:\n  %s\n", row->example);
	if (row->options & ~CHECKS)
		(void)fprintf(f, "\nOptions:\n");
	for (int i = OPT_FIRST_OWN; i < OPTIONS; i++)
		if (row->options & OPTION_BIT(i))
			option_line(f, (enum opt_id)i);
	common_options(f);
}
