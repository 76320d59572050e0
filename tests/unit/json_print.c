/* Messages as JSON, against what Python's protobuf prints (tests/support/json_golden.py). */
#include "proto/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json_kinds.pb-c.h"
#include "proto/descriptors.h"
#include "proto/json_inside.h"
#include "tests/support/json_files.h"
#include "tests/support/test.h"

static char *printed(const ProtobufCMessage *m, unsigned flags)
{
	char *text = NULL;
	size_t n = 0;

	assert_true(json_print(m, flags, &text, &n));
	assert_int_equal(strlen(text), n);
	return text;
}

static void every_case_prints_as_elsewhere(void **state)
{
	struct json_case c;

	(void)state;
	for (size_t i = 0; json_case_read(i, &c); i++) {
		char *text = printed(&c.message->base, JSON_PRETTY);

		if (strcmp(text, c.json) != 0)
			fail_msg("%s:\n%s\nwanted\n%s", c.name, text, c.json);
		json_text_free(text);

		text = printed(&c.message->base, JSON_ALL_FIELDS);
		json_t *ours = json_loads(text, 0, NULL), *theirs = json_loads(c.all_json, 0, NULL);

		if (!ours || !theirs || !json_equal(ours, theirs))
			fail_msg("%s:\n%s\nwanted\n%s", c.name, text, c.all_json);
		json_decref(ours);
		json_decref(theirs);
		json_text_free(text);
		json_case_free(&c);
	}
}

static void the_compact_form_has_no_spaces(void **state)
{
	Tests__Json__Kinds m;
	int32_t numbers[] = { 1, 2 };

	(void)state;
	tests__json__kinds__init(&m);
	m.a_string = (char *)"x";
	m.many_int32 = numbers;
	m.n_many_int32 = 2;
	char *text = printed(&m.base, 0);

	assert_string_equal(text, "{\"aString\":\"x\",\"manyInt32\":[1,2]}");
	json_text_free(text);
}

static void the_last_of_equal_map_keys_counts(void **state)
{
	Tests__Json__Kinds m;
	Tests__Json__Kinds__ByNameEntry a = TESTS__JSON__KINDS__BY_NAME_ENTRY__INIT, b = a, c = a;
	Tests__Json__Kinds__ByNameEntry *all[] = { &a, &b, &c };

	(void)state;
	tests__json__kinds__init(&m);
	a.key = c.key = (char *)"k";
	b.key = (char *)"other";
	a.value = 1;
	c.value = 3;
	m.by_name = all;
	m.n_by_name = 3;
	char *text = printed(&m.base, 0);

	assert_string_equal(text, "{\"byName\":{\"other\":\"0\",\"k\":\"3\"}}");
	json_text_free(text);
}

static void what_json_has_no_form_for_is_refused(void **state)
{
	Tests__Json__Kinds m;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Duration took = GOOGLE__PROTOBUF__DURATION__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *path = (char *)"not_Snake", *text;
	size_t n;

	(void)state;
	tests__json__kinds__init(&m);
	m.a_string = (char *)"\xff\xfe";
	assert_false(json_print(&m.base, 0, &text, &n));
	m.a_string = (char *)"\xed\xa0\x80"; /* half a surrogate pair */
	assert_false(json_print(&m.base, 0, &text, &n));
	m.a_string = (char *)"\xe2\x82"; /* cut */
	assert_false(json_print(&m.base, 0, &text, &n));
	m.a_string = (char *)"";
	m.seen_time = &time;
	time.seconds = 253402300800;
	assert_false(json_print(&m.base, 0, &text, &n));
	time.seconds = 0;
	time.nanos = -1;
	assert_false(json_print(&m.base, 0, &text, &n));
	m.seen_time = NULL;
	m.took = &took;
	took.seconds = 1;
	took.nanos = -1;
	assert_false(json_print(&m.base, 0, &text, &n));
	m.took = NULL;
	m.update_mask = &mask;
	mask.paths = &path;
	mask.n_paths = 1;
	assert_false(json_print(&m.base, 0, &text, &n));
}

static void an_unknown_any_is_type_and_base64(void **state)
{
	Tests__Json__Kinds m;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

	(void)state;
	tests__json__kinds__init(&m);
	m.detail = &any;
	any.type_url = (char *)"type.example/no.Such";
	any.value = (ProtobufCBinaryData){ 3, (uint8_t *)"abc" };
	char *text = printed(&m.base, 0);

	assert_string_equal(text,
			    "{\"detail\":{\"@type\":\"type.example/no.Such\",\"value\":\"YWJj\"}}");
	json_text_free(text);
}

static void too_deep_a_message_is_refused(void **state)
{
	static Tests__Json__Tree tree[JSON_DEPTH * 4];
	char *text;
	size_t n;

	(void)state;
	for (size_t i = 0; i < JSON_DEPTH * 4; i++) {
		tests__json__tree__init(&tree[i]);
		if (i > 0)
			tree[i].branch = &tree[i - 1];
	}
	assert_true(json_print(&tree[JSON_DEPTH - 1].base, 0, &text, &n));
	json_text_free(text);
	assert_false(json_print(&tree[JSON_DEPTH].base, 0, &text, &n));
	assert_false(json_print(&tree[JSON_DEPTH * 4 - 1].base, 0, &text, &n));
}

/* json_name() and json_is_map() go by protoc's rules; the descriptor set says what protoc did. */
static void names_and_maps_are_those_of_the_descriptor_set(void **state)
{
	const struct proto_method *methods;
	size_t n, fields = 0;

	(void)state;
	methods = proto_methods(&n);
	for (size_t i = 0; i < 2 * n; i++) {
		const ProtobufCMessageDescriptor *d =
			i % 2 ? methods[i / 2].method->input : methods[i / 2].method->output;
		const ProtobufCMessageDescriptor *todo[64] = { d };
		size_t n_todo = 1;

		/* The message and what it holds; the contract nests less than this list is long. */
		for (size_t at = 0; at < n_todo; at++) {
			d = todo[at];
			for (unsigned k = 0; k < d->n_fields; k++, fields++) {
				const ProtobufCFieldDescriptor *f = &d->fields[k];
				char name[JSON_NAME];

				json_name(f->name, name);
				assert_string_equal(name, proto_field(d, k)->json_name);
				if (f->type != PROTOBUF_C_TYPE_MESSAGE)
					continue;
				assert_int_equal(json_is_map(f), proto_is_map_entry(f->descriptor));
				bool known = false;

				for (size_t j = 0; j < n_todo; j++)
					known = known || todo[j] == f->descriptor;
				if (!known) {
					assert_true(n_todo < 64);
					todo[n_todo++] = f->descriptor;
				}
			}
		}
	}
	assert_true(fields > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_prints_as_elsewhere),
		cmocka_unit_test(the_compact_form_has_no_spaces),
		cmocka_unit_test(the_last_of_equal_map_keys_counts),
		cmocka_unit_test(what_json_has_no_form_for_is_refused),
		cmocka_unit_test(an_unknown_any_is_type_and_base64),
		cmocka_unit_test(too_deep_a_message_is_refused),
		cmocka_unit_test(names_and_maps_are_those_of_the_descriptor_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
