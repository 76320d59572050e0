#include "server/dev/addresses.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "store/base/hex.h"
#include "store/base/turn.h"

enum { LINE_MAX_BYTES = 1024, FIELDS = 16, KEY_BYTES = 32 };

struct reader {
	const char *path;
	unsigned line;
	size_t address, name; /* which field; FIELDS: none */
	bool begun;
	struct dev_address *v;
	size_t n, room;
};

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s) || *s == '"')
		s++;
	for (n = strlen(s); n > 0 && (isspace((unsigned char)s[n - 1]) || s[n - 1] == '"'); n--)
		s[n - 1] = 0;
	return s;
}

static size_t split(char *line, char *field[FIELDS])
{
	size_t n = 0;

	for (char *s = line, *next; s && n < FIELDS; s = next) {
		next = strpbrk(s, ",;\t");
		if (next)
			*next++ = 0;
		field[n++] = trim(s);
	}
	return n;
}

/* The head says which field is which. */
static enum err take_head(struct turn *t, struct reader *r, char *const field[], size_t n)
{
	r->address = r->name = FIELDS;
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(field[i], "address") == 0)
			r->address = i;
		else if (strcasecmp(field[i], "name") == 0 || strcasecmp(field[i], "id") == 0)
			r->name = i;
		else if (strcasecmp(field[i], "label") == 0 && r->name == FIELDS)
			r->name = i;
	if (r->address == FIELDS)
		return fail(t, ERR_INVALID,
			    "%s:%u: the first line is neither an address nor a head with a column "
			    "'address'",
			    r->path, r->line);
	return OK;
}

static enum err take_fields(struct turn *t, struct reader *r, char *const field[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t key[KEY_BYTES];

		if (hex_get(field[i], key, sizeof(key))) {
			wipe(key, sizeof(key));
			return fail(t, ERR_REFUSED,
				    "%s:%u: a private key, or what looks like one, stands here: to "
				    "watch, addresses are enough; make a file without keys",
				    r->path, r->line);
		}
	}
	if (!r->begun) {
		r->begun = true;
		if (strncasecmp(field[0], "0x", 2) != 0)
			return take_head(t, r, field, n);
	}
	if (r->address >= n || !*field[r->address])
		return fail(t, ERR_INVALID, "%s:%u: no address stands here", r->path, r->line);
	if (r->n == ADDRESSES_MAX)
		return fail(t, ERR_REFUSED, "%s:%u: more than %d addresses; split the file",
			    r->path, r->line, ADDRESSES_MAX);
	r->v = turn_grow(t, r->v, r->n, &r->room, sizeof(*r->v));
	r->v[r->n++] = (struct dev_address){
		.address = turn_strdup(t, field[r->address]),
		.name = turn_strdup(t, r->name < n ? field[r->name] : ""),
		.line = r->line,
	};
	return OK;
}

static enum err take_line(struct turn *t, struct reader *r, char *line)
{
	char *field[FIELDS];

	r->line++;
	if (!strchr(line, '\n') && strlen(line) + 1 == LINE_MAX_BYTES)
		return fail(t, ERR_INVALID, "%s:%u: the line is longer than %d characters", r->path,
			    r->line, LINE_MAX_BYTES);
	line[strcspn(line, "#\r\n")] = 0;
	if (!*trim(line))
		return OK;
	return take_fields(t, r, field, split(line, field));
}

enum err dev_addresses(struct turn *t, const char *path, struct dev_address **out, size_t *n_out)
{
	struct reader r = { .path = path, .address = 0, .name = 1 };
	char line[LINE_MAX_BYTES];
	FILE *f = fopen(path, "re");
	enum err e = OK;

	if (!f)
		return fail(t, ERR_REFUSED, "%s cannot be opened: %s", path, strerror(errno));
	while (e == OK && fgets(line, sizeof(line), f))
		e = take_line(t, &r, line);
	(void)fclose(f);
	wipe(line, sizeof(line));
	if (e == OK && r.n == 0)
		e = fail(t, ERR_INVALID, "%s holds no address", path);
	*out = r.v;
	*n_out = r.n;
	return e;
}
