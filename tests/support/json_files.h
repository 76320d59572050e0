/* tests/support/json_files.h - the golden files of tests/data/json: each case as bytes and as the
 * JSON that another implementation made of it. */
#ifndef TESTS_SUPPORT_JSON_FILES_H
#define TESTS_SUPPORT_JSON_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json_kinds.pb-c.h"

struct json_case {
	char name[64];
	uint8_t *bytes;
	size_t n_bytes;
	char *json, *all_json; /* as it is, and with all fields */
	Tests__Json__Kinds *message;
};

/* The i-th case by its file's name; false after the last. Fails the test on a missing file. */
bool json_case_read(size_t i, struct json_case *out);
void json_case_free(struct json_case *c);

#endif
