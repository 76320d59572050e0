#include <string.h>

#include "server/eth/abi_item.h"
#include "server/eth/abi_type.h"
#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "server/eth/keccak.h"
#include "server/eth/key.h"
#include "server/eth/signed_text.h"
#include "server/eth/typed_data.h"
#include "store/base/hex.h"
#include "tests/support/vectors.h"

enum { TYPES = 1, RESULT, VALUES, TEXTS };

/* types, encoded, values or "-", then the values as an operator writes them or "-" */
void vector_abi(struct vector *v)
{
	struct bytes want = vector_bytes(v, v->f[RESULT]), got;
	const char *signature = turn_printf(v->t, "f%s", v->f[TYPES]);
	const struct abi_value *values;
	size_t n;

	if (strcmp(v->f[VALUES], "-") != 0) {
		values = vector_values(v, v->f[VALUES], &n);
		vector_check(v, abi_encode_types(v->t, v->f[TYPES], values, n, &got) == OK,
			     "encode");
		vector_check(v, bytes_same(got, want), "encoded");
	}
	vector_check(v, abi_decode(v->t, v->f[TYPES], want, &values, &n) == OK, "decode");
	vector_check(v, abi_encode(v->t, signature, values, n, &got) == OK, "encode again");
	vector_check(v, bytes_same((struct bytes){ got.p + 4, got.n - 4 }, want), "encoded again");
	if (v->n == TEXTS + 1 && n != 1 && strcmp(v->f[TEXTS], "-") == 0)
		return;
	vector_check(v,
		     abi_encode_text(v->t, signature, (const char *const *)v->f + TEXTS,
				     v->n - TEXTS, &got) == OK,
		     "encode from text");
	vector_check(v, bytes_same((struct bytes){ got.p + 4, got.n - 4 }, want),
		     "encoded from text");
}

/* the event as a person writes it, data, topics or "-", which are hashed or "-", values */
void vector_event(struct vector *v)
{
	struct abi_log want = { .data = vector_bytes(v, v->f[2]) }, got;
	const struct abi_value *values, *back;
	struct abi_item event;
	char *topics = v->f[3];
	const bool *hashed;
	size_t n;

	while (topics && strcmp(topics, "-") != 0)
		vector_check(
			v,
			want.n_topics < ABI_TOPICS_MAX &&
				hash_parse(strsep(&topics, ","), &want.topics[want.n_topics++]),
			"topic");
	values = vector_values(v, v->f[5], &n);
	vector_check(v, abi_item_parse(v->t, v->f[1], &event) == OK, "parse");
	vector_check(v, abi_event_encode(v->t, &event, values, n, &got) == OK, "encode");
	vector_check(v, bytes_same(got.data, want.data), "data");
	vector_check(v, got.n_topics == want.n_topics, "number of topics");
	for (size_t i = 0; i < want.n_topics; i++)
		vector_check(v, hash_eq(got.topics[i], want.topics[i]), "topic");
	vector_check(v, abi_event_decode(v->t, &event, &want, &back, &hashed) == OK, "decode");
	vector_check(v, n == 0 || strlen(v->f[4]) == n, "hashed flags");
	/* What is hashed is known by its hash only: the value stands in for it. */
	struct abi_value *whole = turn_array(v->t, n + 1, sizeof(*whole));

	for (size_t i = 0; i < n; i++) {
		vector_check(v, hashed[i] == (v->f[4][i] == 'h'), "hashed");
		whole[i] = hashed[i] ? values[i] : back[i];
	}
	vector_check(v, abi_event_encode(v->t, &event, whole, n, &got) == OK, "encode again");
	vector_check(v, bytes_same(got.data, want.data), "data again");
	for (size_t i = 0; i < want.n_topics; i++)
		vector_check(v, hash_eq(got.topics[i], want.topics[i]), "topic again");
}

/* the function as a person writes it, its canonical form, selector */
void vector_signature(struct vector *v)
{
	struct abi_type type;
	struct abi_item item;
	struct abi_selector s;

	vector_check(v, abi_item_parse(v->t, v->f[1], &item) == OK, "parse");
	vector_check(v, strcmp(item.signature, v->f[2]) == 0, item.signature);
	vector_check(v, strcmp(item.outputs, "(uint256)") == 0, item.outputs);
	vector_check(v, abi_type_signature(v->t, v->f[2], &type) == OK, "canonical form");
	s = abi_selector(item.signature);
	vector_check(v, strcmp(hex_of(v->t, s.b, sizeof(s.b)), v->f[3]) == 0, "selector");
}

/* types, values, keccak256 */
void vector_packed(struct vector *v)
{
	const struct abi_value *values;
	struct eth_hash h;
	struct bytes got;
	size_t n;

	values = vector_values(v, v->f[2], &n);
	vector_check(v, abi_encode_packed(v->t, v->f[1], values, n, &got) == OK, "pack");
	keccak256(got.p, got.n, &h);
	vector_check(v, strcmp(hash_str(v->t, h), v->f[3]) == 0, "hash");
}

/* JSON, encodeData of the message, what is signed, key or "-", signature or "-" */
void vector_typed(struct vector *v)
{
	struct bytes json = { (const uint8_t *)v->f[1], strlen(v->f[1]) }, got;
	struct eth_addr signer, owner;
	struct eth_signature sig;
	struct eth_hash h;

	vector_check(v, typed_data_encode(v->t, json, &got) == OK, "encode");
	vector_check(v, bytes_same(got, vector_bytes(v, v->f[2])), "encoded");
	vector_check(v, typed_data_hash(v->t, json, &h) == OK, "hash");
	vector_check(v, strcmp(hash_str(v->t, h), v->f[3]) == 0, "digest");
	if (strcmp(v->f[4], "-") == 0)
		return;
	SECRET struct secret key = vector_key(v, v->f[4]);
	struct bytes signature = vector_bytes(v, v->f[5]);

	curve_sign(&h, &key, &sig);
	vector_check(v,
		     memcmp(sig.r, signature.p, 32) == 0 &&
			     memcmp(sig.s, signature.p + 32, 32) == 0 &&
			     signature.p[64] == 27 + sig.parity,
		     "signature");
	key_address(&key, &owner);
	vector_check(v, signed_hash_owner(&h, signature, &signer) && addr_eq(signer, owner),
		     "signer");
}
