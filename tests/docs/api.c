/* docs/reference/api.md: every service, method, message and enum of ghostfleet.v1 with the comments
 * of the .proto files, and what the method table says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "server/api/api.h"
#include "tests/docs/pages.h"
#include "tests/support/page.h"
#include "tests/support/stop.h"

#define PACKAGE "ghostfleet.v1"

typedef Google__Protobuf__FileDescriptorProto file;
typedef Google__Protobuf__DescriptorProto message;
typedef Google__Protobuf__FieldDescriptorProto field;
typedef Google__Protobuf__EnumDescriptorProto enumeration;
typedef Google__Protobuf__ServiceDescriptorProto service;
typedef Google__Protobuf__MethodDescriptorProto method_proto;

struct book {
	struct turn *t;
	struct buf *out;
	Google__Protobuf__FileDescriptorSet *set;
	const struct method *rows;
	size_t n_rows;
};

/* The members of FileDescriptorProto, DescriptorProto and so on that a path goes through. */
enum { IN_FILE_MESSAGE = 4, IN_FILE_ENUM = 5, IN_FILE_SERVICE = 6, IN_MEMBER = 2 };

/* The comment of the element at this path, on one line; "" when it has none. */
static const char *comment(struct turn *t, const file *f, const int32_t *path, size_t n)
{
	for (size_t i = 0; i < f->source_code_info->n_location; i++) {
		const Google__Protobuf__SourceCodeInfo__Location *l =
			f->source_code_info->location[i];
		const char *said = l->leading_comments ? l->leading_comments : l->trailing_comments;

		if (l->n_path != n || memcmp(l->path, path, n * sizeof(*path)) != 0 || !said)
			continue;
		char *text = turn_strdup(t, *said == ' ' ? said + 1 : said), *to = text;

		for (const char *s = text; *s; s++)
			if (*s != '\n')
				*to++ = *s;
		*to = 0;
		return text;
	}
	return "";
}

static const char *last(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static bool is_ours(const file *f)
{
	return f->package && strcmp(f->package, PACKAGE) == 0;
}

/* Ours have a heading to go to. */
static void put_named(struct book *b, const char *type)
{
	if (strncmp(type, "." PACKAGE ".", sizeof("." PACKAGE ".") - 1) != 0) {
		buf_str(b->out, type + 1);
		return;
	}
	buf_printf(b->out, "[%s](#", last(type));
	for (const char *s = last(type); *s; s++)
		buf_char(b->out, *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s);
	buf_char(b->out, ')');
}

static const char *scalar(const field *f)
{
	static const char *const names[] = { "",         "double",   "float",   "int64",  "uint64",
					     "int32",    "fixed64",  "fixed32", "bool",   "string",
					     "group",    "message",  "bytes",   "uint32", "enum",
					     "sfixed32", "sfixed64", "sint32",  "sint64" };

	return (size_t)f->type < sizeof(names) / sizeof(names[0]) ? names[f->type] : "?";
}

static void put_type(struct book *b, const field *f)
{
	if (f->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED)
		buf_str(b->out, "repeated ");
	else if (f->has_proto3_optional && f->proto3_optional)
		buf_str(b->out, "optional ");
	if (f->type_name && *f->type_name)
		put_named(b, f->type_name);
	else
		buf_str(b->out, scalar(f));
}

static void put_fields(struct book *b, const file *f, size_t at)
{
	const message *m = f->message_type[at];

	if (m->n_field == 0) {
		buf_str(b->out, "No fields.\n\n");
		return;
	}
	buf_str(b->out, "| field | type | |\n|---|---|---|\n");
	for (size_t i = 0; i < m->n_field; i++) {
		int32_t path[] = { IN_FILE_MESSAGE, (int32_t)at, IN_MEMBER, (int32_t)i };

		buf_printf(b->out, "| `%s` | ", m->field[i]->name);
		put_type(b, m->field[i]);
		buf_str(b->out, " | ");
		page_cell(b->out, comment(b->t, f, path, 4));
		if (m->field[i]->has_oneof_index && !m->field[i]->proto3_optional)
			buf_printf(b->out, " One of `%s`.",
				   m->oneof_decl[m->field[i]->oneof_index]->name);
		buf_str(b->out, " |\n");
	}
	buf_char(b->out, '\n');
}

/* The file and place of a message of ours; false: it is somebody else's. */
static bool find(const struct book *b, const char *type, const file **f_out, size_t *at_out)
{
	for (size_t i = 0; i < b->set->n_file; i++)
		for (size_t k = 0; is_ours(b->set->file[i]) && k < b->set->file[i]->n_message_type;
		     k++)
			if (strcmp(b->set->file[i]->message_type[k]->name, last(type)) == 0) {
				*f_out = b->set->file[i];
				*at_out = k;
				return true;
			}
	return false;
}

static void put_message_of(struct book *b, const char *what, const char *type)
{
	const file *f;
	size_t at;

	if (!find(b, type, &f, &at))
		stop_test("%s is no message of " PACKAGE, type);
	int32_t path[] = { IN_FILE_MESSAGE, (int32_t)at };
	const char *said = comment(b->t, f, path, 2);

	bool empty = f->message_type[at]->n_field == 0;

	buf_printf(b->out, "%s `%s`%s%s%s\n\n", what, last(type), *said ? ": " : "", said,
		   empty   ? ": no fields."
		   : *said ? ""
			   : ":");
	if (!empty)
		put_fields(b, f, at);
}

static const struct method *row_of(const struct book *b, const char *of, const char *name)
{
	for (size_t i = 0; i < b->n_rows; i++)
		if (strcmp(last(b->rows[i].service), of) == 0 && strcmp(b->rows[i].name, name) == 0)
			return &b->rows[i];
	return NULL;
}

enum {
	EVERY_ROLE = ROLE_VIEWER | ROLE_CHECKER | ROLE_OPERATOR | ROLE_TREASURER | ROLE_APPROVER |
		     ROLE_AUDITOR,
};

static const char *roles(struct turn *t, unsigned mask)
{
	static const char *const names[] = { "viewer",   "checker", "operator", "treasurer",
					     "approver", "admin",   "auditor",  "loopback" };
	struct buf b = buf_in(t->mem, 200);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mask & 1u << i)
			buf_printf(&b, "%s%s", b.n ? ", " : "", names[i]);
	if (mask == EVERY_ROLE)
		return "any";
	return b.n ? buf_text(&b) : "none, and no token";
}

static const char *where(enum method_mode mode)
{
	switch (mode) {
	case METHOD_READ:
		return "reads";
	case METHOD_WRITE:
		return "changes";
	case METHOD_SLOW:
		return "takes its time: one at a time, 16 may wait";
	case METHOD_WAIT:
		return "waits, and reads";
	case METHOD_STREAM:
		return "a stream; by gRPC only";
	}
	return "";
}

/* "ErrorInfo: CAP_EXCEEDED, FUNDS_SHORT." names published reasons, or is out of date. */
static void check_reasons(const char *method_name, const char *said)
{
	const char *at = strstr(said, "ErrorInfo: ");

	for (const char *s = at ? at + 11 : ""; *s >= 'A' && *s <= 'Z';) {
		size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		bool known = false;

		for (int r = REASON_NONE + 1; r < REASON_COUNT && !known; r++)
			known = strlen(reason_name((enum reason)r)) == n &&
				strncmp(reason_name((enum reason)r), s, n) == 0;
		if (!known)
			stop_test("%s speaks of the reason %.*s, which is not published",
				  method_name, (int)n, s);
		s += n;
		s += strspn(s, ", ");
	}
}

static void put_method(struct book *b, const file *f, size_t at, size_t i)
{
	const method_proto *m = f->service[at]->method[i];
	const struct method *row = row_of(b, f->service[at]->name, m->name);
	int32_t path[] = { IN_FILE_SERVICE, (int32_t)at, IN_MEMBER, (int32_t)i };

	if (!row)
		stop_test("the method table has no row %s/%s", f->service[at]->name, m->name);
	const char *said = comment(b->t, f, path, 4);

	if (!*said)
		stop_test("%s/%s has no comment", f->service[at]->name, m->name);
	check_reasons(m->name, said);
	buf_printf(b->out, "### %s\n\n%s\n\n", m->name, said);
	buf_printf(b->out, "`POST /" PACKAGE ".%s/%s` · %s · role: %s%s%s%s\n\n",
		   f->service[at]->name, m->name, where(row->mode), roles(b->t, row->roles),
		   row->flags & METHOD_NEEDS_ID ? " · needs a `request_id`" : "",
		   row->flags & METHOD_SECRET ? " · the answer holds a secret and is not kept" : "",
		   row->flags & METHOD_EMERGENCY ? " · works with a full disk" : "");
	put_message_of(b, "Takes", m->input_type);
	put_message_of(b, m->server_streaming ? "Gives a stream of" : "Gives", m->output_type);
}

static void put_service(struct book *b, const file *f, size_t at)
{
	int32_t path[] = { IN_FILE_SERVICE, (int32_t)at };
	const char *said = comment(b->t, f, path, 2);

	buf_printf(b->out, "## %s\n\n", f->service[at]->name);
	if (*said)
		buf_printf(b->out, "%s\n\n", said);
	for (size_t i = 0; i < f->service[at]->n_method; i++)
		put_method(b, f, at, i);
}

/* A request or an answer stands with its method. */
static bool is_of_a_method(const struct book *b, const char *name)
{
	for (size_t i = 0; i < b->set->n_file; i++)
		for (size_t s = 0; s < b->set->file[i]->n_service; s++)
			for (size_t k = 0; k < b->set->file[i]->service[s]->n_method; k++) {
				const method_proto *m = b->set->file[i]->service[s]->method[k];

				if (strcmp(last(m->input_type), name) == 0 ||
				    strcmp(last(m->output_type), name) == 0)
					return true;
			}
	return false;
}

static void put_shared_message(struct book *b, const file *f, size_t at)
{
	int32_t path[] = { IN_FILE_MESSAGE, (int32_t)at };
	const char *said = comment(b->t, f, path, 2);

	if (is_of_a_method(b, f->message_type[at]->name))
		return;
	buf_printf(b->out, "### %s\n\n", f->message_type[at]->name);
	if (*said)
		buf_printf(b->out, "%s\n\n", said);
	put_fields(b, f, at);
}

static void put_enum(struct book *b, const file *f, size_t at)
{
	const enumeration *e = f->enum_type[at];
	int32_t own[] = { IN_FILE_ENUM, (int32_t)at };
	const char *said = comment(b->t, f, own, 2);

	buf_printf(b->out, "### %s\n\n", e->name);
	if (*said)
		buf_printf(b->out, "%s\n\n", said);
	buf_str(b->out, "| value | number | |\n|---|---|---|\n");
	for (size_t i = 0; i < e->n_value; i++) {
		int32_t path[] = { IN_FILE_ENUM, (int32_t)at, IN_MEMBER, (int32_t)i };

		buf_printf(b->out, "| `%s` | %d | ", e->value[i]->name, e->value[i]->number);
		page_cell(b->out, comment(b->t, f, path, 4));
		buf_str(b->out, " |\n");
	}
	buf_char(b->out, '\n');
}

static void put_index(struct book *b)
{
	buf_str(b->out, "| service | method | role |\n|---|---|---|\n");
	for (size_t i = 0; i < b->set->n_file; i++)
		for (size_t s = 0; s < b->set->file[i]->n_service && is_ours(b->set->file[i]); s++)
			for (size_t k = 0; k < b->set->file[i]->service[s]->n_method; k++) {
				const char *of = b->set->file[i]->service[s]->name;
				const char *name = b->set->file[i]->service[s]->method[k]->name;
				const struct method *row = row_of(b, of, name);

				buf_printf(b->out, "| %s | [%s](#", k ? "" : of, name);
				for (const char *c = name; *c; c++)
					buf_char(b->out, *c >= 'A' && *c <= 'Z'
								 ? (char)(*c - 'A' + 'a')
								 : *c);
				buf_printf(b->out, ") | %s |\n",
					   row ? roles(b->t, row->roles) : "");
			}
	buf_char(b->out, '\n');
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(file *const *)a)->name, (*(file *const *)b)->name);
}

static Google__Protobuf__FileDescriptorSet *read_set(struct turn *t)
{
	enum { SET_MAX = 4 << 20 };
	uint8_t *p = turn_alloc(t, SET_MAX);
	FILE *f = fopen(FDS_WITH_COMMENTS, "rb");

	if (!f)
		stop_test("%s is not there", FDS_WITH_COMMENTS);
	size_t n = fread(p, 1, SET_MAX, f);

	(void)fclose(f);
	Google__Protobuf__FileDescriptorSet *set =
		google__protobuf__file_descriptor_set__unpack(NULL, n, p);

	if (!set)
		stop_test("%s is no descriptor set", FDS_WITH_COMMENTS);
	qsort(set->file, set->n_file, sizeof(set->file[0]), by_name);
	return set;
}

void page_api(struct turn *t, struct buf *out)
{
	struct book b = { .t = t, .out = out, .set = read_set(t) };

	b.rows = api_methods(&b.n_rows);
	buf_str(out, "# The API\n"
		     "\n"
		     "Package `" PACKAGE
		     "`, in `proto/ghostfleet/v1`. By gRPC on its own port, with reflection; "
		     "every call\n"
		     "but the streams also by HTTP as `POST /" PACKAGE
		     ".SERVICE/METHOD` with JSON or with the "
		     "message's\n"
		     "bytes ([HTTP.md](../HTTP.md)). Amounts are wei as decimal strings. An error "
		     "brings "
		     "`google.rpc.ErrorInfo`\n"
		     "with a reason out of [errors.md](errors.md). An admin may call everything. A "
		     "change that is "
		     "repeated\n"
		     "under the same `request_id` is done once; with `validate_only` every rule is "
		     "run and nothing "
		     "kept.\n"
		     "\n"
		     "Made from the .proto files and the method table (`tests/docs/api.c`); a test "
		     "compares.\n"
		     "\n");
	put_index(&b);
	for (size_t i = 0; i < b.set->n_file; i++)
		for (size_t k = 0; is_ours(b.set->file[i]) && k < b.set->file[i]->n_service; k++)
			put_service(&b, b.set->file[i], k);
	buf_str(out, "## Messages\n\n");
	for (size_t i = 0; i < b.set->n_file; i++)
		for (size_t k = 0; is_ours(b.set->file[i]) && k < b.set->file[i]->n_message_type;
		     k++)
			put_shared_message(&b, b.set->file[i], k);
	buf_str(out, "## Enums\n\n");
	for (size_t i = 0; i < b.set->n_file; i++)
		for (size_t k = 0; is_ours(b.set->file[i]) && k < b.set->file[i]->n_enum_type; k++)
			put_enum(&b, b.set->file[i], k);
	google__protobuf__file_descriptor_set__free_unpacked(b.set, NULL);
}
