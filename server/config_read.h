/* server/config_read.h - the parts config_*.c share while a configuration is being read:
 * the table of settings, the reader, and how a problem is said.
 */
#ifndef SERVER_CONFIG_READ_H
#define SERVER_CONFIG_READ_H

#include <sodium.h>
#include <sys/types.h>

#include "server/config.h"
#include "server/toml.h"

enum setting_scope { ROOT, PROFILE, WALLET };

enum setting_flag {
	SETTING_REQUIRED = 1 << 0,
	SETTING_SECRET = 1 << 1,    /* its value is never shown */
	SETTING_KEY_FILE = 1 << 2,  /* names a file that only its owner may read */
	SETTING_NOT_ZERO = 1 << 3,  /* an amount of 0 is refused */
	SETTING_NO_EFFECT = 1 << 4, /* accepted and checked, then forgotten */
};

/* X(kind, what to write). What a kind stores stands in config_table.c. */
#define SETTING_KINDS(X)                                                                           \
	X(TEXT, "text in quotes")                                                                  \
	X(TEXTS, "a list, such as [\"a\", \"b\"]")                                                 \
	X(U64, "a whole number")                                                                   \
	X(SECONDS, "a whole number of seconds")                                                    \
	X(DURATION, "a duration with its unit, such as \"30s\" or \"500ms\"")                      \
	X(FLOAT, "a number")                                                                       \
	X(BOOL, "true or false")                                                                   \
	X(AMOUNT, "an amount with its unit, such as \"0.05ether\" or \"20gwei\"")                  \
	X(WEI, "a decimal number of wei in quotes, or an amount with its unit")                    \
	X(BYTES, "a size with its unit, such as \"64MiB\"")                                        \
	X(ADDRESS, "an address in quotes: 0x and 40 hex digits")                                   \
	X(ADDRESSES, "a list of addresses: [\"0x...\", \"0x...\"]")                                \
	X(HASH, "a hash in quotes: 0x and 64 hex digits")                                          \
	X(HOST, "an IP address in quotes, such as \"127.0.0.1\"")                                  \
	X(URL, "an address in quotes that begins with http:// or https://")                        \
	X(URLS, "a list of addresses that begin with http:// or https://")                         \
	X(PATH, "the path of a file in quotes")                                                    \
	X(CHOICE, "one of its words in quotes")                                                    \
	X(KEY, "a private key in quotes: 0x and 64 hex digits")                                    \
	X(KEY_SOURCE, "the path of a file in quotes")                                              \
	X(PUBKEYS, "a BLS public key in quotes: 0x and 96 hex digits")

enum setting_kind {
#define X(kind, wants) SETTING_##kind,
	SETTING_KINDS(X)
#undef X
};

struct setting {
	enum setting_scope scope;
	const char *path;
	enum setting_kind kind;
	size_t at; /* of the field; nothing is stored with SETTING_NO_EFFECT */
	const char *deflt;
	double lo, hi;
	const char *env;
	unsigned flags;
	const char *choices;
	const char *help;
};

extern const struct setting settings[];
extern const size_t n_settings;

/* NULL: no such setting. */
const struct setting *setting_find(enum setting_scope scope, const char *path);
/* Is `path` a table that holds settings: "chain", "plugins.ghostnet"? */
bool setting_is_section(enum setting_scope scope, const char *path);
/* The path, or the section, that `path` was probably meant to be; NULL: none is near. */
const char *setting_suggest(enum setting_scope scope, const char *path);
/* The section, as in the file, that `typed` was probably meant to be; NULL: none is near. */
const char *setting_suggest_section(struct arena *mem, const char *typed);
/* The same for a variable's name. */
const char *setting_suggest_env(const char *name);
/* How far two words are apart: letters put in, left out, changed, swapped. */
unsigned word_distance(const char *a, const char *b);
/* Near enough to have been meant? */
bool word_near(const char *typed, const char *known);
/* Is it one of "debug|info|warn"? Its place in *index_out. */
bool choice_find(const char *choices, const char *word, size_t n, uint64_t *index_out);
/* The index-th word; NULL past the end. */
const char *choice_name(struct arena *mem, const char *choices, uint64_t index);
const char *setting_wants(enum setting_kind kind);

/* One line of an environment file. */
struct env_var {
	struct env_var *next;
	const char *name, *value;
	struct config_origin at;
	mode_t mode; /* of the file */
};

struct reader {
	struct turn *t;
	struct arena *mem;     /* the config's */
	struct arena *scratch; /* the file, its tree and the environment files; cleared after */
	struct config *c;
	struct config_problems *problems;
	const struct config_env *vars;
	crypto_hash_sha256_state hash; /* of the file and of what the environment gave */
	const char *path;              /* the config file, to open it */
	const char *file;              /* the same, to speak of it; NULL: none */
	const char *dir;               /* its folder, for relative paths */
	mode_t mode;                   /* of the config file */
	bool key_in_file;              /* a private key stands in it */
	struct toml_place key_place;
	const struct toml_node *root;          /* NULL: none */
	struct config_origin *origins;         /* by setting: ROOT only */
	struct config_origin *profile_origins; /* by profile, then by setting */
	struct config_origin *profile_at;      /* by profile: where it begins */
	const struct toml_node **wallet_nodes; /* by wallet */
	size_t n_no_effect;                    /* settings read that have none */
	const char *no_effect_first;           /* the first of them */
	struct config_origin no_effect_at;
	struct env_var *env; /* of the environment files, the last line first: the last one wins */
};

/* A value as it was found: a node of the file, or text of the environment or a default. */
struct given {
	const struct setting *setting;
	const struct toml_node *node; /* NULL: see text */
	const char *text;
	struct config_origin at;
	const char *key; /* as a problem names it */
};

/* Text in the config's memory; in the scratch memory. */
const char *say(struct reader *r, const char *fmt, ...) PRINTF(2, 3);
const char *note(struct reader *r, const char *fmt, ...) PRINTF(2, 3);

/* In place: what is no character, or moves the cursor, becomes a question mark. */
const char *config_clean(const char *text);

/* `write` may be NULL. The place is `at`'s; FROM_DEFAULT means the file as a whole. */
void problem(struct reader *r, enum config_severity severity, struct config_origin at,
	     const char *key, const char *write, const char *fmt, ...) PRINTF(6, 7);

struct config_origin file_place(const struct reader *r, struct toml_place at);

/* Parse, check and store one value under `base`. False: a problem was said. */
bool value_set(struct reader *r, void *base, const struct given *g);
/* Its parts. A problem of the value, with what its kind takes; always false. */
bool value_refuse(struct reader *r, const struct given *g, const char *fmt, ...) PRINTF(3, 4);
bool value_refuse_kind(struct reader *r, const struct given *g); /* it is of the wrong kind */
bool value_text_of(struct reader *r, const struct given *g, const char **out);
bool value_url(struct reader *r, const struct given *g, const char *text);
bool value_addr(struct reader *r, const struct given *g, const char *text, struct eth_addr *out);
bool value_addresses(struct reader *r, const struct given *g, struct config_addrs *out);
bool value_list(struct reader *r, const struct given *g, struct config_texts *out);
/* As it holds now, for people; "(set)" for a secret. */
const char *value_text(struct turn *t, struct arena *mem, const struct setting *s,
		       const void *base);

/* The environment files into r->env. */
void env_read(struct reader *r);
/* What wins for `name`; false: it is not set, or empty. */
bool env_get(struct reader *r, const char *name, const char **value_out,
	     struct config_origin *at_out);
/* Values of the environment over those of the file. */
void env_apply(struct reader *r);
/* Names that look like ours and are not. */
void env_check_names(struct reader *r);

void config_defaults(struct reader *r);
/* The file's tables over the defaults, and the environment over them. */
void config_walk(struct reader *r);
/* What no single value can tell: between settings, wallets, profiles, files. */
void config_check(struct reader *r);
void config_check_wallets(struct reader *r);
void config_check_profiles(struct reader *r);
void config_check_tls(struct reader *r);
/* Where a setting of the root has its value from. */
struct config_origin config_origin_of(const struct reader *r, const char *path);
/* If it is there, only its owner may read it; said otherwise. */
void config_check_key_file(struct reader *r, const char *path, struct config_origin at,
			   const char *key);

/* A chain of this machine, where the public development keys are no danger. */
bool config_local_chain(uint64_t chain_id);
/* Is it one of the accounts that every development node is born with? */
bool config_public_account(struct eth_addr a);

#endif
