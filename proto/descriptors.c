#include "proto/descriptors.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__asm__(".section .rodata\n"
	".global proto_fds_start\n"
	".global proto_fds_end\n"
	"proto_fds_start:\n"
	".incbin \"" FDS_FILE "\"\n"
	"proto_fds_end:\n"
	".byte 0\n"
	".previous\n");

extern const uint8_t proto_fds_start[], proto_fds_end[];

extern const ProtobufCMessageDescriptor *const proto_message_table[];
extern const size_t proto_message_table_n;
extern const ProtobufCServiceDescriptor *const proto_service_table[];
extern const size_t proto_service_table_n;

struct symbol {
	char *name; /* full */
	const struct proto_file *file;
};

struct message {
	const char *name;
	const ProtobufCMessageDescriptor *descriptor;
	const Google__Protobuf__DescriptorProto *source;
	const Google__Protobuf__FieldDescriptorProto **fields; /* in the order of descriptor */
};

/* Each table of names is sorted by its first member, a string: one comparison serves all. */
static struct {
	Google__Protobuf__FileDescriptorSet *set;
	struct proto_file *files;
	size_t n_files;
	struct symbol *symbols;
	size_t n_symbols;
	struct message *messages;
	size_t n_messages;
	struct proto_method *methods;
	size_t n_methods;
} all;

/* The embedded set is part of the program: if it does not hold together the build is broken. */
static void broken(const char *what, const char *name)
{
	(void)fprintf(stderr, "ghost-fleet: broken: embedded descriptors: %s %s\n", what, name);
	abort();
}

static void *many(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		broken("out of", "memory");
	return p;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const void *find(const char *name, const void *table, size_t n, size_t size)
{
	return bsearch(&name, table, n, size, by_name);
}

static char *joined(const char *a, const char *between, const char *b)
{
	size_t n = strlen(a) + strlen(between) + strlen(b) + 1;
	char *s = many(n, 1);

	(void)snprintf(s, n, "%s%s%s", a, between, b);
	return s;
}

static const char *symbol_add(const struct proto_file *f, const char *scope, const char *name)
{
	if ((all.n_symbols & (all.n_symbols - 1)) == 0) {
		size_t room = all.n_symbols ? all.n_symbols * 2 : 1;
		void *p = realloc(all.symbols, room * sizeof(*all.symbols));

		if (!p)
			broken("out of", "memory");
		all.symbols = p;
	}
	struct symbol *s = &all.symbols[all.n_symbols++];

	s->name = joined(scope, *scope ? "." : "", name);
	s->file = f;
	return s->name;
}

/* The names of enum values stand beside their enum, not inside it. */
static void index_enum(const struct proto_file *f, const char *scope,
		       const Google__Protobuf__EnumDescriptorProto *e)
{
	(void)symbol_add(f, scope, e->name);
	for (size_t i = 0; i < e->n_value; i++)
		(void)symbol_add(f, scope, e->value[i]->name);
}

static void index_message(const struct proto_file *f, const char *scope,
			  const Google__Protobuf__DescriptorProto *m)
{
	const char *name = symbol_add(f, scope, m->name);
	struct message key = { .name = name };
	struct message *found =
		bsearch(&key, all.messages, all.n_messages, sizeof(*all.messages), by_name);

	if (found)
		found->source = m;
	for (size_t i = 0; i < m->n_field; i++)
		(void)symbol_add(f, name, m->field[i]->name);
	for (size_t i = 0; i < m->n_oneof_decl; i++)
		(void)symbol_add(f, name, m->oneof_decl[i]->name);
	for (size_t i = 0; i < m->n_enum_type; i++)
		index_enum(f, name, m->enum_type[i]);
	for (size_t i = 0; i < m->n_nested_type; i++)
		index_message(f, name, m->nested_type[i]);
}

static void index_service(const struct proto_file *f, const char *package,
			  const Google__Protobuf__ServiceDescriptorProto *s)
{
	const char *name = symbol_add(f, package, s->name);
	const ProtobufCServiceDescriptor *d = NULL;

	for (size_t i = 0; i < proto_service_table_n; i++)
		if (strcmp(proto_service_table[i]->name, name) == 0)
			d = proto_service_table[i];
	if (!d || d->n_methods != s->n_method)
		broken("no generated code for", name);
	for (size_t i = 0; i < s->n_method; i++) {
		(void)symbol_add(f, name, s->method[i]->name);
		char *service_path = joined("/", name, "/");

		all.methods[all.n_methods++] = (struct proto_method){
			.path = joined(service_path, "", s->method[i]->name),
			.service = d,
			.method = &d->methods[i],
			.client_streaming = s->method[i]->client_streaming,
			.server_streaming = s->method[i]->server_streaming,
		};
		free(service_path);
	}
}

/* A FileDescriptorSet is nothing but field 1 repeated, so each file's own bytes are slices. */
static void slice_files(void)
{
	const uint8_t *p = proto_fds_start;

	for (size_t i = 0; i < all.n_files; i++) {
		size_t n = 0;
		unsigned shift = 0;

		if (*p++ != 0x0a)
			broken("not a FileDescriptorSet at", all.files[i].name);
		do
			n |= (size_t)(*p & 0x7f) << shift;
		while (shift += 7, *p++ & 0x80);
		all.files[i].raw = (ProtobufCBinaryData){ .len = n, .data = (uint8_t *)p };
		p += n;
	}
	if (p != proto_fds_end)
		broken("bytes left over after", all.files[all.n_files - 1].name);
}

static void index_fields(struct message *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;

	if (!m->source)
		broken("no source of", m->name);
	m->fields = many(d->n_fields, sizeof(*m->fields));
	for (size_t i = 0; i < m->source->n_field; i++)
		for (unsigned k = 0; k < d->n_fields; k++)
			if (d->fields[k].id == (uint32_t)m->source->field[i]->number)
				m->fields[k] = m->source->field[i];
	for (unsigned k = 0; k < d->n_fields; k++)
		if (!m->fields[k])
			broken("a field is missing in", m->name);
}

static void index_all(void)
{
	Google__Protobuf__FileDescriptorSet *set = google__protobuf__file_descriptor_set__unpack(
		NULL, (size_t)(proto_fds_end - proto_fds_start), proto_fds_start);
	size_t n_methods = 0;

	if (!set || set->n_file == 0)
		broken("cannot read", "the set");
	all.set = set;
	all.n_messages = proto_message_table_n;
	all.messages = many(all.n_messages, sizeof(*all.messages));
	for (size_t i = 0; i < all.n_messages; i++)
		all.messages[i] = (struct message){ .name = proto_message_table[i]->name,
						    .descriptor = proto_message_table[i] };
	qsort(all.messages, all.n_messages, sizeof(*all.messages), by_name);

	for (size_t i = 0; i < proto_service_table_n; i++)
		n_methods += proto_service_table[i]->n_methods;
	all.methods = many(n_methods, sizeof(*all.methods));

	all.n_files = set->n_file;
	all.files = many(all.n_files, sizeof(*all.files));
	for (size_t i = 0; i < set->n_file; i++)
		all.files[i] =
			(struct proto_file){ .name = set->file[i]->name, .source = set->file[i] };
	slice_files();
	qsort(all.files, all.n_files, sizeof(*all.files), by_name);

	for (size_t i = 0; i < all.n_files; i++) {
		const struct proto_file *f = &all.files[i];
		const char *package = f->source->package ? f->source->package : "";

		for (size_t k = 0; k < f->source->n_message_type; k++)
			index_message(f, package, f->source->message_type[k]);
		for (size_t k = 0; k < f->source->n_enum_type; k++)
			index_enum(f, package, f->source->enum_type[k]);
		for (size_t k = 0; k < f->source->n_service; k++)
			index_service(f, package, f->source->service[k]);
	}
	qsort(all.symbols, all.n_symbols, sizeof(*all.symbols), by_name);
	qsort(all.methods, all.n_methods, sizeof(*all.methods), by_name);
	for (size_t i = 0; i < all.n_messages; i++)
		index_fields(&all.messages[i]);
}

static void ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (pthread_once(&once, index_all) != 0)
		abort();
}

const struct proto_method *proto_methods(size_t *n_out)
{
	ready();
	*n_out = all.n_methods;
	return all.methods;
}

const struct proto_method *proto_method(const char *service, const char *name)
{
	char path[256];
	int n = snprintf(path, sizeof(path), "/%s/%s", service, name);

	ready();
	if (n < 0 || (size_t)n >= sizeof(path))
		return NULL;
	return find(path, all.methods, all.n_methods, sizeof(*all.methods));
}

bool proto_service_known(const char *service)
{
	for (size_t i = 0; i < proto_service_table_n; i++)
		if (strcmp(proto_service_table[i]->name, service) == 0)
			return true;
	return false;
}

static const struct message *message_find(const char *full_name)
{
	ready();
	return find(full_name, all.messages, all.n_messages, sizeof(*all.messages));
}

const ProtobufCMessageDescriptor *proto_message(const char *full_name)
{
	const struct message *m = message_find(full_name);

	return m ? m->descriptor : NULL;
}

const ProtobufCMessageDescriptor *proto_message_at(size_t i)
{
	ready();
	return i < all.n_messages ? all.messages[i].descriptor : NULL;
}

const Google__Protobuf__FieldDescriptorProto *proto_field(const ProtobufCMessageDescriptor *d,
							  unsigned i)
{
	const struct message *m = message_find(d->name);

	return m && i < d->n_fields ? m->fields[i] : NULL;
}

bool proto_is_map_entry(const ProtobufCMessageDescriptor *d)
{
	const struct message *m = message_find(d->name);

	return m && m->source->options && m->source->options->map_entry;
}

const struct proto_file *proto_file(const char *name)
{
	ready();
	return find(name, all.files, all.n_files, sizeof(*all.files));
}

const struct proto_file *proto_file_of_symbol(const char *symbol)
{
	ready();
	const struct symbol *s = find(symbol, all.symbols, all.n_symbols, sizeof(*all.symbols));

	return s ? s->file : NULL;
}

static bool listed(const struct proto_file *f, const struct proto_file *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == f)
			return true;
	return false;
}

size_t proto_file_with_deps(const struct proto_file *f, const struct proto_file **out, size_t max)
{
	size_t n = 0;

	if (max > 0)
		out[n++] = f;
	for (size_t done = 0; done < n; done++) {
		const Google__Protobuf__FileDescriptorProto *s = out[done]->source;

		for (size_t i = 0; i < s->n_dependency && n < max; i++) {
			const struct proto_file *dep = proto_file(s->dependency[i]);

			if (dep && !listed(dep, out, n))
				out[n++] = dep;
		}
	}
	return n;
}

size_t proto_file_count(void)
{
	ready();
	return all.n_files;
}
