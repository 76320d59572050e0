#include "server/core/classify.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct node_answer table[] = {
#define A(words, said, owner, who) { words, SAID_##said, OWNER_##owner, who },
#include "server/core/node_answers.def"
#undef A
};

/* An operator's own; set once, before anybody asks. */
static const struct node_answer *more;
static size_t n_more;

enum { REVERTED = 3, RATE_LIMITED = -32005, MEGA_LIMITED = -32021, MEGA_BUSY = -32022 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int contains(const char *text, const char *words)
{
	for (; *text; text++) {
		size_t i = 0;

		while (words[i] && lower(text[i]) == words[i])
			i++;
		if (!words[i])
			return 1;
	}
	return 0;
}

const struct node_answer *node_answers(size_t *n_out)
{
	*n_out = sizeof(table) / sizeof(table[0]);
	return table;
}

void classify_more(const struct node_answer *answers, size_t n)
{
	more = answers;
	n_more = n;
}

static const struct node_answer *find(const struct node_answer *in, size_t n, const char *message)
{
	for (size_t i = 0; i < n; i++)
		if (contains(message, in[i].words))
			return &in[i];
	return NULL;
}

/* A contract may write any text it likes into its revert. */
static bool is_revert(int64_t code, const char *message)
{
	static const char words[] = "execution reverted";
	size_t i = 0;

	while (words[i] && lower(message[i]) == words[i])
		i++;
	return code == REVERTED || !words[i];
}

struct verdict classify_send(int64_t code, const char *message)
{
	const struct node_answer *a;

	if (is_revert(code, message))
		return (struct verdict){ SAID_UNCLEAR, OWNER_CONTRACT };
	a = find(more, n_more, message);
	if (!a)
		a = find(table, sizeof(table) / sizeof(table[0]), message);
	if (a)
		return (struct verdict){ a->said, a->owner };
	if (code == RATE_LIMITED || code == MEGA_LIMITED || code == MEGA_BUSY)
		return (struct verdict){ SAID_LIMITED, OWNER_ENDPOINT };
	return (struct verdict){ SAID_UNCLEAR, OWNER_ENDPOINT };
}

/* Whose fault a meaning usually is. */
static enum owner usual_owner(enum said s)
{
	switch (s) {
	case SAID_UNCLEAR:
	case SAID_KNOWN:
	case SAID_NONCE_HIGH:
	case SAID_POOL_FULL:
	case SAID_LIMITED:
		return OWNER_ENDPOINT;
	case SAID_NONCE_LOW:
	case SAID_UNDERPRICED:
	case SAID_FUNDS:
		return OWNER_WALLET;
	case SAID_FEE_LOW:
	case SAID_INVALID:
		return OWNER_FLEET;
	}
	return OWNER_ENDPOINT;
}

bool node_answer_read(struct turn *t, const char *text, struct node_answer *out)
{
	const char *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	char *words;

	if (!colon)
		return false;
	while (*++colon == ' ')
		;
	if (strlen(colon) < ANSWER_WORDS_LEAST)
		return false;
	words = turn_strdup(t, colon);
	for (char *p = words; *p; p++)
		*p = lower(*p);
	for (enum said s = SAID_KNOWN; s <= SAID_INVALID; s++)
		if (strlen(said_name(s)) == n && strncmp(text, said_name(s), n) == 0) {
			*out = (struct node_answer){ words, s, usual_owner(s), "configuration" };
			return true;
		}
	return false;
}

const char *said_name(enum said s)
{
	static const char *const names[] = {
		[SAID_UNCLEAR] = "unclear",         [SAID_KNOWN] = "known",
		[SAID_NONCE_LOW] = "nonce-low",     [SAID_NONCE_HIGH] = "nonce-high",
		[SAID_UNDERPRICED] = "underpriced", [SAID_FUNDS] = "insufficient-funds",
		[SAID_FEE_LOW] = "fee-low",         [SAID_POOL_FULL] = "pool-full",
		[SAID_LIMITED] = "rate-limited",    [SAID_INVALID] = "invalid",
	};

	return names[s];
}

const char *owner_name(enum owner o)
{
	static const char *const names[] = {
		[OWNER_ENDPOINT] = "endpoint",
		[OWNER_FLEET] = "fleet",
		[OWNER_WALLET] = "wallet",
		[OWNER_CONTRACT] = "contract",
	};

	return names[o];
}
