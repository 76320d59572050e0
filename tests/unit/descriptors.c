/* The contract as data: what the doors, reflection and the JSON codec look up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/descriptors.h"

static void methods_are_found_with_their_streaming_flags(void **state)
{
	(void)state;
	const struct proto_method *m = proto_method("grpc.health.v1.Health", "Check");

	assert_non_null(m);
	assert_string_equal(m->path, "/grpc.health.v1.Health/Check");
	assert_string_equal(m->method->input->name, "grpc.health.v1.HealthCheckRequest");
	assert_false(m->server_streaming || m->client_streaming);
	assert_true(proto_method("grpc.health.v1.Health", "Watch")->server_streaming);
	m = proto_method("grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo");
	assert_true(m->server_streaming && m->client_streaming);
	assert_null(proto_method("grpc.health.v1.Health", "Nope"));
	assert_null(proto_method("nobody.Nothing", "Check"));
	assert_true(proto_service_known("grpc.health.v1.Health"));
	assert_false(proto_service_known("grpc.health.v1"));
}

static void every_method_has_its_messages_and_fields(void **state)
{
	(void)state;
	size_t n;
	const struct proto_method *m = proto_methods(&n);

	assert_true(n > 4);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(proto_message(m[i].method->input->name), m[i].method->input);
		assert_ptr_equal(proto_message(m[i].method->output->name), m[i].method->output);
		for (unsigned k = 0; k < m[i].method->input->n_fields; k++)
			assert_string_equal(proto_field(m[i].method->input, k)->name,
					    m[i].method->input->fields[k].name);
	}
}

static void fields_carry_json_names_and_maps_are_told(void **state)
{
	(void)state;
	const ProtobufCMessageDescriptor *d = proto_message("google.rpc.RetryInfo");

	assert_non_null(d);
	assert_string_equal(proto_field(d, 0)->json_name, "retryDelay");
	assert_null(proto_field(d, d->n_fields));
	assert_false(proto_is_map_entry(d));
	assert_true(proto_is_map_entry(proto_message("google.rpc.ErrorInfo.MetadataEntry")));
	assert_null(proto_message("google.rpc.Nothing"));
}

static void files_come_with_everything_they_import(void **state)
{
	(void)state;
	const struct proto_file *list[64], *f = proto_file("google/rpc/error_details.proto");
	size_t n;

	assert_non_null(f);
	assert_ptr_equal(proto_file_of_symbol("google.rpc.ErrorInfo.reason"), f);
	assert_ptr_equal(proto_file_of_symbol("google.rpc.ErrorInfo"), f);
	n = proto_file_with_deps(f, list, 64);
	assert_int_equal(n, 2);
	assert_string_equal(list[0]->name, "google/rpc/error_details.proto");
	assert_string_equal(list[1]->name, "google/protobuf/duration.proto");
	assert_int_equal(proto_file_with_deps(f, list, 1), 1);
	f = proto_file_of_symbol("grpc.health.v1.Health.Check");
	assert_string_equal(f->name, "grpc/health/v1/health.proto");
	Google__Protobuf__FileDescriptorProto *again =
		google__protobuf__file_descriptor_proto__unpack(NULL, f->raw.len, f->raw.data);

	assert_non_null(again);
	assert_string_equal(again->name, f->name);
	google__protobuf__file_descriptor_proto__free_unpacked(again, NULL);
	assert_ptr_equal(proto_file_of_symbol("google.rpc.NOT_FOUND"),
			 proto_file("google/rpc/code.proto"));
	assert_null(proto_file_of_symbol("google.rpc"));
	assert_null(proto_file("nothing.proto"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_are_found_with_their_streaming_flags),
		cmocka_unit_test(every_method_has_its_messages_and_fields),
		cmocka_unit_test(fields_carry_json_names_and_maps_are_told),
		cmocka_unit_test(files_come_with_everything_they_import),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
