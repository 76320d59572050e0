/* Any text as a configuration: it ends with a configuration or with problems that have a place,
 * and what is reported of it is text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config.h"
#include "server/door/guard.h"
#include "tests/fuzz/fuzz.h"

static const char *file(void)
{
	static char path[64];

	if (!*path) {
		(void)snprintf(path, sizeof(path), "/tmp/gf-fuzz-%d.toml", (int)getpid());
		(void)remove(path);
	}
	return path;
}

static void done(void)
{
	(void)remove(file());
}

static void line_of_text(const char *text)
{
	for (const char *s = text; *s; s++)
		fuzz_must((unsigned char)*s >= ' ' && *s != 0x7f, "a word of control");
	fuzz_must(guard_text((const uint8_t *)text, strlen(text)), "a problem that is no text");
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const none[] = { NULL };
	struct config_env env = { .vars = none, .files = none };
	struct config_problems problems;
	struct config *c;
	struct turn *t = fuzz_begin();
	FILE *f = fopen(file(), "wb");

	fuzz_must(f && fwrite(p, 1, n, f) == n && fclose(f) == 0, "%s cannot be written", file());
	if (n == 0)
		(void)atexit(done);
	enum err e = config_load(t, file(), &env, &c, &problems);

	fuzz_must((e == OK) == (problems.errors == 0), "%s and %zu errors", err_name(e),
		  problems.errors);
	for (size_t i = 0; i < problems.n; i++) {
		const struct config_problem *is = &problems.v[i];

		fuzz_must(*is->key && *is->what, "a problem that says nothing");
		line_of_text(is->key);
		line_of_text(is->what);
		line_of_text(is->write ? is->write : "");
	}
	for (int json = 0; json < 2; json++) {
		struct buf out = buf_in(t->mem, 32 << 20);

		config_report(c, &problems, json, &out);
		config_show(c, true, json, &out);
		fuzz_must(!out.full && guard_text(out.p, out.n), "a report that is no text");
	}
	config_free(c);
	fuzz_end();
	return 0;
}
