/* client/args.h - the command line: what may be said, and what was said.
 *
 * Options are one table, commands are one table (client/commands.h); the parser, --help and the
 * refusals read both. Options may stand anywhere, as --name VALUE or --name=VALUE; "--" ends
 * them. A secret is never an argument: there is no option that takes one.
 */
#ifndef CLIENT_ARGS_H
#define CLIENT_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct turn;
struct cli;

/* X(id, letter or 0, name, value's name or NULL for a switch, what it does) */
#define OPTION_TABLE(X)                                                                            \
	X(CONTEXT, 0, "context", "NAME", "which fleet of ~/.config/ghostctl/config")               \
	X(ADDRESS, 0, "address", "HOST:PORT", "where it listens (127.0.0.1:50051)")                \
	X(TOKEN_FILE, 0, "token-file", "FILE", "the file that holds the token")                    \
	X(TLS_CA, 0, "tls-ca", "FILE", "talk TLS, to a server whose certificate is of this CA")    \
	X(TLS_CERT, 0, "tls-cert", "FILE", "talk TLS, and show this certificate")                  \
	X(TLS_KEY, 0, "tls-key", "FILE", "its key")                                                \
	X(TLS_NAME, 0, "tls-server-name", "NAME", "the name in the server's certificate")          \
	X(OUTPUT, 'o', "output", "FORMAT", "table, json or jsonl; checks: junit")                  \
	X(TIMEOUT, 0, "timeout", "TIME", "how long to wait for an answer, as 30s or 5m")           \
	X(HELP, 'h', "help", NULL, "what the command does, and an example")                        \
	X(VERSION, 0, "version", NULL, "what this program is")                                     \
	X(ACCEPT_TOKEN_TAX, 0, "accept-token-tax", NULL,                                           \
	  "although a token takes more than 1 % on the way")                                       \
	X(ADDRESSES, 0, "addresses", "FILE", "the addresses of your wallets, one a line or CSV")   \
	X(AFTER, 0, "after", "ID", "from this event on, instead of from now")                      \
	X(AT, 0, "at", "TIME", "when: 2h, 2026-11-29T02:00Z, or the zone's clock")                 \
	X(ALL, 0, "all", NULL, "also the retired or removed ones")                                 \
	X(CHANNEL, 0, "channel", "NAME", "only of this channel")                                   \
	X(BEACON, 0, "beacon", "URL", "the Beacon node that tells of the validators")              \
	X(CONTRACT, 0, "contract", NULL, "the address is a contract, as a Safe")                   \
	X(BASELINE, 0, "baseline", "N", "against so many days before them (as many)")              \
	X(COUNT, 'n', "count", "N", "how many")                                                    \
	X(DIR, 0, "dir", "DIR", "of the CA (~/.config/ghostctl/ca); of init (fleet)")              \
	X(BY, 0, "by", "WHAT", "sums by purpose, day, wallet or operation")                        \
	X(CSV, 0, "csv", NULL, "as comma-separated values")                                        \
	X(DAYS, 0, "days", "N", "so many days back (30)")                                          \
	X(DISABLE, 0, "disable", NULL, "the engine leaves it alone")                               \
	X(DRY_RUN, 0, "dry-run", NULL, "every check, and the plan; nothing is changed")            \
	X(ENABLE, 0, "enable", NULL, "the engine may let it act")                                  \
	X(EVENTS, 0, "events", "TYPE,...", "which events: operation.done,breaker.*, or *")         \
	X(EXPIRES, 0, "expires", "TIME", "from now on good for so long, as 90d")                   \
	X(FAILED, 0, "failed", NULL, "only those given up or being retried")                       \
	X(FILE, 0, "file", "FILE", "read them from here; - is stdin")                              \
	X(FIRST, 0, "first", "N", "the first index of the phrase (0)")                             \
	X(FOLLOW, 0, "follow", NULL, "go on with new ones until Ctrl-C")                           \
	X(FOR, 0, "for", "TIME", "for how long, as 30m or 2h")                                     \
	X(FORCE, 0, "force", NULL, "although the cause holds; needs --reason")                     \
	X(FROM, 0, "from", "ADDRESS", "who the mail is from")                                      \
	X(FUNDER, 0, "funder-key-file", "FILE", "who pays: 0x and 64 hex digits")                  \
	X(GATES, 0, "gates", "A,B,...", "what must hold: notice, incidents, health, duties")       \
	X(HOSTS, 0, "hosts", "A,B,...", "a server's: its DNS names and IP addresses")              \
	X(KEEP_OLD, 0, "keep-old", "TIME", "the secret of before signs so much longer")            \
	X(KIND, 0, "kind", "KIND", "which kind; the command's help says of what")                  \
	X(LABEL, 0, "label", "TEXT", "what it is called")                                          \
	X(LIGHT, 0, "light", NULL, "cheaper to open, also for a thief")                            \
	X(LIMIT, 0, "limit", "N", "show at most so many")                                          \
	X(LOCKDOWN, 0, "lockdown", NULL, "hold everything but money on its way home")              \
	X(NATIVE_ONLY, 0, "native-only", NULL, "leave stakes and tokens alone; only ether")        \
	X(NONCE, 0, "nonce", "N", "the one on this nonce of the wallet")                           \
	X(OPERATION, 0, "operation", "NAME", "only of this operation")                             \
	X(OUT, 0, "out", "FILE", "where it goes; must not be there yet")                           \
	X(PASSPHRASE_FILE, 0, "passphrase-file", "FILE", "its first line is the passphrase")       \
	X(PATH, 0, "path", "PATH", "above the wallets of the phrase (m/44'/60'/0'/0)")             \
	X(PHRASE_FILE, 0, "phrase-file", "FILE", "the recovery phrase of another program")         \
	X(POLICY, 0, "policy", "POLICY", "solo (one operator) or team")                            \
	X(PREFIX, 0, "prefix", "TEXT", "names are PREFIX-NNN (wallet)")                            \
	X(PROFILE, 0, "profile", "NAME", "the profile")                                            \
	X(PROOF, 0, "proof", "FILE", "a signature of its owner, in hex; - is stdin")               \
	X(RECIPIENTS, 0, "recipients", "A,B,...", "who gets the mail")                             \
	X(REPEAT, 0, "repeat", "RULE", "again by RFC 5545: FREQ=WEEKLY;BYDAY=SU")                  \
	X(REASON, 0, "reason", "TEXT", "why, for the record")                                      \
	X(REQUEST_ID, 0, "request-id", "ID", "repeat an earlier request; it is done once")         \
	X(ROLE, 0, "role", "ROLE,...", "viewer, operator, treasurer, ...")                         \
	X(RULE, 0, "rule", "RULE", "only of this rule; * stands for any text")                     \
	X(SECRET_FILE, 0, "secret-file", "FILE", "the secret is its first line; - is stdin")       \
	X(SINCE, 0, "since", "TIME", "events from then on: 2h, 2026-11-22T04:00:00Z")              \
	X(RPC, 0, "rpc", "URL", "a JSON-RPC endpoint of the chain")                                \
	X(SOURCE, 0, "source", "WALLET", "the wallet that pays, instead of the funder")            \
	X(STATE, 0, "state", "STATE,...", "only in these states")                                  \
	X(SUBJECT, 0, "subject", "NAME", "only about this: validators/7, wallets/*")               \
	X(TARGET, 0, "target", "AMOUNT", "what each wallet shall hold, as 0.05ether")              \
	X(TASK, 0, "task", "A;B;...", "what is to be done in it, in order")                        \
	X(TO, 0, "to", "ADDRESS", "a safe address; needed where there are several")                \
	X(TRIPPED, 0, "tripped", NULL, "only those whose breaker is not closed")                   \
	X(UNTIL, 0, "until", "TIME", "events up to then: 2h, 2026-11-22T04:00:00Z")                \
	X(UNTIL_RESOLVED, 0, "until-resolved", NULL, "it also ends with its incident")             \
	X(URGENT, 0, "urgent", NULL, "up to the ceiling for emergencies")                          \
	X(URI, 0, "uri", "URI", "of its certificate, as spiffe://ghost-fleet/alice")               \
	X(TYPED, 0, "typed", NULL, "as typed data in JSON (EIP-712), not as text")                 \
	X(URL, 0, "url", "URL", "where to")                                                        \
	X(USER, 0, "user", "NAME", "of the mail server")                                           \
	X(VALIDATORS, 0, "validators", "FILE", "the BLS keys of your validators, one a line")      \
	X(WALLET, 0, "wallet", "NAME", "only this wallet")                                         \
	X(WALLETS, 0, "wallets", "A,B,...", "only these wallets")                                  \
	X(WATCH, 'w', "watch", NULL, "show it again every 2 s")                                    \
	X(WITHOUT_FUNDER, 0, "without-funder", NULL, "leave the funder's key out")                 \
	X(CHANNELS, 0, "channels", "A,B:HIGH", "how they are reached; :HIGH for no less")          \
	X(EMAIL, 0, "email", "ADDRESS", "where they get mail")                                     \
	X(EVERY, 0, "every", "N", "so many days or weeks between two handoffs (1)")                \
	X(HANDOFFS, 0, "handoffs", "T,...", "of a custom rotation: 'mon 09:00,fri 17:00'")         \
	X(INSTEAD, 0, "instead", "NAME", "only of this one's shifts")                              \
	X(PEOPLE, 0, "people", "A,B,...", "in turn")                                               \
	X(PHONE, 0, "phone", "NUMBER", "where they can be called")                                 \
	X(DUE, 0, "due", "TIME", "to be done by then: 72h, or 2026-11-22T04:00:00Z")               \
	X(FORMAT, 0, "format", "FORMAT", "markdown, json or csv")                                  \
	X(DEDUP, 0, "dedup", "TEXT", "what makes it the same: one open incident each")             \
	X(LEVEL, 0, "level", "LEVEL", "primary, secondary or lead")                                \
	X(MERGE, 0, "merge", NULL, "it is the same, and ends here")                                \
	X(OWNER, 0, "owner", "NAME", "who does it")                                                \
	X(TEXT, 0, "text", "TEXT", "what is known of it")                                          \
	X(TICKET, 0, "ticket", NULL, "recorded, never paged")                                      \
	X(TITLE, 0, "title", "TEXT", "what is read first")                                         \
	X(START, 0, "start", "TIME", "the first handoff, there: 2026-11-02T09:00")                 \
	X(SEVERITY, 0, "severity", "SEVERITY", "low, medium, high or critical")                    \
	X(PERIOD, 0, "period", "TIME", "how often it is due, as 1d")                               \
	X(GRACE, 0, "grace", "TIME", "and late so much later, as 10m")                             \
	X(YES, 'y', "yes", NULL, "do not ask")                                                     \
	X(ZONE, 0, "zone", "ZONE", "of the IANA database, as Europe/Berlin (UTC)")

enum opt_id {
#define X(id, letter, name, value, text) OPT_##id,
	OPTION_TABLE(X)
#undef X
		OPTIONS
};

_Static_assert(OPTIONS < 127, "the set of options is 128 bits, and one says what else a row is");

/* A set of options, more than 64 of them; the one name that stands for a number, as C cannot write
 * it in every place where it is needed. */
__extension__ typedef unsigned __int128 option_set;
#define OPTION_BIT(id) ((option_set)1 << (id))
#define O(id)          OPTION_BIT(OPT_##id)
/* In a row's set: it checks something, and can say the result as JUnit XML. */
#define CHECKS OPTION_BIT(127)
enum { OPT_FIRST_OWN = OPT_VERSION + 1 }; /* those before it go with every command */

struct option_row {
	char letter;
	const char *name, *value, *text;
};
extern const struct option_row option_table[OPTIONS];

typedef enum err command_fn(struct turn *t, struct cli *c);

/* One row of the command table. */
struct command {
	const char *noun;
	const char *verb; /* NULL: the noun stands alone */
	const char *args; /* "WALLET"; "" for none; "[NAME]" when it may be left out */
	unsigned least, most;
	option_set options;
	const char *purpose; /* one line, no full stop */
	const char *example;
	const char *more; /* what else one must know; NULL: nothing */
	command_fn *fn;
};

struct args {
	const struct command *command; /* NULL: only words for `help` */
	const char *opt[OPTIONS];      /* NULL: not given; "" for a switch */
	const char **word;             /* what follows noun and verb */
	size_t n_words;
	bool help;
};

/* ERR_INVALID: one line that says what is wrong, with the nearest word that would have been
 * right. With --help or the word `help`, `help` is set and the number of words is not judged;
 * command is then NULL when no command was named. */
enum err args_parse(struct turn *t, const struct command *table, size_t n, int argc,
		    char *const argv[], struct args *out) MUST_USE;

/* The candidate that was most likely meant; NULL: none is near. */
const char *args_nearest(const char *word, const char *const *candidates, size_t n);

/* A whole number from 1 to most. ERR_INVALID names the option. */
enum err args_count(struct turn *t, const char *text, enum opt_id of, uint64_t most,
		    uint64_t *out) MUST_USE;

/* "a,b,c" in parts. Empty parts are left out. */
char **args_split(struct turn *t, const char *text, size_t *n_out);

/* The words from the n-th on, as one text. */
char *args_text(struct turn *t, const struct args *a, size_t from);

#endif
