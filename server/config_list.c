#include <ctype.h>
#include <string.h>

#include "server/config_read.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"

enum { URL_LONGEST = 2048, PUBKEY_BYTES = 48 };

bool value_addr(struct reader *r, const struct given *g, const char *text, struct eth_addr *out)
{
	const char *why;

	if (!addr_parse(text, out, &why))
		return value_refuse(r, g, "is \"%.60s\": %s", text, why);
	if (addr_eq(*out, (struct eth_addr){ 0 }))
		return value_refuse(r, g, "is the zero address");
	return true;
}

bool value_url(struct reader *r, const struct given *g, const char *text)
{
	const char *host = strncmp(text, "http://", 7) == 0    ? text + 7
			   : strncmp(text, "https://", 8) == 0 ? text + 8
							       : NULL;

	if (strncmp(text, "ws://", 5) == 0 || strncmp(text, "wss://", 6) == 0)
		return value_refuse(r, g, "is a websocket address; nothing here uses one");
	if (!host)
		return value_refuse(r, g, "does not begin with http:// or https://");
	if (strlen(text) > URL_LONGEST)
		return value_refuse(r, g, "is longer than %d bytes", URL_LONGEST);
	if (strchr(text, ' '))
		return value_refuse(r, g, "holds a space");
	if (!isalnum((unsigned char)*host) && *host != '[')
		return value_refuse(r, g, "names no host");
	return true;
}

/* One element of a list, or of text that commas (and spaces) part. NULL after the last. */
struct cursor {
	const struct toml_node *node;
	const char *text;
	size_t i;
};

static struct cursor cursor_of(const struct given *g)
{
	return (struct cursor){ .node = g->node ? g->node->first : NULL, .text = g->text };
}

static const struct given *cursor_next(struct reader *r, const struct given *g, struct cursor *c,
				       struct given *out)
{
	*out = *g;
	out->key = note(r, "%s[%zu]", g->key, c->i++);
	if (g->node) {
		if (!c->node)
			return NULL;
		out->node = c->node;
		out->at = file_place(r, c->node->at);
		c->node = c->node->next;
		return out;
	}
	c->text += strspn(c->text, ", ");
	size_t n = strcspn(c->text, ", ");

	out->text = note(r, "%.*s", (int)n, c->text);
	c->text += n;
	return n ? out : NULL;
}

/* A list of at most `hi`; a single text stands for a list of one in the environment only. */
static bool list_size(struct reader *r, const struct given *g, size_t *n_out)
{
	struct cursor c = cursor_of(g);
	struct given one;

	if (g->node && g->node->kind != KIND_ARRAY)
		return value_refuse_kind(r, g);
	for (*n_out = 0; cursor_next(r, g, &c, &one); (*n_out)++)
		;
	if (g->setting->hi > 0 && (double)*n_out > g->setting->hi)
		return value_refuse(r, g, "has %zu entries; %.0f is the most", *n_out,
				    g->setting->hi);
	return true;
}

bool value_addresses(struct reader *r, const struct given *g, struct config_addrs *out)
{
	struct cursor c = cursor_of(g);
	struct given one;
	bool fine = true;
	size_t n;

	if (!list_size(r, g, &n))
		return false;
	out->v = arena_alloc(r->mem, (n + 1) * sizeof(*out->v));
	out->n = 0;
	while (cursor_next(r, g, &c, &one)) {
		const char *text;

		if (value_text_of(r, &one, &text) && value_addr(r, &one, text, &out->v[out->n]))
			out->n++;
		else
			fine = false;
	}
	return fine;
}

/* 0x and 96 hex digits; in lower case then. */
static bool pubkey_check(struct reader *r, const struct given *g, const char *text,
			 const char **out)
{
	uint8_t key[PUBKEY_BYTES];
	char hex[2 * PUBKEY_BYTES + 1];
	size_t n;

	if (hex_get_any(text, key, sizeof(key), &n) && n == 32)
		return value_refuse(r, g, "has 32 bytes; the BLS key of a validator has 48");
	if (!hex_get(text, key, sizeof(key)))
		return value_refuse(r, g, "is no BLS public key");
	hex_put(key, sizeof(key), hex);
	*out = say(r, "0x%s", hex);
	return true;
}

bool value_list(struct reader *r, const struct given *g, struct config_texts *out)
{
	struct given whole = *g;
	struct cursor c;
	struct given one;
	bool fine = true;
	size_t n;

	/* One key is a text; several are a list. */
	if (g->setting->kind == SETTING_PUBKEYS && g->node && g->node->kind == KIND_TEXT) {
		whole.text = g->node->text;
		whole.node = NULL;
	}
	if (!list_size(r, &whole, &n))
		return false;
	c = cursor_of(&whole);
	out->v = arena_alloc(r->mem, (n + 1) * sizeof(*out->v));
	out->n = 0;
	while (cursor_next(r, &whole, &c, &one)) {
		const char *text;
		bool good;

		if (one.node && one.node->kind == KIND_INT && g->setting->kind == SETTING_TEXTS) {
			out->v[out->n++] = say(r, "%lld", (long long)one.node->i);
			continue;
		}
		if (one.node && one.node->kind == KIND_BOOL && g->setting->kind == SETTING_TEXTS) {
			out->v[out->n++] = one.node->b ? "true" : "false";
			continue;
		}
		good = value_text_of(r, &one, &text);
		if (good)
			out->v[out->n] = say(r, "%s", text);
		if (good && g->setting->kind == SETTING_URLS)
			good = value_url(r, &one, text);
		if (good && g->setting->kind == SETTING_PUBKEYS)
			good = pubkey_check(r, &one, text, &out->v[out->n]);
		if (good)
			out->n++;
		fine = fine && good;
	}
	return fine;
}
