#include "tests/support/configs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/stop.h"
#include "tests/support/store.h"

void configs_begin(struct configs *f)
{
	*f = (struct configs){ .mem = arena_new((size_t)256 << 20) };
	test_dir(f->dir, sizeof(f->dir));
	turn_begin(&f->t, NULL, NULL, f->mem, "test", "tester", 60000);
}

void configs_end(struct configs *f)
{
	config_free(f->c);
	arena_free(f->mem);
	test_dir_remove(f->dir);
}

const char *configs_file(struct configs *f, const char *name, unsigned mode, const char *text)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];
	FILE *file;

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", f->dir, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, mode) != 0)
		stop_test("%s could not be written", path);
	return path;
}

void configs_read(struct configs *f, const char *text, const char *const *vars,
		  const char *const *files, size_t n_files)
{
	struct config_env env = { .vars = vars, .files = files, .n_files = n_files };

	config_free(f->c);
	f->said = config_load(&f->t, text ? configs_file(f, "config.toml", 0600, text) : NULL, &env,
			      &f->c, &f->problems);
}

struct config *configs_take(struct configs *f)
{
	struct config *c = f->c;

	if (f->said != OK)
		stop_test("%s", f->t.why);
	f->c = NULL;
	return c;
}

static void print_all(struct configs *f)
{
	struct buf text = buf_in(f->mem, 1 << 20);

	config_report(f->c, &f->problems, false, &text);
	(void)fprintf(stderr, "%s", buf_text(&text));
}

const struct config_problem *configs_find(struct configs *f, enum config_severity severity,
					  unsigned line, unsigned column, const char *key,
					  const char *word)
{
	for (size_t i = 0; i < f->problems.n; i++) {
		const struct config_problem *p = &f->problems.v[i];
		bool there = line == 0 || (p->line == line && p->column == column);
		char text[1024];

		(void)snprintf(text, sizeof(text), "%s; %s", p->what, p->write ? p->write : "");
		if (p->severity == severity && there && strcmp(p->key, key) == 0 &&
		    strstr(text, word))
			return p;
	}
	(void)fprintf(stderr, "wanted %u:%u %s \"%s\" among:\n", line, column, key, word);
	print_all(f);
	return NULL;
}

const struct config_problem *configs_problem(struct configs *f, enum config_severity severity,
					     unsigned line, unsigned column, const char *key,
					     const char *word)
{
	const struct config_problem *p = configs_find(f, severity, line, column, key, word);

	if (!p)
		stop_test("no problem at %u:%u of %s says \"%s\"", line, column, key, word);
	return p;
}

void configs_count(struct configs *f, size_t errors, size_t warnings)
{
	if (f->problems.errors == errors && f->problems.warnings == warnings)
		return;
	print_all(f);
	stop_test("wanted %zu errors and %zu warnings", errors, warnings);
}

const struct config_value *configs_value(struct configs *f, const char *key)
{
	for (size_t i = 0; i < f->c->n_values; i++)
		if (strcmp(f->c->values[i].key, key) == 0)
			return &f->c->values[i];
	stop_test("there is no setting %s", key);
}
