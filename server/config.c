#include "server/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config_read.h"
#include "server/door/guard.h"
#include "store/base/turn.h"

/* Room for 150,000 wallets with their keys, as a tree and as structs. */
static const size_t MEMORY_MAX = (size_t)1 << 30;

static const char *text_in(struct arena *mem, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);

	va_end(again);
	if (n < 0)
		return "";
	char *text = arena_alloc(mem, (size_t)n + 1);

	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

const char *say(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = text_in(r->mem, fmt, ap);

	va_end(ap);
	return text;
}

const char *note(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *text = text_in(r->scratch, fmt, ap);

	va_end(ap);
	return text;
}

/* Text of the file and of toml++ is anything, cut anywhere; a problem is one line and good
 * JSON. */
const char *config_clean(const char *text)
{
	for (char *s = (char *)text; *s;) {
		size_t n = 1, left = strnlen(s, 4);

		while (n < left && !guard_text((const uint8_t *)s, n))
			n++;
		if (!guard_text((const uint8_t *)s, n) || (unsigned char)*s < 0x20 || *s == 0x7f) {
			*s = '?';
			n = 1;
		}
		s += n;
	}
	return text;
}

struct config_origin file_place(const struct reader *r, struct toml_place at)
{
	return (struct config_origin){
		.from = FROM_FILE, .file = r->file, .line = at.line, .column = at.column
	};
}

void problem(struct reader *r, enum config_severity severity, struct config_origin at,
	     const char *key, const char *write, const char *fmt, ...)
{
	struct config_problems *p = r->problems;
	struct config_problem *to;
	va_list ap;

	p->errors += severity == PROBLEM_ERROR;
	p->warnings += severity == PROBLEM_WARNING;
	if (p->n == CONFIG_PROBLEMS_MAX)
		return;
	to = &p->v[p->n++];
	to->severity = severity;
	to->file = at.from == FROM_ENV ? "environment"
		   : at.file           ? say(r, "%s", at.file)
		   : r->file           ? r->file
				       : "environment";
	to->line = at.line;
	to->column = at.column;
	to->key = config_clean(say(r, "%s", key));
	to->write = write ? config_clean(say(r, "%s", write)) : NULL;
	va_start(ap, fmt);
	to->what = config_clean(text_in(r->mem, fmt, ap));
	va_end(ap);
}

static void file_problem(struct reader *r, const char *what, const char *write)
{
	problem(r, PROBLEM_ERROR, (struct config_origin){ .file = r->file }, "config", write, "%s",
		what);
}

/* The whole file into scratch memory; NULL: said why not. */
static char *read_whole(struct reader *r, size_t *n_out)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		file_problem(r, note(r, "cannot be opened: %s", strerror(errno)),
			     errno == ENOENT ? "name the file that is there: --config FILE" : NULL);
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > TOML_FILE_MAX) {
		file_problem(r,
			     S_ISREG(st.st_mode) ? "is larger than 32 MiB" : "is no regular file",
			     NULL);
		goto out;
	}
	r->mode = st.st_mode;
	text = arena_alloc(r->scratch, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, text + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			file_problem(r, note(r, "cannot be read: %s", strerror(errno)), NULL);
			text = NULL;
		}
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	*n_out = n;
out:
	if (fd >= 0)
		(void)close(fd);
	return text;
}

static bool read_tree(struct reader *r)
{
	struct toml_fault fault;
	size_t n = 0;
	char *text = read_whole(r, &n);

	if (!text)
		return false;
	(void)crypto_hash_sha256_update(&r->hash, (const unsigned char *)text, n);
	if (toml_read(r->scratch, text, n, &r->root, &fault))
		return true;
	problem(r, PROBLEM_ERROR, file_place(r, fault.at), "TOML",
		"correct this first: what follows it was not read", "%s", fault.what);
	return false;
}

static void add_url(struct reader *r, struct config_texts *to, const char *url)
{
	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->v[i], url) == 0)
			return;
	to->v[to->n++] = say(r, "%s", url);
}

/* What follows from other settings where nothing was written. */
static void derive(struct reader *r)
{
	struct config *c = r->c;
	bool mega = c->chain.id == 4326 || c->chain.id == 6343, local = c->chain.id == 31337;
	struct config_texts urls = { .v = arena_alloc(r->mem,
						      (c->chain.urls.n + 1) * sizeof(*urls.v)) };

	if (c->chain.rpc_url)
		add_url(r, &urls, c->chain.rpc_url);
	for (size_t i = 0; i < c->chain.urls.n; i++)
		add_url(r, &urls, c->chain.urls.v[i]);
	c->chain.urls = urls;
	if (c->chain.confirmations == 0)
		c->chain.confirmations = mega || local ? 1 : c->chain.id == 1 ? 12 : 4;
	if (c->chain.in_flight == 0)
		c->chain.in_flight = mega ? 400 : local ? 1000 : 16;
	if (c->chain.block_time_ms == 0)
		c->chain.block_time_ms = mega || local ? 1000 : 12000;
}

/* Everything but the wallets, with its source. */
static void list_values(struct reader *r)
{
	struct config *c = r->c;
	size_t most = n_settings * (1 + c->n_profiles);

	c->values = arena_alloc(r->mem, most * sizeof(*c->values));
	for (size_t i = 0; i < n_settings; i++)
		if (settings[i].scope == ROOT && !(settings[i].flags & SETTING_NO_EFFECT))
			c->values[c->n_values++] = (struct config_value){
				.key = settings[i].path,
				.text = value_text(r->t, r->mem, &settings[i], c),
				.at = r->origins[i],
			};
	for (size_t p = 0; p < c->n_profiles; p++)
		for (size_t i = 0; i < n_settings; i++)
			if (settings[i].scope == PROFILE &&
			    !(settings[i].flags & SETTING_NO_EFFECT))
				c->values[c->n_values++] = (struct config_value){
					.key = say(r, "profiles.%s.%s", c->profiles[p].name,
						   settings[i].path),
					.text = value_text(r->t, r->mem, &settings[i],
							   &c->profiles[p]),
					.at = r->profile_origins[p * n_settings + i],
				};
}

static int by_place(const void *a, const void *b)
{
	const struct config_problem *x = a, *y = b;
	int file = strcmp(x->file, y->file);

	if (file)
		return file;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column != y->column ? x->column < y->column ? -1 : 1 : strcmp(x->key, y->key);
}

/* The folder of a file, "" for the one we stand in. */
static const char *folder_of(struct reader *r, const char *file)
{
	const char *slash = strrchr(file, '/');

	return !slash ? "" : slash == file ? "/" : say(r, "%.*s", (int)(slash - file), file);
}

static void read_all(struct reader *r)
{
	bool whole = !r->file || read_tree(r);

	env_read(r);
	if (!whole)
		return;
	config_walk(r);
	env_check_names(r);
	derive(r);
	config_check(r);
	list_values(r);
}

/* The first error, and how many there are. */
static enum err tell(struct turn *t, const struct config_problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct config_problem *e = &p->v[i];
		char place[32] = "", more[80] = "";

		if (e->severity != PROBLEM_ERROR)
			continue;
		if (e->line)
			(void)snprintf(place, sizeof(place), ":%u:%u", e->line, e->column);
		if (p->errors > 1)
			(void)snprintf(more, sizeof(more), " (%zu errors; `validate` lists them)",
				       p->errors);
		return fail(t, ERR_INVALID, "%.100s%s: %.60s %.100s%s%.60s%s", e->file, place,
			    e->key, e->what, e->write ? "; " : "", e->write ? e->write : "", more);
	}
	return OK;
}

enum err config_load(struct turn *t, const char *path, const struct config_env *env,
		     struct config **out, struct config_problems *problems_out)
{
	struct arena *mem = arena_new(MEMORY_MAX), *scratch = arena_new(MEMORY_MAX);
	struct config *c = arena_alloc(mem, sizeof(*c));
	struct reader r = { .t = t,
			    .mem = mem,
			    .scratch = scratch,
			    .c = c,
			    .problems = problems_out,
			    .vars = env,
			    .dir = "" };

	*out = c;
	c->mem = mem;
	*problems_out = (struct config_problems){
		.v = arena_alloc(mem, CONFIG_PROBLEMS_MAX * sizeof(struct config_problem))
	};
	if (path) {
		r.path = path;
		c->file = r.file = config_clean(say(&r, "%s", path));
		r.dir = folder_of(&r, path);
	}
	r.origins = arena_alloc(scratch, n_settings * sizeof(*r.origins));
	(void)crypto_hash_sha256_init(&r.hash);
	config_defaults(&r);
	read_all(&r);
	(void)crypto_hash_sha256_final(&r.hash, c->hash.b);
	qsort(problems_out->v, problems_out->n, sizeof(*problems_out->v), by_place);
	arena_free(scratch);
	return tell(t, problems_out);
}

void config_free(struct config *c)
{
	if (c)
		arena_free(c->mem);
}

const struct config_profile *config_profile(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_profiles; i++)
		if (strcmp(c->profiles[i].name, name) == 0)
			return &c->profiles[i];
	return NULL;
}

bool config_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}
