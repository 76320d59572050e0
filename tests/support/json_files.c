#include "tests/support/json_files.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/stop.h"

#define FOLDER "tests/data/json/"
enum { FILE_MAX = 64 * 1024 };

static void *read_file(const char *name, const char *suffix, size_t *n_out)
{
	char path[160], *p = calloc(1, FILE_MAX + 1);

	(void)snprintf(path, sizeof(path), FOLDER "%s%s", name, suffix);
	FILE *f = fopen(path, "rb");

	if (!f || !p)
		stop_test("cannot read %s", path);
	*n_out = fread(p, 1, FILE_MAX, f);
	(void)fclose(f);
	return p;
}

bool json_case_read(size_t i, struct json_case *out)
{
	glob_t found;
	size_t n;

	if (glob(FOLDER "*.pb", 0, NULL, &found) != 0)
		stop_test("no files in " FOLDER);
	bool there = i < found.gl_pathc;

	*out = (struct json_case){ 0 };
	if (there) {
		const char *name = found.gl_pathv[i] + strlen(FOLDER);

		(void)snprintf(out->name, sizeof(out->name), "%.*s",
			       (int)(strlen(name) - strlen(".pb")), name);
	}
	globfree(&found);
	if (!there)
		return false;
	out->bytes = read_file(out->name, ".pb", &out->n_bytes);
	out->json = read_file(out->name, ".json", &n);
	out->all_json = read_file(out->name, ".all.json", &n);
	out->message = tests__json__kinds__unpack(NULL, out->n_bytes, out->bytes);
	if (!out->message)
		stop_test("%s.pb is not a message", out->name);
	return true;
}

void json_case_free(struct json_case *c)
{
	tests__json__kinds__free_unpacked(c->message, NULL);
	free(c->bytes);
	free(c->json);
	free(c->all_json);
}
