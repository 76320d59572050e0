/* tests/support/vectors.h - one public test vector: a line that tests/vectors/convert.js made. */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include "server/eth/abi.h"
#include "store/base/turn.h"

enum { VECTOR_FIELDS = 64 };

struct vector {
	struct turn *t; /* of this vector alone */
	char *f[VECTOR_FIELDS];
	size_t n;
	size_t index;      /* in its set */
	const char *where; /* the set and the number in it */
	bool sampled;  /* the machine is slow (a sanitizer): what takes seconds is left out... */
	bool left_out; /* ...and said so here */
};

typedef void vector_fn(struct vector *v);

/* vector_keys.c */
vector_fn vector_account, vector_hash, vector_words, vector_hd, vector_wallet, vector_number,
	vector_unit;
/* vector_txs.c */
vector_fn vector_tx, vector_odd_tx, vector_wide_tx, vector_rlp;
/* vector_abi.c */
vector_fn vector_abi, vector_event, vector_signature, vector_packed, vector_typed;

/* Fails the test with `what`, the vector and the turn's line. */
void vector_check(const struct vector *v, bool ok, const char *what);

struct bytes vector_bytes(const struct vector *v, const char *hex);
struct wei vector_wei(const struct vector *v, const char *decimal);
struct eth_addr vector_addr(const struct vector *v, const char *hex);
struct secret vector_key(const struct vector *v, const char *hex);
bool bytes_same(struct bytes a, struct bytes b);

/* "(n1,[t,f],xabcd)" as values; see convert.js. */
const struct abi_value *vector_values(const struct vector *v, const char *text, size_t *n_out);

#endif
