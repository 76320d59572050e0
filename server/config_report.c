#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/config_read.h"
#include "server/eth/addr.h"
#include "server/net/endpoints.h"
#include "store/base/hex.h"
#include "store/base/units.h"

static const char *put(struct arena *mem, const char *fmt, ...) PRINTF(2, 3);
static const char *put(struct arena *mem, const char *fmt, ...)
{
	struct buf b = buf_in(mem, 64 * 1024);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return buf_text(&b);
}

/* Providers put a key into the path, or a password before the host: neither is shown. */
static const char *list_text(struct turn *t, struct arena *mem, enum setting_kind kind,
			     const struct config_texts *list)
{
	struct buf b = buf_in(mem, 64 * 1024);

	for (size_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "",
			   kind == SETTING_URLS ? endpoint_url_shown(t, list->v[i]) : list->v[i]);
	return buf_text(&b);
}

static const char *addrs_text(struct arena *mem, const struct config_addrs *list)
{
	struct buf b = buf_in(mem, 8 * 1024);

	for (size_t i = 0; i < list->n; i++) {
		char text[ADDR_TEXT];

		addr_text(&list->v[i], text);
		buf_printf(&b, "%s%s", i ? ", " : "", text);
	}
	return buf_text(&b);
}

static const char *amount_of(struct arena *mem, const struct wei *w)
{
	char wei[WEI_TEXT], ether[AMOUNT_TEXT];
	size_t n;

	wei_text(*w, wei);
	n = strlen(wei);
	if (n < 9 || strcmp(wei + n - 6, "000000") != 0)
		return put(mem, "%swei", wei);
	amount_text(*w, n > 14 ? 18 : 9, 18, ether);
	return put(mem, "%s%s", ether, n > 14 ? "ether" : "gwei");
}

static const char *ms_text(struct arena *mem, int64_t ms)
{
	return ms % 1000 ? put(mem, "%lldms", (long long)ms)
			 : put(mem, "%llds", (long long)(ms / 1000));
}

static const char *hash_of(struct arena *mem, const struct config_hash *h)
{
	char hex[2 * sizeof(h->hash.b) + 1];

	hex_put(h->hash.b, sizeof(h->hash.b), hex);
	return h->given ? put(mem, "0x%s", hex) : "";
}

const char *value_text(struct turn *t, struct arena *mem, const struct setting *s, const void *base)
{
	const void *p = (const char *)base + s->at;
	const char *text;

	switch (s->kind) {
	case SETTING_TEXT:
	case SETTING_HOST:
	case SETTING_PATH:
		text = *(const char *const *)p;
		return text ? text : "";
	case SETTING_URL:
		text = *(const char *const *)p;
		return text ? put(mem, "%s", endpoint_url_shown(t, text)) : "";
	case SETTING_TEXTS:
	case SETTING_URLS:
	case SETTING_PUBKEYS:
		return list_text(t, mem, s->kind, p);
	case SETTING_U64:
	case SETTING_BYTES:
		return put(mem, "%llu", (unsigned long long)*(const uint64_t *)p);
	case SETTING_SECONDS:
		return put(mem, "%lld", (long long)(*(const int64_t *)p / 1000));
	case SETTING_DURATION:
		return ms_text(mem, *(const int64_t *)p);
	case SETTING_FLOAT:
		return put(mem, "%g", *(const double *)p);
	case SETTING_BOOL:
		return *(const bool *)p ? "true" : "false";
	case SETTING_AMOUNT:
	case SETTING_WEI:
		return amount_of(mem, p);
	case SETTING_ADDRESS: {
		char addr[ADDR_TEXT];

		addr_text(p, addr);
		return addr_eq(*(const struct eth_addr *)p, (struct eth_addr){ 0 })
			       ? ""
			       : put(mem, "%s", addr);
	}
	case SETTING_ADDRESSES:
		return addrs_text(mem, p);
	case SETTING_HASH:
		return hash_of(mem, p);
	case SETTING_CHOICE:
		return choice_name(mem, s->choices, *(const uint64_t *)p);
	case SETTING_KEY:
		return ((const struct config_key *)p)->given ? "(set)" : "";
	case SETTING_KEY_SOURCE:
		text = ((const struct config_key_source *)p)->file;
		return ((const struct config_key_source *)p)->key.given ? "(set)"
		       : text                                           ? text
									: "";
	}
	return "";
}

static const char *severity_text(enum config_severity severity)
{
	switch (severity) {
	case PROBLEM_ERROR:
		return "error";
	case PROBLEM_WARNING:
		return "warning";
	case PROBLEM_NOTE:
		return "note";
	case PROBLEM_UNCHECKED:
		return "not checked";
	}
	return "error";
}

/* A library's own text, into our buffer. */
static void add_json(struct buf *out, json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(2));

	if (text)
		buf_printf(out, "%s\n", text);
	free(text);
	json_decref(json);
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static bool usable(const struct config_problems *p)
{
	return p->errors == 0 && !(p->strict && p->warnings > 0);
}

static void report_json(const struct config *c, const struct config_problems *p, struct buf *out)
{
	json_t *list = json_array(), *unchecked = json_array();

	for (size_t i = 0; i < p->n; i++) {
		const struct config_problem *e = &p->v[i];

		(void)json_array_append_new(
			e->severity == PROBLEM_UNCHECKED ? unchecked : list,
			json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:o}", "severity",
				  severity_text(e->severity), "file", e->file, "line", (int)e->line,
				  "column", (int)e->column, "key", e->key, "what", e->what, "write",
				  text_or_null(e->write)));
	}
	add_json(out,
		 json_pack("{s:o, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:o}", "file",
			   text_or_null(c->file), "ok", usable(p), "strict", p->strict, "errors",
			   (json_int_t)p->errors, "warnings", (json_int_t)p->warnings, "wallets",
			   (json_int_t)c->n_wallets, "profiles", (json_int_t)c->n_profiles,
			   "problems", list, "not_checked", unchecked));
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void config_report(const struct config *c, const struct config_problems *p, bool json,
		   struct buf *out)
{
	if (json) {
		report_json(c, p, out);
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		const struct config_problem *e = &p->v[i];

		buf_str(out, e->file);
		if (e->line)
			buf_printf(out, ":%u:%u", e->line, e->column);
		buf_printf(out, ": %s: %s: %s", severity_text(e->severity), e->key, e->what);
		if (e->write)
			buf_printf(out, "; %s", e->write);
		buf_char(out, '\n');
	}
	if (p->n == CONFIG_PROBLEMS_MAX)
		buf_printf(out, "only the first %d are listed\n", CONFIG_PROBLEMS_MAX);
	buf_printf(out, "%s: %s: %zu error%s, %zu warning%s, %zu wallet%s, %zu profile%s\n",
		   c->file ? c->file : "environment", usable(p) ? "ok" : "not usable", p->errors,
		   plural(p->errors), p->warnings, plural(p->warnings), c->n_wallets,
		   plural(c->n_wallets), c->n_profiles, plural(c->n_profiles));
}

static const char *origin_text(struct arena *mem, const struct config_origin *at)
{
	switch (at->from) {
	case FROM_DEFAULT:
		return "default";
	case FROM_FILE:
		return put(mem, "%s:%u:%u", at->file, at->line, at->column);
	case FROM_ENV:
		return put(mem, "environment %s", at->name);
	case FROM_ENV_FILE:
		return put(mem, "%s:%u %s", at->file, at->line, at->name);
	}
	return "";
}

void config_show(const struct config *c, bool sources, bool json, struct buf *out)
{
	json_t *list = json ? json_array() : NULL;

	for (size_t i = 0; i < c->n_values; i++) {
		const struct config_value *v = &c->values[i];
		const char *from = origin_text(out->mem, &v->at);

		if (json)
			(void)json_array_append_new(list,
						    json_pack("{s:s, s:s, s:s}", "key", v->key,
							      "value", v->text, "source", from));
		else if (sources)
			buf_printf(out, "%-36s = %-44s # %s\n", v->key, v->text, from);
		else
			buf_printf(out, "%-36s = %s\n", v->key, v->text);
	}
	if (json)
		add_json(out, json_pack("{s:I, s:o}", "wallets", (json_int_t)c->n_wallets, "values",
					list));
	else
		buf_printf(out, "%zu wallet%s\n", c->n_wallets, plural(c->n_wallets));
}

static void reference_scope(struct buf *out, enum setting_scope scope, const char *title)
{
	buf_printf(out,
		   "\n## %s\n\n| setting | what to write | default | environment | meaning |\n"
		   "|---|---|---|---|---|\n",
		   title);
	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *s = &settings[i];
		const char *wants = setting_wants(s->kind);

		if (s->scope != scope)
			continue;
		buf_printf(out, "| `%s` | ", s->path);
		if (s->kind == SETTING_CHOICE) {
			for (uint64_t c = 0; choice_name(out->mem, s->choices, c); c++)
				buf_printf(out, "%s`%s`", c ? " " : "",
					   choice_name(out->mem, s->choices, c));
		} else {
			buf_str(out, wants);
		}
		if (s->hi > 0 && (s->kind == SETTING_U64 || s->kind == SETTING_SECONDS ||
				  s->kind == SETTING_FLOAT))
			buf_printf(out, ", %.0f to %.0f", s->lo, s->hi);
		buf_printf(out, " | %s%s%s | %s%s%s | %s%s |\n", s->deflt ? "`" : "",
			   s->deflt                      ? s->deflt
			   : s->flags & SETTING_REQUIRED ? "required"
							 : "",
			   s->deflt ? "`" : "", s->env ? "`" : "", s->env ? s->env : "",
			   s->env ? "`" : "", s->help,
			   s->flags & SETTING_SECRET ? " (secret: never shown)" : "");
	}
}

void config_reference(struct buf *out)
{
	buf_str(out,
		"# Configuration\n\nOne TOML file, `ghost-fleet --config FILE`. The environment "
		"wins over the file, the file over the\ndefaults; `--env-file FILE` reads "
		"NAME=VALUE "
		"lines (comments and quotes, no shell), which the\nenvironment wins over. "
		"`ghost-fleet --config FILE validate` says every problem with its place;\n"
		"`ghost-fleet --config FILE show --sources` says where each value comes from. "
		"Relative paths in the\nfile are taken from the file's folder, others from the "
		"working directory.\n\nMade from `server/settings.def`; a test compares the "
		"two.\n");
	reference_scope(out, ROOT, "Settings");
	reference_scope(out, PROFILE, "[profiles.NAME]");
	reference_scope(out, WALLET, "[[wallets]]");
}
