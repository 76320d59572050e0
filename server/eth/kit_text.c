#include "server/eth/kit_text.h"

#include <jansson.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/key.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

static const char FORMAT[] = "ghost-fleet recovery kit";
enum { VERSION = 1 };

/* ---- out ---- */

/* Names and labels are printable ASCII but for these two, or are made so. */
static void put_text(struct buf *b, const char *s)
{
	buf_char(b, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(b, "\\u%04x", c);
		else
			buf_char(b, (char)c);
	}
	buf_char(b, '"');
}

static void put_keys(struct turn *t, struct buf *b, const struct kit *k)
{
	buf_str(b, ",\n\"keys\":[");
	for (size_t i = 0; i < k->n_keys; i++) {
		const struct kit_key *w = &k->keys[i];

		buf_str(b, i ? ",\n{\"name\":" : "\n{\"name\":");
		put_text(b, w->name);
		buf_printf(b, ",\"address\":\"%s\",\"private_key\":\"%s\",\"funder\":%s}",
			   addr_str(t, w->addr), hex_of(t, w->key.b, sizeof(w->key.b)),
			   w->funder ? "true" : "false");
	}
	buf_char(b, ']');
}

static void put_safe(struct turn *t, struct buf *b, const struct kit *k)
{
	buf_str(b, ",\n\"safe\":[");
	for (size_t i = 0; i < k->n_safe; i++) {
		const struct kit_safe *s = &k->safe[i];

		buf_printf(b, "%s\n{\"chain_id\":%llu,\"address\":\"%s\",\"active\":%s,\"label\":",
			   i ? "," : "", (unsigned long long)s->chain_id, addr_str(t, s->addr),
			   s->active ? "true" : "false");
		put_text(b, s->label);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

static void put_tokens(struct turn *t, struct buf *b, const struct kit *k)
{
	buf_str(b, ",\n\"tokens\":[");
	for (size_t i = 0; i < k->n_tokens; i++) {
		const struct kit_token *s = &k->tokens[i];

		buf_printf(b, "%s\n{\"address\":\"%s\",\"decimals\":%u,\"tax_bps\":%u,\"symbol\":",
			   i ? "," : "", addr_str(t, s->addr), s->decimals, s->tax_bps);
		put_text(b, s->symbol);
		buf_char(b, '}');
	}
	buf_char(b, ']');
}

enum err kit_print(struct turn *t, const struct kit *k, struct bytes *out)
{
	struct buf b = buf_in(t->mem, KIT_FILE_MAX - 1024);
	char when[CLOCK_TEXT];

	if (k->n_keys > KIT_KEYS_MAX)
		return fail(t, ERR_FULL,
			    "a kit takes %d imported keys and here are %zu: export those that are "
			    "not needed any more and destroy their keys here",
			    KIT_KEYS_MAX, k->n_keys);
	clock_text(k->created_ms, when);
	buf_printf(&b, "{\"format\":\"%s\",\"version\":%d,\n\"fleet\":", FORMAT, VERSION);
	put_text(&b, k->fleet);
	buf_printf(&b, ",\n\"created\":\"%s\",\"created_ms\":%lld,\n\"chain_id\":%llu", when,
		   (long long)k->created_ms, (unsigned long long)k->chain_id);
	if (k->has_genesis)
		buf_printf(&b, ",\"genesis\":\"%s\"", hash_str(t, k->genesis));
	if (k->words)
		buf_printf(&b,
			   ",\n\"seed\":{\"words\":\"%s\",\"path\":\"m/44'/60'/0'/0\",\"indices\":"
			   "%lld}",
			   k->words, (long long)k->indices);
	put_keys(t, &b, k);
	put_safe(t, &b, k);
	if (k->has_stake)
		buf_printf(&b, ",\n\"stake_contract\":\"%s\"", addr_str(t, k->stake));
	put_tokens(t, &b, k);
	buf_str(&b, "}\n");
	if (b.full)
		return fail(t, ERR_FULL, "the kit would be longer than 8 MiB");
	*out = (struct bytes){ b.p, b.n };
	return OK;
}

/* ---- in ---- */

static enum err bad(struct turn *t, const char *what)
{
	return fail(t, ERR_INVALID, "the kit opens, but %s: a newer program made it", what);
}

static const char *text_of(struct turn *t, json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? turn_strdup(t, s) : "";
}

static bool number_of(json_t *o, const char *name, json_int_t most, json_int_t *out)
{
	json_t *v = json_object_get(o, name);

	*out = json_integer_value(v);
	return json_is_integer(v) && *out >= 0 && *out <= most;
}

static bool addr_of(json_t *o, const char *name, struct eth_addr *out)
{
	const char *s = json_string_value(json_object_get(o, name)), *why;

	return s && addr_parse(s, out, &why);
}

static enum err read_key(struct turn *t, json_t *o, struct kit_key *w)
{
	const char *hex = json_string_value(json_object_get(o, "private_key")), *why;
	struct eth_addr owner;

	w->name = text_of(t, o, "name");
	w->funder = json_is_true(json_object_get(o, "funder"));
	if (!hex || !key_parse(hex, &w->key, &why) || !addr_of(o, "address", &w->addr))
		return bad(t, "one of its keys cannot be read");
	key_address(&w->key, &owner);
	if (!addr_eq(owner, w->addr))
		return fail_reason(t, REASON_ADDRESS_MISMATCH,
				   "the kit's key of '%.40s' is the key of %s, not of %s", w->name,
				   addr_str(t, owner), addr_str(t, w->addr));
	return OK;
}

static enum err read_safe(struct turn *t, json_t *o, struct kit_safe *s)
{
	json_int_t chain;

	s->label = text_of(t, o, "label");
	s->active = json_is_true(json_object_get(o, "active"));
	if (!number_of(o, "chain_id", INT64_MAX, &chain) || !addr_of(o, "address", &s->addr))
		return bad(t, "one of its safe addresses cannot be read");
	s->chain_id = (uint64_t)chain;
	return OK;
}

static enum err read_token(struct turn *t, json_t *o, struct kit_token *s)
{
	json_int_t decimals, tax;

	s->symbol = text_of(t, o, "symbol");
	if (!number_of(o, "decimals", 77, &decimals) || !number_of(o, "tax_bps", 10000, &tax) ||
	    !addr_of(o, "address", &s->addr))
		return bad(t, "one of its tokens cannot be read");
	s->decimals = (unsigned)decimals;
	s->tax_bps = (unsigned)tax;
	return OK;
}

/* An array of at most `most` items of `size` bytes, in the turn's memory. */
static enum err array_of(struct turn *t, json_t *root, const char *name, size_t most, size_t size,
			 json_t **array, void **items, size_t *n)
{
	*array = json_object_get(root, name);
	*n = json_array_size(*array);
	if (!json_is_array(*array) || *n > most)
		return bad(t, "one of its lists is missing or too long");
	*items = turn_array(t, *n + 1, size);
	return OK;
}

static enum err read_lists(struct turn *t, json_t *root, struct kit *k)
{
	json_t *list;
	void *items = NULL;

	TRY(array_of(t, root, "keys", KIT_KEYS_MAX, sizeof(*k->keys), &list, &items, &k->n_keys));
	k->keys = items;
	for (size_t i = 0; i < k->n_keys; i++)
		TRY(read_key(t, json_array_get(list, i), &k->keys[i]));
	TRY(array_of(t, root, "safe", KIT_SAFE_MAX, sizeof(*k->safe), &list, &items, &k->n_safe));
	k->safe = items;
	for (size_t i = 0; i < k->n_safe; i++)
		TRY(read_safe(t, json_array_get(list, i), &k->safe[i]));
	TRY(array_of(t, root, "tokens", KIT_TOKENS_MAX, sizeof(*k->tokens), &list, &items,
		     &k->n_tokens));
	k->tokens = items;
	for (size_t i = 0; i < k->n_tokens; i++)
		TRY(read_token(t, json_array_get(list, i), &k->tokens[i]));
	return OK;
}

static enum err read_seed(struct turn *t, json_t *seed, struct kit *k)
{
	uint8_t entropy[HD_ENTROPY_MAX];
	json_int_t indices;
	size_t n;

	if (!json_is_object(seed))
		return seed ? bad(t, "its seed cannot be read") : OK;
	k->words = text_of(t, seed, "words");
	if (!number_of(seed, "indices", HD_INDEX_MAX, &indices))
		return bad(t, "its index range cannot be read");
	k->indices = indices;
	enum err e = hd_entropy(t, k->words, entropy, &n);

	wipe(entropy, sizeof(entropy));
	return e;
}

static enum err read_root(struct turn *t, json_t *root, struct kit *k)
{
	const char *genesis = json_string_value(json_object_get(root, "genesis"));
	json_int_t version, chain, created;

	if (strcmp(text_of(t, root, "format"), FORMAT) != 0 ||
	    !number_of(root, "version", VERSION, &version) || version != VERSION)
		return bad(t, "it is no kit of version 1");
	if (!number_of(root, "chain_id", INT64_MAX, &chain) ||
	    !number_of(root, "created_ms", INT64_MAX, &created))
		return bad(t, "its chain or its date is missing");
	*k = (struct kit){ .fleet = text_of(t, root, "fleet"),
			   .created_ms = created,
			   .chain_id = (uint64_t)chain };
	k->has_genesis = genesis && hash_parse(genesis, &k->genesis);
	k->has_stake = addr_of(root, "stake_contract", &k->stake);
	TRY(read_seed(t, json_object_get(root, "seed"), k));
	return read_lists(t, root, k);
}

enum err kit_read(struct turn *t, struct bytes text, struct kit *out)
{
	json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);

	if (!root)
		return bad(t, "what is in it is not JSON");
	enum err e = read_root(t, root, out);

	json_decref(root);
	return e;
}
