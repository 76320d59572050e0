#include "client/list.h"

#include <assert.h>
#include <string.h>

#include "proto/descriptors.h"
#include "store/base/turn.h"

enum { PAGE = 1000, TOKEN_MAX = 1024, PAGE_MEM = 256 << 20 };

struct showing {
	const struct list *l;
	struct cli *c;
	struct table table;
	uint64_t shown, limit;
	bool begun; /* JSON: the head is out */
	char token[TOKEN_MAX];
};

static const void *member(const ProtobufCMessage *m, size_t offset)
{
	return (const char *)m + offset;
}

static const ProtobufCMessage *const *items_of(const ProtobufCMessage *m, size_t *n_out)
{
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[0];

	assert(f->label == PROTOBUF_C_LABEL_REPEATED && f->type == PROTOBUF_C_TYPE_MESSAGE);
	*n_out = *(const size_t *)member(m, f->quantifier_offset);
	return *(const ProtobufCMessage *const *const *)member(m, f->offset);
}

static const char *next_of(const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "next_page_token");

	return f ? *(const char *const *)member(m, f->offset) : "";
}

static enum err show_item(struct turn *t, struct showing *s, const ProtobufCMessage *item)
{
	s->shown++;
	if (s->c->format == FORMAT_TABLE) {
		s->l->row(t, &s->table, item);
		return OK;
	}
	if (s->c->format == FORMAT_JSON && s->shown > 1)
		(void)fputs(",", stdout);
	return out_message(t, s->c, item);
}

static enum err show_page(struct turn *t, struct showing *s, bool *more)
{
	const struct list *l = s->l;
	uint64_t left = s->limit - s->shown;
	void *answer;
	size_t n;

	if (l->page_token) {
		*l->page_token = s->token;
		*l->page_size = (int32_t)(left < PAGE ? left : PAGE);
	}
	TRY(cli_call(t, s->c, l->service, l->method, l->request, &answer));
	const ProtobufCMessage *m = answer;
	const ProtobufCMessage *const *item = items_of(m, &n);

	if (s->c->format == FORMAT_JSON && !s->begun)
		(void)printf("%s\"%s\":[", s->c->inside ? "" : "{",
			     proto_field(m->descriptor, 0)->json_name);
	s->begun = true;
	for (size_t i = 0; i < n && s->shown < s->limit; i++)
		TRY(show_item(t, s, item[i]));
	if (s->c->format == FORMAT_TABLE && s->table.n > 0)
		table_print(&s->table, stdout, "");
	const char *next = next_of(m);
	size_t len = strlen(next);

	if (len >= sizeof(s->token))
		return fail(t, ERR_BROKEN, "the server's page token is longer than %d bytes",
			    TOKEN_MAX);
	*more = len > 0 && l->page_token && s->shown < s->limit;
	memcpy(s->token, next, len + 1);
	return OK;
}

enum err list_show(struct turn *t, struct cli *c, const struct list *l)
{
	struct turn page = *t;
	struct showing s = { .l = l, .c = c, .limit = UINT64_MAX };
	enum err e = OK;

	if (cli_has(c, OPT_LIMIT) &&
	    args_count(t, c->args.opt[OPT_LIMIT], OPT_LIMIT, 100000000, &s.limit) != OK)
		return usage(t, c, "%s", t->why);
	TRY(cli_channel(t, c));
	page.mem = arena_new(PAGE_MEM);
	s.table = table_new(&page, l->heads);
	for (bool more = true; more && e == OK && !ferror(stdout);) {
		e = show_page(&page, &s, &more);
		arena_reset(page.mem);
	}
	arena_free(page.mem);
	if (e != OK) {
		t->reason = page.reason;
		memcpy(t->why, page.why, sizeof(t->why));
		/* Some pages are out: what came stays good JSON. */
		if (c->format == FORMAT_JSON && s.begun) {
			(void)fputs("],", stdout);
			out_error_member(t, e);
			(void)fputs(c->inside ? "" : "}\n", stdout);
			c->told = true;
		}
		return e;
	}
	if (c->format == FORMAT_JSON)
		(void)fputs(c->inside ? "]" : "]}\n", stdout);
	if (c->format == FORMAT_TABLE && s.shown == 0)
		(void)puts(l->none);
	return OK;
}
