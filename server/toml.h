/* server/toml.h - a TOML 1.0 file as a plain tree, each key and value with its place.
 *
 * A thin wall around toml++, which is C++: no exception and no type of its own leaves it.
 * The tree lives in the arena it was read into.
 */
#ifndef SERVER_TOML_H
#define SERVER_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "store/base/arena.h"

enum toml_kind { KIND_TABLE, KIND_ARRAY, KIND_TEXT, KIND_INT, KIND_FLOAT, KIND_BOOL, KIND_DATE };

/* Lines and columns count from 1; columns count characters, not bytes. */
struct toml_place {
	unsigned line, column;
};

struct toml_node {
	enum toml_kind kind;
	const char *key; /* NULL in an array and at the root */
	struct toml_place key_at, at;
	struct toml_node *first; /* members of a table in the order of the file, or of an array */
	struct toml_node *next;
	size_t n;         /* members, or bytes of text */
	const char *text; /* NUL-terminated; may hold NULs of its own, see n */
	int64_t i;
	double f;
	bool b;
};

struct toml_fault {
	struct toml_place at;
	char what[200];
};

/* At most this many bytes; some 150,000 wallets. */
enum { TOML_FILE_MAX = 32 << 20 };

/* False: not TOML (the first fault, toml++ stops there), or the tree does not fit `mem`. */
bool toml_read(struct arena *mem, const char *text, size_t n, const struct toml_node **root_out,
	       struct toml_fault *fault_out);

/* The member of a table; NULL when there is none, or when `table` is no table. */
const struct toml_node *toml_member(const struct toml_node *table, const char *key);

#ifdef __cplusplus
}
#endif

#endif
