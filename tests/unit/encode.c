/* The one-pass encoder writes what protobuf-c's own writes, for every message of the contract. */
#include <stdlib.h>
#include <string.h>

#include "ghostfleet/v1/wallet.pb-c.h"
#include "proto/descriptors.h"
#include "server/door/encode.h"
#include "tests/support/test.h"

enum { ROUNDS = 40, DEPTH = 4 };

static struct turn t;
static uint64_t seed = 1;

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(256 << 20), "test", "tester", 1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(t.mem);
	return 0;
}

static unsigned pick(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static uint64_t number(void)
{
	static const uint64_t edges[] = { 0,
					  1,
					  127,
					  128,
					  16383,
					  16384,
					  INT32_MAX,
					  (uint64_t)INT32_MIN,
					  UINT32_MAX,
					  INT64_MAX,
					  (uint64_t)INT64_MIN,
					  UINT64_MAX };

	return pick(3) ? edges[pick(sizeof(edges) / sizeof(edges[0]))] : (seed ^ seed << 21);
}

static ProtobufCMessage *filled(const ProtobufCMessageDescriptor *d, unsigned depth);

static char *text(void)
{
	size_t n = pick(4) ? pick(20) : pick(400);
	char *s = turn_alloc(&t, n + 1);

	memset(s, 'a' + (int)pick(26), n);
	return s;
}

/* One value at `at`; false: left as it was. */
static bool fill_value(const ProtobufCFieldDescriptor *f, uint8_t *at, unsigned depth)
{
	uint64_t v = number();

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(char **)at = text();
		return true;
	case PROTOBUF_C_TYPE_BYTES:
		*(ProtobufCBinaryData *)at = (ProtobufCBinaryData){ 0 };
		((ProtobufCBinaryData *)at)->data = (uint8_t *)text();
		((ProtobufCBinaryData *)at)->len =
			strlen((char *)((ProtobufCBinaryData *)at)->data);
		return true;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (depth == DEPTH)
			return false;
		*(ProtobufCMessage **)at = filled(f->descriptor, depth + 1);
		return true;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)at = (int)pick(2);
		return true;
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
		memcpy(at, &v, 8);
		return true;
	case PROTOBUF_C_TYPE_DOUBLE:
		/* protobuf-c takes -0.0 for absent. */
		*(double *)at = (double)v;
		return true;
	case PROTOBUF_C_TYPE_FLOAT:
		*(float *)at = (float)v;
		return true;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
		memcpy(at, &v, 4);
		return true;
	}
	return false;
}

static size_t room_of(ProtobufCType type)
{
	switch ((int)type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	}
	return 4;
}

static void fill_field(const ProtobufCFieldDescriptor *f, uint8_t *m, unsigned depth)
{
	uint8_t *value = m + f->offset, *quantifier = m + f->quantifier_offset;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n = f->type == PROTOBUF_C_TYPE_MESSAGE && depth == DEPTH ? 0 : pick(4);
		uint8_t *list = turn_array(&t, n + 1, room_of(f->type));

		for (size_t i = 0; i < n; i++)
			(void)fill_value(f, list + i * room_of(f->type), depth);
		*(uint8_t **)value = list;
		*(size_t *)quantifier = n;
		return;
	}
	if (f->label != PROTOBUF_C_LABEL_REQUIRED && pick(3) == 0)
		return;
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		/* Two members share their memory. */
		if (*(uint32_t *)quantifier == 0 && fill_value(f, value, depth))
			*(uint32_t *)quantifier = f->id;
		return;
	}
	if (fill_value(f, value, depth) && f->label == PROTOBUF_C_LABEL_OPTIONAL &&
	    f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_MESSAGE)
		*(protobuf_c_boolean *)quantifier = 1;
}

static ProtobufCMessage *filled(const ProtobufCMessageDescriptor *d, unsigned depth)
{
	ProtobufCMessage *m = turn_alloc(&t, d->sizeof_message);

	protobuf_c_message_init(d, m);
	for (unsigned i = 0; i < d->n_fields; i++)
		fill_field(&d->fields[i], (uint8_t *)m, depth);
	return m;
}

static void same(const ProtobufCMessage *m)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *want = turn_alloc(&t, n + 1);
	struct bytes got = encode(&t, m);

	assert_int_equal(protobuf_c_message_pack(m, want), n);
	if (got.n != n || memcmp(got.p, want, n) != 0)
		fail_msg("%s: %zu bytes, wanted %zu\n", m->descriptor->name, got.n, n);
}

static void every_message_of_the_contract_is_encoded_alike(void **state)
{
	size_t n;
	const struct proto_method *m = proto_methods(&n);

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < n; i++) {
			same(filled(m[i].method->input, 0));
			same(filled(m[i].method->output, 0));
		}
		same(filled(proto_message("google.rpc.ErrorInfo"), 0));
		same(filled(proto_message("google.protobuf.FileDescriptorProto"), 0));
		arena_reset(t.mem);
	}
}

static void nothing_is_encoded_as_nothing(void **state)
{
	Ghostfleet__V1__Wallet w = GHOSTFLEET__V1__WALLET__INIT;
	struct bytes b = encode(&t, &w.base);

	(void)state;
	assert_int_equal(b.n, 0);
	assert_non_null(b.p);
}

static void what_was_present_as_zero_stays_present(void **state)
{
	Ghostfleet__V1__Wallet w = GHOSTFLEET__V1__WALLET__INIT;

	(void)state;
	w._hd_index_case = GHOSTFLEET__V1__WALLET___HD_INDEX_HD_INDEX;
	same(&w.base);
	assert_int_equal(encode(&t, &w.base).n, 2);
	w.name = NULL; /* a string nobody set */
	same(&w.base);
}

static void a_large_message_grows(void **state)
{
	Ghostfleet__V1__Wallet w = GHOSTFLEET__V1__WALLET__INIT, *list[500];
	Ghostfleet__V1__ListWalletsResponse r = GHOSTFLEET__V1__LIST_WALLETS_RESPONSE__INIT;
	char name[3000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	w.name = name;
	for (int i = 0; i < 500; i++)
		list[i] = &w;
	r.wallets = list;
	r.n_wallets = 500;
	r.next_page_token = (char *)"next";
	same(&r.base);
}

/* Fields that a newer caller sent come back as they were. */
static void unknown_fields_are_kept(void **state)
{
	static const uint8_t bytes[] = "\x0a\x01"
				       "a"
				       "\xc0\x3e\x96\x01"
				       "\xca\x3e\x02hi";
	ProtobufCMessage *m = protobuf_c_message_unpack(
		&ghostfleet__v1__get_wallet_request__descriptor, NULL, sizeof(bytes) - 1, bytes);

	(void)state;
	assert_non_null(m);
	assert_int_equal(m->n_unknown_fields, 2);
	same(m);
	protobuf_c_message_free_unpacked(m, NULL);
}

#define encode_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		encode_test(every_message_of_the_contract_is_encoded_alike),
		encode_test(nothing_is_encoded_as_nothing),
		encode_test(what_was_present_as_zero_stays_present),
		encode_test(a_large_message_grows),
		encode_test(unknown_fields_are_kept),
	};

	return cmocka_run_group_tests_name("unit.encode", tests, NULL, NULL);
}
