/* proto/descriptors.h - the contract as data: every method, message and file of the .proto files,
 * from the generated descriptors and the FileDescriptorSet that is embedded in the program.
 *
 * The index is built once, at the first use, and lives as long as the process; building it is
 * safe from any thread. Everything handed out is constant and never freed. A name that is not
 * there is NULL.
 */
#ifndef PROTO_DESCRIPTORS_H
#define PROTO_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "google/protobuf/descriptor.pb-c.h"

struct proto_method {
	const char *path; /* "/ghostfleet.v1.FleetService/GetFleet" */
	const ProtobufCServiceDescriptor *service;
	const ProtobufCMethodDescriptor *method; /* its name, and the messages it takes and gives */
	bool client_streaming, server_streaming;
};

struct proto_file {
	const char *name; /* "ghostfleet/v1/fleet.proto" */
	const Google__Protobuf__FileDescriptorProto *source;
	ProtobufCBinaryData raw; /* the encoded FileDescriptorProto, as protoc wrote it */
};

/* All methods of all services, by path. */
const struct proto_method *proto_methods(size_t *n_out);
const struct proto_method *proto_method(const char *service, const char *name);
bool proto_service_known(const char *service);

/* By full name: "ghostfleet.v1.GetFleetRequest". */
const ProtobufCMessageDescriptor *proto_message(const char *full_name);
/* The i-th by name; NULL after the last. */
const ProtobufCMessageDescriptor *proto_message_at(size_t i);

/* What the .proto file says of the i-th field of d->fields (those are sorted by number):
 * json_name, proto3_optional, oneof_index. Every message of proto_message() has them. */
const Google__Protobuf__FieldDescriptorProto *proto_field(const ProtobufCMessageDescriptor *d,
							  unsigned i);
/* The entry message {key, value} of a map field. */
bool proto_is_map_entry(const ProtobufCMessageDescriptor *d);

/* For reflection. The symbol of a method is "package.Service.Method", of an enum value
 * "package.VALUE". proto_file_with_deps gives the file first and then, each once, everything it
 * imports; at most `max`. */
const struct proto_file *proto_file(const char *name);
const struct proto_file *proto_file_of_symbol(const char *symbol);
size_t proto_file_with_deps(const struct proto_file *f, const struct proto_file **out, size_t max);
size_t proto_file_count(void);

#endif
