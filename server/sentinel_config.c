#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/core/channel.h"
#include "server/secret_file.h"
#include "server/sentinel.h"
#include "server/toml.h"
#include "store/base/units.h"

enum { FILE_MAX = 1 << 20, SECRET_MAX = 2048 };

struct reading {
	struct turn *t;
	struct arena *mem;
	const char *path;
};

static const char *keep(struct reading *r, const char *s)
{
	char *kept = arena_alloc(r->mem, strlen(s) + 1);

	memcpy(kept, s, strlen(s));
	return kept;
}

static enum err bad(struct reading *r, const struct toml_node *n, const char *key, const char *want)
{
	return fail(r->t, ERR_INVALID, "%s:%u: %s: want %s", r->path, n ? n->at.line : 1, key,
		    want);
}

static enum err text_of(struct reading *r, const struct toml_node *table, const char *key,
			const char *usual, const char **out)
{
	const struct toml_node *n = toml_member(table, key);

	if (!n && !usual)
		return bad(r, table, key, "a text; it is missing");
	if (n && (n->kind != KIND_TEXT || strlen(n->text) != n->n))
		return bad(r, n, key, "a text");
	*out = keep(r, n ? n->text : usual);
	return OK;
}

static enum err span_of(struct reading *r, const struct toml_node *table, const char *key,
			const char *usual, int64_t least, int64_t *out)
{
	const char *text;

	TRY(text_of(r, table, key, usual, &text));
	if (!duration_parse(text, out) || *out < least)
		return bad(r, toml_member(table, key), key,
			   turn_printf(r->t, "a time as \"%s\", no less than %s", usual,
				       duration_str(r->t, least)));
	return OK;
}

static enum err secret_of(struct reading *r, const struct toml_node *table, const char *key,
			  const char **out)
{
	const char *file;
	char *line;

	*out = "";
	TRY(text_of(r, table, key, "", &file));
	if (!*file)
		return OK;
	TRY(secret_file_line(r->t, file, SECRET_MAX, &line));
	*out = keep(r, line);
	wipe(line, strlen(line));
	return OK;
}

/* Nothing is mistyped without a word. */
static enum err known(struct reading *r, const struct toml_node *table, const char *const *keys)
{
	for (const struct toml_node *n = table->first; n; n = n->next) {
		size_t k = 0;

		while (keys[k] && strcmp(keys[k], n->key) != 0)
			k++;
		if (!keys[k])
			return fail(r->t, ERR_INVALID, "%s:%u: there is no key '%.40s' here",
				    r->path, n->key_at.line, n->key);
	}
	return OK;
}

static enum err list_of(struct reading *r, const struct toml_node *table, const char *key,
			struct sentinel_channel *c)
{
	const struct toml_node *n = toml_member(table, key);

	if (!n || n->kind != KIND_ARRAY || n->n == 0 || n->n > SENTINEL_LIST)
		return bad(r, n ? n : table, key, "a list of 1 to 16 texts");
	for (const struct toml_node *i = n->first; i; i = i->next) {
		if (i->kind != KIND_TEXT || !*i->text)
			return bad(r, i, key, "a list of texts");
		c->list[c->n_list++] = keep(r, i->text);
	}
	return OK;
}

static enum err kind_of(struct reading *r, const struct toml_node *table,
			struct sentinel_channel *c)
{
	const char *word;

	TRY(text_of(r, table, "kind", NULL, &word));
	for (int k = CHANNEL_WEBHOOK; k <= CHANNEL_COMMAND; k++)
		if (strcmp(word, channel_kind_name((enum channel_kind)k)) == 0) {
			c->kind = (enum channel_kind)k;
			return OK;
		}
	return bad(r, toml_member(table, "kind"), "kind",
		   "webhook, email, pagerduty, slack, discord or command");
}

static enum err needs(struct reading *r, const struct toml_node *table, const char *key,
		      const char *value)
{
	return *value ? OK : bad(r, table, key, "something; a channel of this kind needs it");
}

static enum err read_channel(struct reading *r, const struct toml_node *table,
			     struct sentinel_channel *c)
{
	static const char *const keys[] = { "name",        "kind",      "url",
					    "secret_file", "username",  "sender",
					    "recipients",  "arguments", NULL };
	uint8_t key[WEBHOOK_KEY_MAX];
	size_t n;

	if (table->kind != KIND_TABLE)
		return bad(r, table, "channels", "[[channels]]");
	TRY(known(r, table, keys));
	TRY(text_of(r, table, "name", NULL, &c->name));
	TRY(kind_of(r, table, c));
	TRY(text_of(r, table, "url",
		    c->kind == CHANNEL_PAGERDUTY ? "https://events.pagerduty.com/v2/enqueue" : "",
		    &c->url));
	TRY(text_of(r, table, "username", "", &c->username));
	TRY(text_of(r, table, "sender", "", &c->sender));
	TRY(secret_of(r, table, "secret_file", &c->secret));
	if (c->kind == CHANNEL_COMMAND)
		return list_of(r, table, "arguments", c);
	if (c->kind != CHANNEL_SLACK && c->kind != CHANNEL_DISCORD)
		TRY(needs(r, table, "url", c->url));
	if (c->kind != CHANNEL_EMAIL || *c->username)
		TRY(needs(r, table, "secret_file", c->secret));
	if (c->kind == CHANNEL_WEBHOOK && !webhook_key(c->secret, key, &n))
		return bad(r, table, "secret_file", "\"whsec_\" and base64 in its first line");
	if (c->kind != CHANNEL_EMAIL)
		return OK;
	if (!strchr(c->sender, '@'))
		return bad(r, table, "sender", "an address as sentinel@example.org");
	return list_of(r, table, "recipients", c);
}

static enum err read_all(struct reading *r, const struct toml_node *root, struct sentinel *out)
{
	static const char *const tables[] = { "sentinel", "channels", NULL };
	static const char *const keys[] = {
		"name",         "url",          "state_file",           "ca_file", "every",
		"silent_after", "repeat_every", "heartbeat_token_file", NULL
	};
	const struct toml_node *s = toml_member(root, "sentinel");
	const struct toml_node *all = toml_member(root, "channels");

	TRY(known(r, root, tables));
	if (!s || s->kind != KIND_TABLE)
		return bad(r, root, "sentinel", "a table [sentinel]");
	TRY(known(r, s, keys));
	TRY(text_of(r, s, "name", "sentinel", &out->name));
	TRY(text_of(r, s, "url", NULL, &out->url));
	TRY(text_of(r, s, "state_file", NULL, &out->state));
	TRY(text_of(r, s, "ca_file", "", &out->ca_file));
	TRY(span_of(r, s, "every", "10s", 100, &out->every_ms));
	TRY(span_of(r, s, "silent_after", "60s", 100, &out->silent_after_ms));
	TRY(span_of(r, s, "repeat_every", "15m", 1000, &out->repeat_ms));
	TRY(secret_of(r, s, "heartbeat_token_file", &out->token));
	if (strncmp(out->url, "http://", 7) != 0 && strncmp(out->url, "https://", 8) != 0)
		return bad(r, toml_member(s, "url"), "url", "https://HOST:PORT of the HTTP door");
	if (!all || all->kind != KIND_ARRAY || all->n == 0 || all->n > SENTINEL_CHANNELS)
		return bad(r, all ? all : root, "channels", "1 to 16 [[channels]]");
	for (const struct toml_node *c = all->first; c; c = c->next)
		TRY(read_channel(r, c, &out->channels[out->n_channels++]));
	return OK;
}

enum err sentinel_load(struct turn *t, struct arena *mem, const char *path, struct sentinel *out)
{
	struct reading r = { t, mem, path };
	const struct toml_node *root;
	struct toml_fault fault;
	char *text = turn_alloc(t, FILE_MAX);
	FILE *f = fopen(path, "re");

	if (!f)
		return fail(t, ERR_REFUSED, "%s cannot be read: %s", path, strerror(errno));
	size_t n = fread(text, 1, FILE_MAX, f);

	(void)fclose(f);
	if (n == FILE_MAX)
		return fail(t, ERR_INVALID, "%s is longer than 1 MiB", path);
	*out = (struct sentinel){ 0 };
	if (!toml_read(t->mem, text, n, &root, &fault))
		return fail(t, ERR_INVALID, "%s:%u: %s", path, fault.at.line, fault.what);
	return read_all(&r, root, out);
}
