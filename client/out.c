#include "client/out.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "google/rpc/code.pb-c.h"
#include "proto/json.h"
#include "store/base/buf.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"

enum { CELL_MAX = 200, ROWS_MAX = 100000 };
static const int64_t LAST_SECOND = 253402300799;

/* The length of a well-formed UTF-8 character at s; 0: there is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80                   ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

const char *clean(struct turn *t, const char *s)
{
	size_t max = strlen(s);
	char *out = turn_alloc(t, max + 1);
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)s; *p;) {
		size_t len = utf8_len(p);
		/* C1 controls are two bytes in UTF-8, c2 80 to c2 9f. */
		bool control = *p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0);

		if (len == 0 || control) {
			out[n++] = '?';
			p += len ? len : 1;
			continue;
		}
		memcpy(out + n, p, len);
		n += len;
		p += len;
	}
	return out;
}

static unsigned shown_width(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

const char *clip(struct turn *t, const char *s, unsigned width)
{
	unsigned shown = 0;
	size_t i = 0, last = 0;

	if (shown_width(s) <= width || width == 0)
		return s;
	for (; s[i]; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80) {
			last = i;
			if (shown++ == width - 1)
				break;
		}
	return turn_printf(t, "%.*s…", (int)last, s);
}

struct table table_new(struct turn *t, const char *const *heads)
{
	struct table tb = { .t = t };

	for (; heads[tb.columns]; tb.columns++) {
		const char *h = heads[tb.columns];

		assert(tb.columns < TABLE_COLUMNS);
		tb.right[tb.columns] = *h == '>';
		tb.head[tb.columns] = *h == '>' ? h + 1 : h;
		tb.width[tb.columns] = shown_width(tb.head[tb.columns]);
	}
	return tb;
}

static void make_room(struct table *tb)
{
	if (tb->n + tb->columns <= tb->room)
		return;
	assert(tb->n / tb->columns < ROWS_MAX);
	size_t room = tb->room ? tb->room * 2 : 32 * tb->columns;
	const char **cells = turn_array(tb->t, room, sizeof(*cells));

	if (tb->n)
		memcpy(cells, tb->cells, tb->n * sizeof(*cells));
	tb->cells = cells;
	tb->room = room;
}

void table_row(struct table *tb, ...)
{
	va_list ap;

	make_room(tb);
	va_start(ap, tb);
	for (size_t i = 0; i < tb->columns; i++) {
		const char *said = va_arg(ap, const char *);

		assert(said);
		const char *cell = clean(tb->t, turn_printf(tb->t, "%.*s", CELL_MAX, said));
		unsigned w = shown_width(cell);

		tb->cells[tb->n++] = *cell ? cell : "-";
		tb->width[i] = w > tb->width[i] ? w : tb->width[i];
	}
	assert(!va_arg(ap, const char *));
	va_end(ap);
}

static void print_line(const struct table *tb, FILE *f, const char *indent, const char *const *cell)
{
	(void)fputs(indent, f);
	for (size_t i = 0; i < tb->columns; i++) {
		int pad = (int)(tb->width[i] - shown_width(cell[i]));
		bool last = i + 1 == tb->columns;

		if (tb->right[i])
			(void)fprintf(f, "%*s%s", pad, "", cell[i]);
		else
			(void)fprintf(f, "%s%*s", cell[i], last ? 0 : pad, "");
		(void)fputs(last ? "\n" : "  ", f);
	}
}

void table_print(struct table *tb, FILE *f, const char *indent)
{
	if (!tb->headed)
		print_line(tb, f, indent, tb->head);
	tb->headed = true;
	for (size_t i = 0; i < tb->n; i += tb->columns)
		print_line(tb, f, indent, tb->cells + i);
	tb->n = tb->room = 0;
	tb->cells = NULL;
}

/* Six places; more where these would hide the first four digits of a small amount. */
static unsigned places_for(struct wei v)
{
	char text[WEI_TEXT];
	size_t digits;

	wei_text(v, text);
	digits = strlen(text);
	if (digits > 14)
		return 6;
	return digits >= 4 ? (unsigned)(22 - digits) : 18;
}

const char *ether_short(struct turn *t, const char *wei)
{
	struct wei v;
	char text[AMOUNT_TEXT];

	if (!wei_parse(wei, &v))
		return "-";
	amount_text(v, 18, places_for(v), text);
	return turn_strdup(t, text);
}

const char *ether_of(struct turn *t, const char *wei)
{
	const char *s = ether_short(t, wei);

	return strcmp(s, "-") == 0 ? s : turn_printf(t, "%s ether", s);
}

const char *gwei_of(struct turn *t, const char *wei)
{
	struct wei v;
	char text[AMOUNT_TEXT];

	if (!wei_parse(wei, &v))
		return "-";
	amount_text(v, 9, 9, text);
	return turn_printf(t, "%s gwei", text);
}

int64_t stamp_ms(const Google__Protobuf__Timestamp *at)
{
	/* From 1970 to the end of year 9999: the range of what we can print. */
	if (at->seconds < 0)
		return 0;
	if (at->seconds > LAST_SECOND)
		return LAST_SECOND * 1000;
	return at->seconds * 1000 + at->nanos / 1000000;
}

/* One unit is enough for an age. */
static const char *span(struct turn *t, int64_t ms)
{
	int64_t s = ms > 0 ? ms / 1000 : 0;

	if (s < 60)
		return turn_printf(t, "%" PRId64 "s", s);
	if (s < 3600)
		return turn_printf(t, "%" PRId64 "m", s / 60);
	if (s < 2 * 86400)
		return turn_printf(t, "%" PRId64 "h", s / 3600);
	return turn_printf(t, "%" PRId64 "d", s / 86400);
}

const char *age(struct turn *t, const Google__Protobuf__Timestamp *at)
{
	if (!at)
		return "never";
	return turn_printf(t, "%s ago", span(t, t->now_ms - stamp_ms(at)));
}

const char *until(struct turn *t, const Google__Protobuf__Timestamp *at)
{
	if (!at)
		return "-";
	int64_t left = stamp_ms(at) - t->now_ms;

	return left <= 0 ? "now" : turn_printf(t, "in %s", duration_str(t, left));
}

static char *lower(struct turn *t, const char *text)
{
	char *s = turn_strdup(t, text);

	for (char *p = s; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return s;
}

/* "WALLET_STATE_" of WALLET_STATE_UNSPECIFIED. */
static size_t prefix_len(const ProtobufCEnumDescriptor *d)
{
	static const char zero[] = "UNSPECIFIED";
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, 0);
	size_t n = v ? strlen(v->name) : 0;

	return n > sizeof(zero) ? n - (sizeof(zero) - 1) : 0;
}

const char *enum_text(struct turn *t, const ProtobufCEnumDescriptor *d, int value)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, value);

	if (!v)
		return turn_printf(t, "%d", value);
	char *s = lower(t, v->name + prefix_len(d));

	for (char *p = s; *p; p++)
		if (*p == '_')
			*p = '-';
	return s;
}

/* ChannelKind -> "kind": the last word of the type. */
static const char *enum_noun(struct turn *t, const ProtobufCEnumDescriptor *d)
{
	const char *last = d->short_name;

	for (const char *s = last; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			last = s;
	return lower(t, last);
}

enum err enum_read(struct turn *t, const ProtobufCEnumDescriptor *d, const char *said, int *out)
{
	struct buf known = buf_in(t->mem, 400);

	for (unsigned i = 0; i < d->n_values; i++) {
		if (d->values[i].value == 0)
			continue;
		const char *name = enum_text(t, d, d->values[i].value);

		if (strcasecmp(name, said) == 0) {
			*out = d->values[i].value;
			return OK;
		}
		buf_printf(&known, "%s%s", known.n ? ", " : "", name);
	}
	return fail(t, ERR_INVALID, "there is no %s '%s'; there are: %s", enum_noun(t, d), said,
		    buf_text(&known));
}

enum err out_message(struct turn *t, const struct cli *c, const ProtobufCMessage *m)
{
	unsigned flags = JSON_ALL_FIELDS | (c->format == FORMAT_JSON ? JSON_PRETTY : 0);
	char *text;
	size_t n;

	if (!json_print(m, flags, &text, &n))
		return fail(t, ERR_BROKEN,
			    "the answer has no form in JSON: it is too large, or "
			    "holds text that is not UTF-8");
	(void)fwrite(text, 1, n, stdout);
	if (n == 0 || text[n - 1] != '\n')
		(void)putchar('\n');
	json_text_free(text);
	return OK;
}

bool out_json(struct turn *t, const struct cli *c, const ProtobufCMessage *m, enum err *e)
{
	if (c->format == FORMAT_TABLE)
		return false;
	*e = out_message(t, c, m);
	return true;
}

static void put_json_text(const char *s)
{
	(void)putchar('"');
	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == '"' || ch == '\\')
			(void)printf("\\%c", ch);
		else if (ch < 0x20 || ch == 0x7f)
			(void)printf("\\u%04x", ch);
		else
			(void)putchar(ch);
	}
	(void)putchar('"');
}

void out_error_member(struct turn *t, enum err e)
{
	const ProtobufCEnumValue *v =
		protobuf_c_enum_descriptor_get_value(&google__rpc__code__descriptor, err_grpc(e));

	(void)printf("\"error\":{\"code\":\"%s\",\"reason\":\"%s\",\"message\":",
		     lower(t, v ? v->name : "UNKNOWN"), reason_name(t->reason));
	put_json_text(clean(t, t->why));
	(void)putchar('}');
}

void out_error_json(struct turn *t, enum err e)
{
	(void)putchar('{');
	out_error_member(t, e);
	(void)puts("}");
}
