#include <stdlib.h>
#include <string.h>

#include "server/config_read.h"

#define TYPE_ROOT    struct config
#define TYPE_PROFILE struct config_profile
#define TYPE_WALLET  struct config_wallet

/* A row whose KIND does not fit its field does not compile. */
#define KIND_FITS(scope, kind, field)                                                              \
	_Static_assert(                                                                            \
		_Generic(&((TYPE_##scope *)0)->field, SETTING_TYPE_##kind * : 1, default : 0),     \
		#field " is not what " #kind " stores")
#define SETTING_TYPE_TEXT       const char *
#define SETTING_TYPE_TEXTS      struct config_texts
#define SETTING_TYPE_U64        uint64_t
#define SETTING_TYPE_SECONDS    int64_t
#define SETTING_TYPE_DURATION   int64_t
#define SETTING_TYPE_FLOAT      double
#define SETTING_TYPE_BOOL       bool
#define SETTING_TYPE_AMOUNT     struct wei
#define SETTING_TYPE_WEI        struct wei
#define SETTING_TYPE_BYTES      uint64_t
#define SETTING_TYPE_ADDRESS    struct eth_addr
#define SETTING_TYPE_ADDRESSES  struct config_addrs
#define SETTING_TYPE_HASH       struct config_hash
#define SETTING_TYPE_HOST       const char *
#define SETTING_TYPE_URL        const char *
#define SETTING_TYPE_URLS       struct config_texts
#define SETTING_TYPE_PATH       const char *
#define SETTING_TYPE_CHOICE     uint64_t
#define SETTING_TYPE_KEY        struct config_key
#define SETTING_TYPE_KEY_SOURCE struct config_key_source
#define SETTING_TYPE_PUBKEYS    struct config_texts

#define S(scope, path, kind, field, ...) KIND_FITS(scope, kind, field);
#define N(scope, path, kind, lo, hi)
#include "server/settings.def"
#undef S
#undef N

const struct setting settings[] = {
#define S(scope, path, kind, field, deflt, lo, hi, env, flags, choices, help)                      \
	{ scope,   path, SETTING_##kind, offsetof(TYPE_##scope, field), deflt, lo, hi, env, flags, \
	  choices, help },
#define N(scope, path, kind, lo, hi)                                                               \
	{ scope,                                                                                   \
	  path,                                                                                    \
	  SETTING_##kind,                                                                          \
	  0,                                                                                       \
	  NULL,                                                                                    \
	  lo,                                                                                      \
	  hi,                                                                                      \
	  NULL,                                                                                    \
	  SETTING_NO_EFFECT,                                                                       \
	  NULL,                                                                                    \
	  "accepted as earlier versions wrote it; has no effect" },
#include "server/settings.def"
#undef S
#undef N
};
const size_t n_settings = sizeof(settings) / sizeof(settings[0]);

const char *setting_wants(enum setting_kind kind)
{
	static const char *const wants[] = {
#define X(name, text) text,
		SETTING_KINDS(X)
#undef X
	};

	return wants[kind];
}

const struct setting *setting_find(enum setting_scope scope, const char *path)
{
	for (size_t i = 0; i < n_settings; i++)
		if (settings[i].scope == scope && strcmp(settings[i].path, path) == 0)
			return &settings[i];
	return NULL;
}

bool setting_is_section(enum setting_scope scope, const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < n_settings; i++)
		if (settings[i].scope == scope && strncmp(settings[i].path, path, n) == 0 &&
		    settings[i].path[n] == '.')
			return true;
	return false;
}

enum { WORD_MAX = 64 };

unsigned word_distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned row[3][WORD_MAX + 1];

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[na % 3][nb];
}

bool word_near(const char *typed, const char *known)
{
	size_t n = strlen(known);

	return word_distance(typed, known) <= (n < 4 ? 1 : n < 9 ? 2 : 3);
}

static const char *last_word(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* First the whole path, then the same last word in another section, then a near last word. */
const char *setting_suggest(enum setting_scope scope, const char *path)
{
	const char *best = NULL, *same = NULL;
	unsigned least = WORD_MAX;

	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *s = &settings[i];

		if (s->scope != scope)
			continue;
		if (!same && strcmp(last_word(s->path), last_word(path)) == 0)
			same = s->path;
		unsigned d = word_distance(path, s->path);

		if (d < least && word_near(last_word(path), last_word(s->path))) {
			least = d;
			best = s->path;
		}
	}
	return best && word_near(path, best) ? best : same ? same : best;
}

const char *setting_suggest_section(struct arena *mem, const char *typed)
{
	if (word_near(typed, "profiles"))
		return "profiles";
	if (word_near(typed, "wallets"))
		return "wallets";
	for (size_t i = 0; i < n_settings; i++) {
		const char *path = settings[i].path;

		for (const char *dot = strchr(path, '.'); dot && settings[i].scope == ROOT;
		     dot = strchr(dot + 1, '.')) {
			char *section = arena_alloc(mem, (size_t)(dot - path) + 1);

			memcpy(section, path, (size_t)(dot - path));
			if (word_near(typed, section))
				return section;
		}
	}
	return NULL;
}

const char *setting_suggest_env(const char *name)
{
	/* Earlier texts put our prefix before names that have none. */
	if (strncmp(name, "GHOST_FLEET_", 12) == 0)
		for (size_t i = 0; i < n_settings; i++)
			if (settings[i].env && strcmp(settings[i].env, name + 12) == 0)
				return settings[i].env;
	for (size_t i = 0; i < n_settings; i++)
		if (settings[i].env && strcmp(settings[i].env, name) != 0 &&
		    word_near(name, settings[i].env))
			return settings[i].env;
	return NULL;
}

bool choice_find(const char *choices, const char *word, size_t n, uint64_t *index_out)
{
	uint64_t index = 0;

	for (const char *s = choices; s; index++) {
		const char *end = strchr(s, '|');
		size_t len = end ? (size_t)(end - s) : strlen(s);

		if (len == n && strncmp(s, word, n) == 0) {
			*index_out = index;
			return true;
		}
		s = end ? end + 1 : NULL;
	}
	return false;
}

const char *choice_name(struct arena *mem, const char *choices, uint64_t index)
{
	const char *s = choices;

	for (; index > 0 && s; index--) {
		s = strchr(s, '|');
		s = s ? s + 1 : NULL;
	}
	if (!s)
		return NULL;
	size_t len = strcspn(s, "|");
	char *name = arena_alloc(mem, len + 1);

	memcpy(name, s, len);
	return name;
}
