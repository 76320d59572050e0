/* What bytes from outside must be: the walk over a message before it is decoded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ghostfleet/v1/wallet.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "server/door/guard.h"
#include "server/door/message.h"
#include "tests/support/test.h"

static struct turn t;

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(64 << 20), "test", "tester", 1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(t.mem);
	return 0;
}

static void refused(const ProtobufCMessageDescriptor *d, const void *p, size_t n, const char *word)
{
	t.why[0] = '\0';
	assert_int_equal(guard_message(&t, d, p, n), ERR_INVALID);
	if (!strstr(t.why, word))
		fail_msg("want '%s', got '%s'\n", word, t.why);
}

static void accepted(const ProtobufCMessageDescriptor *d, const void *p, size_t n)
{
	if (guard_message(&t, d, p, n) != OK)
		fail_msg("refused: %s\n", t.why);
}

static void text_is_utf8_without_nul(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool good;
	} list[] = {
		{ "", 0, true },
		{ "plain ascii of more than eight bytes", 36, true },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x91\xbb", 9, true },
		{ "\x7f", 1, true },
		{ "\xef\xbf\xbf", 3, true },     /* U+FFFF */
		{ "\xf4\x8f\xbf\xbf", 4, true }, /* U+10FFFF */
		{ "\xed\x9f\xbf", 3, true },     /* U+D7FF */
		{ "ab\0cdefghijk", 13, false },  /* NUL, within eight */
		{ "abcdefgh\0", 9, false },      /* and behind */
		{ "\x80", 1, false },            /* a continuation alone */
		{ "\xc0\xaf", 2, false },        /* overlong */
		{ "\xc1\xbf", 2, false },
		{ "\xe0\x80\xaf", 3, false },
		{ "\xe0\x9f\xbf", 3, false },
		{ "\xf0\x8f\xbf\xbf", 4, false },
		{ "\xed\xa0\x80", 3, false }, /* a surrogate */
		{ "\xed\xbf\xbf", 3, false },
		{ "\xf4\x90\x80\x80", 4, false }, /* above U+10FFFF */
		{ "\xf5\x80\x80\x80", 4, false },
		{ "\xff\xfe", 2, false },
		{ "\xc3", 1, false }, /* cut short */
		{ "\xe2\x82", 2, false },
		{ "\xf0\x9f\x91", 3, false },
		{ "\xc3\x28", 2, false },
		{ "\xe2\x28\xa1", 3, false },
		{ "\xe2\x82\x28", 3, false },
		{ "12345678\xff", 9, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (guard_text((const uint8_t *)list[i].text, list[i].n) != list[i].good)
			fail_msg("text %zu\n", i);
}

/* A message inside itself, `depth` of them: DescriptorProto.nested_type is field 3. */
static uint8_t *nested(unsigned depth, size_t *n_out)
{
	size_t room = 8 * (depth + 1), at = room;
	uint8_t *p = malloc(room);

	assert_non_null(p);
	for (unsigned i = 1; i < depth; i++) {
		size_t n = room - at;
		uint8_t len[5];
		size_t k = 0;

		do
			len[k++] = (uint8_t)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
		while ((n >>= 7) != 0);
		while (k > 0)
			p[--at] = len[--k];
		p[--at] = 3 << 3 | 2;
	}
	*n_out = room - at;
	memmove(p, p + at, *n_out);
	return p;
}

static void nesting_has_a_limit(void **state)
{
	size_t n;
	uint8_t *p = nested(GUARD_DEPTH, &n);

	(void)state;
	accepted(&google__protobuf__descriptor_proto__descriptor, p, n);
	free(p);
	p = nested(GUARD_DEPTH + 1, &n);
	refused(&google__protobuf__descriptor_proto__descriptor, p, n, "nested too deeply");
	assert_non_null(strstr(t.why, "nested_type[0].nested_type[0]"));
	free(p);
	p = nested(200000, &n);
	refused(&google__protobuf__descriptor_proto__descriptor, p, n, "nested too deeply");
	free(p);
}

static void the_path_names_the_element(void **state)
{
	Ghostfleet__V1__ImportWalletsRequest q = GHOSTFLEET__V1__IMPORT_WALLETS_REQUEST__INIT;
	Ghostfleet__V1__ImportedWallet w[3], *list[3] = { &w[0], &w[1], &w[2] };
	uint8_t bytes[200];

	(void)state;
	for (int i = 0; i < 3; i++)
		ghostfleet__v1__imported_wallet__init(&w[i]);
	w[0].name = (char *)"fine";
	w[2].profile = (char *)"not \xff fine";
	q.request_id = (char *)"r";
	q.wallets = list;
	q.n_wallets = 3;
	size_t n = ghostfleet__v1__import_wallets_request__pack(&q, bytes);

	refused(&ghostfleet__v1__import_wallets_request__descriptor, bytes, n,
		"wallets[2].profile: is not UTF-8");
	/* Bytes are bytes. */
	w[2].profile = (char *)"";
	w[1].private_key = (ProtobufCBinaryData){ 3, (uint8_t *)"\xff\0\xfe" };
	n = ghostfleet__v1__import_wallets_request__pack(&q, bytes);
	accepted(&ghostfleet__v1__import_wallets_request__descriptor, bytes, n);
}

static void elements_are_counted_in_all(void **state)
{
	/* ListWalletsRequest.states is field 3, packed; and not packed. */
	size_t n = GUARD_ELEMENTS + 1, at = 0;
	uint8_t *p = malloc(2 * n + 8);

	(void)state;
	assert_non_null(p);
	p[at++] = 3 << 3 | 2;
	p[at++] = (uint8_t)((n & 0x7f) | 0x80);
	p[at++] = (uint8_t)((n >> 7 & 0x7f) | 0x80);
	p[at++] = (uint8_t)(n >> 14);
	memset(p + at, 1, n);
	refused(&ghostfleet__v1__list_wallets_request__descriptor, p, at + n,
		"states[0]: has too many elements");
	for (size_t i = 0; i < n; i++) {
		p[2 * i] = 3 << 3;
		p[2 * i + 1] = 1;
	}
	refused(&ghostfleet__v1__list_wallets_request__descriptor, p, 2 * n,
		"states[65536]: has too many elements");
	accepted(&ghostfleet__v1__list_wallets_request__descriptor, p, 2 * (n - 1));
	free(p);
	refused(&ghostfleet__v1__list_wallets_request__descriptor, "\x1a\x02\x01\x80", 4,
		"states[0]: is cut short");
}

static void unknown_fields_are_let_by_but_counted(void **state)
{
	const ProtobufCMessageDescriptor *d = &ghostfleet__v1__get_wallet_request__descriptor;
	uint8_t p[2 * (GUARD_UNKNOWN + 1)];

	(void)state;
	for (size_t i = 0; i <= GUARD_UNKNOWN; i++) {
		p[2 * i] = 15 << 3;
		p[2 * i + 1] = 1;
	}
	accepted(d, p, 2 * GUARD_UNKNOWN);
	refused(d, p, sizeof(p), "too many unknown fields");
	/* Of every wire type but groups. */
	accepted(d, "\x78\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
	accepted(d,
		 "\x79"
		 "12345678",
		 9);
	accepted(d, "\x7a\x03\xff\xff\xff", 5);
	accepted(d,
		 "\x7d"
		 "1234",
		 5);
	refused(d, "\x7b\x7c", 2, "groups");
	refused(d, "\x7c", 1, "groups");
}

/* protobuf-c 1.4 cannot merge two of them where the protocol would; what it reads as a varint has
 * an end. */
static void what_the_decoder_cannot_do_is_refused_by_name(void **state)
{
	const ProtobufCMessageDescriptor *d = &ghostfleet__v1__update_wallet_request__descriptor;

	(void)state;
	accepted(d, "\x0a\x00", 2);
	refused(d, "\x0a\x00\x0a\x00", 4, "wallet: is there twice");
	refused(d, "\x8a\x80\x80\x80\x80\x00\x00", 7, "not a protobuf message");
	refused(d, "\x0a\x80\x80\x80\x80\x80\x00", 7, "wallet: is cut short");
}

static void what_is_not_a_message_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *word;
	} list[] = {
		{ "\x0a", 1, "name: is cut short" },
		{ "\x0a\x05"
		  "abc",
		  5, "name: is cut short" },
		{ "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "name: is cut short" },
		{ "\x08\x01", 2, "name: has another type" },
		{ "\x00\x00", 2, "not a protobuf message" },
		{ "\x02\x00", 2, "not a protobuf message" },
		{ "\x0e", 1, "not a protobuf message" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, "not a protobuf message" },
		{ "\x78\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, "cut short" },
		{ "\x7d\x01", 2, "cut short" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		refused(&ghostfleet__v1__get_wallet_request__descriptor, list[i].bytes, list[i].n,
			list[i].word);
}

/* Whatever the walk lets by, protobuf-c decodes; whatever it is given, nothing breaks. */
static void random_bytes_never_get_past_it_undecodable(void **state)
{
	const ProtobufCMessageDescriptor *list[] = {
		&ghostfleet__v1__import_wallets_request__descriptor,
		&ghostfleet__v1__update_wallet_request__descriptor,
		&google__protobuf__file_descriptor_proto__descriptor,
	};
	uint32_t seed = 12345;
	unsigned passed = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		const ProtobufCMessageDescriptor *d = list[round % 3];
		uint8_t p[24];
		ProtobufCMessage *m = NULL;
		size_t n = 1 + (size_t)round % sizeof(p);

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			/* Small numbers more often: they make keys and lengths that fit. */
			p[i] = seed & 1u << 20 ? (uint8_t)(seed >> 24)
					       : (uint8_t)(seed >> 24 & 0x1f);
		}
		if (guard_message(&t, d, p, n) == OK) {
			enum err e = message_decode(&t, d, p, n, &m);

			/* proto2's required fields are the one thing the walk does not know. */
			assert_true(e == OK || d == list[2]);
			passed++;
		}
		arena_reset(t.mem);
	}
	assert_true(passed > 50);
}

static void a_request_that_is_too_big_once_decoded_is_told(void **state)
{
	/* 60,000 empty wallets: 120 KB here, a struct each when decoded. */
	size_t n = 60000;
	uint8_t *p = malloc(2 * n);
	ProtobufCMessage *m;

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		p[2 * i] = 1 << 3 | 2;
		p[2 * i + 1] = 0;
	}
	t.why[0] = '\0';
	assert_int_equal(message_decode(&t, &ghostfleet__v1__list_wallets_response__descriptor, p,
					2 * n, &m),
			 ERR_FULL);
	assert_non_null(strstr(t.why, "too big"));
	free(p);
}

#define guard_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		guard_test(text_is_utf8_without_nul),
		guard_test(nesting_has_a_limit),
		guard_test(the_path_names_the_element),
		guard_test(elements_are_counted_in_all),
		guard_test(unknown_fields_are_let_by_but_counted),
		guard_test(what_the_decoder_cannot_do_is_refused_by_name),
		guard_test(what_is_not_a_message_is_refused),
		guard_test(random_bytes_never_get_past_it_undecodable),
		guard_test(a_request_that_is_too_big_once_decoded_is_told),
	};

	return cmocka_run_group_tests_name("unit.guard", tests, NULL, NULL);
}
