/* grpc.reflection.v1 and v1alpha: what this server can be asked, from the embedded descriptors.
 * The messages of the two versions are the same on the wire; v1's structs serve both. */
#include <string.h>

#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/door/grpc_inside.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest request;
typedef Grpc__Reflection__V1__ServerReflectionResponse response;

enum { FILES_MAX = 256 };

#define NEW(t, name) ((void *)message_new((t), &grpc__reflection__v1__##name##__descriptor))
#define REPLY(name)  GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##name
#define ASK(name)    GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##name

/* In this protocol an answer that something is not there is a message, not a status. */
static void missing(struct turn *t, response *r, const char *what, const char *name)
{
	Grpc__Reflection__V1__ErrorResponse *e = NEW(t, error_response);

	e->error_code = err_grpc(ERR_MISSING);
	e->error_message = turn_printf(t, "no %s '%.200s'", what, name);
	r->message_response_case = REPLY(ERROR_RESPONSE);
	r->error_response = e;
}

/* A file and everything it imports, so that a client needs no second question. */
static void files(struct turn *t, response *r, const struct proto_file *f)
{
	Grpc__Reflection__V1__FileDescriptorResponse *a = NEW(t, file_descriptor_response);
	const struct proto_file *list[FILES_MAX];
	size_t n = proto_file_with_deps(f, list, FILES_MAX);

	a->file_descriptor_proto = turn_array(t, n, sizeof(*a->file_descriptor_proto));
	a->n_file_descriptor_proto = n;
	for (size_t i = 0; i < n; i++)
		a->file_descriptor_proto[i] = list[i]->raw;
	r->message_response_case = REPLY(FILE_DESCRIPTOR_RESPONSE);
	r->file_descriptor_response = a;
}

static void file_or_missing(struct turn *t, response *r, const struct proto_file *f,
			    const char *what, const char *name)
{
	if (f)
		files(t, r, f);
	else
		missing(t, r, what, name);
}

static void services(struct grpc_door *d, struct turn *t, response *r)
{
	Grpc__Reflection__V1__ListServiceResponse *a = NEW(t, list_service_response);

	a->service = turn_array(t, d->n_routes, sizeof(void *));
	for (size_t i = 0; i < d->n_routes; i++) {
		const char *name = d->routes[i].m->service;

		if (i > 0 && strcmp(name, d->routes[i - 1].m->service) == 0)
			continue;
		Grpc__Reflection__V1__ServiceResponse *s = NEW(t, service_response);

		s->name = (char *)name;
		a->service[a->n_service++] = s;
	}
	r->message_response_case = REPLY(LIST_SERVICES_RESPONSE);
	r->list_services_response = a;
}

/* There are no extensions in proto3: a message has none, and none contains one. */
static void extensions(struct turn *t, response *r, const char *type)
{
	if (!proto_message(type)) {
		missing(t, r, "message", type);
		return;
	}
	Grpc__Reflection__V1__ExtensionNumberResponse *a = NEW(t, extension_number_response);

	a->base_type_name = (char *)type;
	r->message_response_case = REPLY(ALL_EXTENSION_NUMBERS_RESPONSE);
	r->all_extension_numbers_response = a;
}

enum err reflect_answer(struct grpc_door *d, struct turn *t, const void *in, void *out)
{
	const request *q = in;
	response *r = out;

	r->valid_host = q->host;
	r->original_request = (request *)q;
	switch (q->message_request_case) {
	case ASK(LIST_SERVICES):
		services(d, t, r);
		return OK;
	case ASK(FILE_BY_FILENAME):
		file_or_missing(t, r, proto_file(q->file_by_filename), "file", q->file_by_filename);
		return OK;
	case ASK(FILE_CONTAINING_SYMBOL):
		file_or_missing(t, r, proto_file_of_symbol(q->file_containing_symbol), "symbol",
				q->file_containing_symbol);
		return OK;
	case ASK(FILE_CONTAINING_EXTENSION):
		missing(t, r, "extension of", q->file_containing_extension->containing_type);
		return OK;
	case ASK(ALL_EXTENSION_NUMBERS_OF_TYPE):
		extensions(t, r, q->all_extension_numbers_of_type);
		return OK;
	case ASK(_NOT_SET):
	case _GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__CASE_IS_INT_SIZE:
		break;
	}
	return fail(t, ERR_INVALID, "the reflection request asks nothing");
}
