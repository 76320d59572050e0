#include "client/import.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "store/base/hex.h"
#include "store/base/turn.h"

enum column { COL_ADDRESS, COL_KEY, COL_PROFILE, COL_NAME, COLUMNS };

struct reader {
	struct imports *out;
	unsigned line;
	enum column column[COLUMNS]; /* CSV: what each field is */
	size_t columns;
	bool begun;   /* CSV: the head is behind us */
	bool inside;  /* TOML: in a [[wallets]] table */
	bool enabled; /* where the file does not say */
};

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = 0;
	return s;
}

static enum err wrong(struct turn *t, const struct reader *r, const char *what)
{
	return fail(t, ERR_INVALID, "line %u: %s", r->line, what);
}

static enum err new_wallet(struct turn *t, struct reader *r, Ghostfleet__V1__ImportedWallet **out)
{
	Ghostfleet__V1__ImportedWallet *w = turn_alloc(t, sizeof(*w));

	if (r->out->n == IMPORT_MOST)
		return wrong(t, r, "more than 20,000 wallets; split the file");
	ghostfleet__v1__imported_wallet__init(w);
	w->enabled = r->enabled;
	w->source = turn_printf(t, "line %u", r->line);
	r->out->wallet[r->out->n++] = w;
	*out = w;
	return OK;
}

static enum err set_key(struct turn *t, struct reader *r, Ghostfleet__V1__ImportedWallet *w,
			const char *value)
{
	if (!*value)
		return OK;
	if (strcasecmp(value, "sealed") == 0)
		return wrong(
			t, r,
			"the key is not in this file: it is sealed in the fleet's store; leave "
			"it empty to only watch the address");
	uint8_t *key = turn_alloc(t, IMPORT_KEY);

	if (!hex_get(value, key, IMPORT_KEY))
		return wrong(t, r, "private_key is not 64 hex digits");
	w->private_key = (ProtobufCBinaryData){ .len = IMPORT_KEY, .data = key };
	r->out->keys++;
	return OK;
}

static enum err set_address(struct turn *t, struct reader *r, Ghostfleet__V1__ImportedWallet *w,
			    const char *value)
{
	struct eth_addr a;

	if (*value && (strncmp(value, "0x", 2) != 0 || !hex_get(value, a.b, sizeof(a.b))))
		return wrong(t, r, "address is not 0x and 40 hex digits");
	w->address = turn_strdup(t, value);
	return OK;
}

static enum err set(struct turn *t, struct reader *r, Ghostfleet__V1__ImportedWallet *w,
		    enum column column, const char *value)
{
	switch (column) {
	case COL_ADDRESS:
		return set_address(t, r, w, value);
	case COL_KEY:
		return set_key(t, r, w, value);
	case COL_PROFILE:
		w->profile = turn_strdup(t, value);
		return OK;
	case COL_NAME:
		w->name = turn_strdup(t, value);
		return OK;
	case COLUMNS:
		break;
	}
	return wrong(t, r, "one field more than there are columns");
}

static enum err check(struct turn *t, const struct reader *r,
		      const Ghostfleet__V1__ImportedWallet *w)
{
	if (!*w->address && w->private_key.len == 0)
		return wrong(t, r, "a wallet needs an address, a private_key, or both");
	return OK;
}

static enum column column_named(const char *name)
{
	static const struct {
		const char *name;
		enum column column;
	} known[] = {
		{ "address", COL_ADDRESS }, { "private_key", COL_KEY }, { "profile", COL_PROFILE },
		{ "name", COL_NAME },       { "id", COL_NAME },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(known[i].name, name) == 0)
			return known[i].column;
	return COLUMNS;
}

/* Cuts at commas; ERR_INVALID on more fields than there can be. */
static enum err fields(struct turn *t, const struct reader *r, char *line, char *out[COLUMNS],
		       size_t *n_out)
{
	size_t n = 0;

	if (strchr(line, '"'))
		return wrong(t, r, "write the fields without quotes");
	for (char *s = line; s;) {
		char *comma = strchr(s, ',');

		if (comma)
			*comma = 0;
		if (n == COLUMNS)
			return wrong(t, r, "more fields than address, private_key, profile, name");
		out[n++] = trim(s);
		s = comma ? comma + 1 : NULL;
	}
	*n_out = n;
	return OK;
}

static enum err csv_head(struct turn *t, struct reader *r, char *field[COLUMNS], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		r->column[i] = column_named(field[i]);
		if (r->column[i] == COLUMNS)
			return fail(t, ERR_INVALID,
				    "line %u: the head line has a column '%.20s' that is none of "
				    "address, private_key, profile, name",
				    r->line, field[i]);
		for (size_t k = 0; k < i; k++)
			if (r->column[k] == r->column[i])
				return wrong(t, r, "the head line has a column twice");
	}
	r->columns = n;
	return OK;
}

static enum err csv_line(struct turn *t, struct reader *r, char *line)
{
	static const enum column usual[] = { COL_ADDRESS, COL_KEY, COL_PROFILE, COL_NAME };
	Ghostfleet__V1__ImportedWallet *w = NULL;
	char *field[COLUMNS];
	size_t n = 0;

	TRY(fields(t, r, line, field, &n));
	if (!r->begun) {
		r->begun = true;
		if (column_named(field[0]) != COLUMNS)
			return csv_head(t, r, field, n);
		memcpy(r->column, usual, sizeof(usual));
		r->columns = COLUMNS;
	}
	if (n > r->columns)
		return wrong(t, r, "more fields than the head line has");
	TRY(new_wallet(t, r, &w));
	for (size_t i = 0; i < n; i++)
		TRY(set(t, r, w, r->column[i], field[i]));
	return check(t, r, w);
}

/* A quoted text, or true and false; a comment may follow. NULL: neither. */
static char *toml_value(char *s)
{
	char *end;

	if (*s == '"' || *s == '\'') {
		end = strchr(s + 1, *s);
		if (!end || memchr(s, '\\', (size_t)(end - s)))
			return NULL;
		char *rest = end + 1;

		*end = 0;
		rest += strspn(rest, " \t");
		return *rest && *rest != '#' ? NULL : s + 1;
	}
	end = strchr(s, '#');
	if (end)
		*end = 0;
	s = trim(s);
	return strcmp(s, "true") == 0 || strcmp(s, "false") == 0 ? s : NULL;
}

static enum err toml_pair(struct turn *t, struct reader *r, char *line)
{
	Ghostfleet__V1__ImportedWallet *w = r->out->wallet[r->out->n - 1];
	char *eq = strchr(line, '=');

	if (!eq)
		return wrong(t, r, "write key = \"value\"");
	*eq = 0;
	const char *key = trim(line);
	char *value = toml_value(trim(eq + 1));

	if (!value)
		return wrong(t, r, "write the value as \"text\", true or false, on one line");
	if (strcmp(key, "enabled") == 0) {
		w->enabled = strcmp(value, "true") == 0;
		return OK;
	}
	enum column column = column_named(key);

	if (column == COLUMNS)
		return fail(t, ERR_INVALID,
			    "line %u: [[wallets]] has no key '%.20s' here; there are id, address, "
			    "private_key, profile and enabled",
			    r->line, key);
	return set(t, r, w, column, value);
}

static enum err toml_line(struct turn *t, struct reader *r, char *line)
{
	Ghostfleet__V1__ImportedWallet *w;

	if (*line != '[')
		return r->inside ? toml_pair(t, r, line) : OK;
	if (r->inside)
		TRY(check(t, r, r->out->wallet[r->out->n - 1]));
	r->inside = strncmp(line, "[[wallets]]", 11) == 0;
	return r->inside ? new_wallet(t, r, &w) : OK;
}

static bool is_toml(const char *text)
{
	for (const char *s = text; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncmp(s + strspn(s, " \t"), "[[wallets]]", 11) == 0)
			return true;
	}
	return false;
}

enum err import_read(struct turn *t, char *text, bool enabled, struct imports *out)
{
	struct reader r = { .out = out, .enabled = enabled };
	bool toml = is_toml(text);

	*out = (struct imports){ 0 };
	out->wallet = turn_array(t, IMPORT_MOST, sizeof(*out->wallet));
	for (char *s = text, *next; s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = 0;
		r.line++;
		char *line = trim(s);

		if (*line && *line != '#')
			TRY(toml ? toml_line(t, &r, line) : csv_line(t, &r, line));
	}
	if (r.inside)
		TRY(check(t, &r, out->wallet[out->n - 1]));
	if (out->n == 0)
		return fail(t, ERR_INVALID, "the file holds no wallets");
	return OK;
}
