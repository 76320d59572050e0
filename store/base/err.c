#include "store/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/base/turn.h"

static const struct {
	const char *name, *text;
	int grpc, exit;
	enum retry retry;
} errs[ERR_COUNT] = {
#define X(n, g, e, r, t) [n] = { .name = #n, .grpc = (g), .exit = (e), .retry = (r), .text = (t) },
	ERR_TABLE(X)
#undef X
};

static const struct {
	const char *name, *text;
	enum err err;
} reasons[REASON_COUNT] = { [REASON_NONE] = { .name = "", .text = "", .err = OK },
#define X(n, e, t) [REASON_##n] = { .name = #n, .err = (e), .text = (t) },
			    REASON_TABLE(X)
#undef X
};

static enum reason first_reason(enum err code)
{
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (reasons[i].err == code)
			return (enum reason)i;
	return REASON_NONE;
}

/* Where a cut text of UTF-8 may end: not inside a character. */
static size_t whole_characters(const char *s, size_t n)
{
	size_t start = n;

	while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)s[start - 1] < 0xc0)
		return n;
	unsigned char lead = (unsigned char)s[start - 1];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	return n - (start - 1) < want ? start - 1 : n;
}

/* One line for a person, whatever is in the values: no control characters, which a terminal would
 * obey, and no half character at the end. The line of before may be one of the values. */
static void say(struct turn *t, enum reason why, const char *fmt, va_list ap)
{
	char line[sizeof(t->why)];
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(line))
		len = whole_characters(line, sizeof(line) - 1);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	memcpy(t->why, line, len);
	t->why[len] = 0;
	t->reason = why;
}

enum err fail(struct turn *t, enum err code, const char *fmt, ...)
{
	va_list ap;

	assert(code != OK && code < ERR_COUNT);
	va_start(ap, fmt);
	say(t, first_reason(code), fmt, ap);
	va_end(ap);
	return code;
}

enum err fail_reason(struct turn *t, enum reason why, const char *fmt, ...)
{
	va_list ap;

	assert(why != REASON_NONE && why < REASON_COUNT);
	va_start(ap, fmt);
	say(t, why, fmt, ap);
	va_end(ap);
	return reasons[why].err;
}

const char *err_name(enum err code)
{
	return code < ERR_COUNT ? errs[code].name : "?";
}

const char *err_meaning(enum err code)
{
	return code < ERR_COUNT ? errs[code].text : "?";
}

int err_grpc(enum err code)
{
	return code < ERR_COUNT ? errs[code].grpc : errs[ERR_BROKEN].grpc;
}

int err_exit(enum err code)
{
	return code < ERR_COUNT ? errs[code].exit : errs[ERR_BROKEN].exit;
}

enum err err_from_grpc(int status)
{
	for (int i = 0; i < ERR_COUNT; i++)
		if (errs[i].grpc == status)
			return (enum err)i;
	return ERR_BROKEN;
}

const char *reason_name(enum reason why)
{
	return why < REASON_COUNT ? reasons[why].name : "";
}

const char *reason_meaning(enum reason why)
{
	return why < REASON_COUNT ? reasons[why].text : "";
}

enum err reason_err(enum reason why)
{
	return why < REASON_COUNT ? reasons[why].err : ERR_BROKEN;
}

/* Where a reason is another matter than the others of its error. */
static const struct {
	enum reason why;
	enum retry retry;
} other[] = {
	{ REASON_LIMIT_REACHED, RETRY_CHANGED }, { REASON_DISK_FULL, RETRY_CHANGED },
	{ REASON_PLAN_NOT_READY, RETRY_SAME },   { REASON_PLAN_CHANGED, RETRY_AFRESH },
	{ REASON_PLAN_EXPIRED, RETRY_AFRESH },
};

enum retry reason_retry(enum reason why)
{
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (other[i].why == why)
			return other[i].retry;
	return errs[reason_err(why)].retry;
}

const char *retry_meaning(enum retry r)
{
	switch (r) {
	case RETRY_NEVER:
		return "no: the same request fails again";
	case RETRY_SAME:
		return "yes: the same request, with the same request_id, after a pause";
	case RETRY_CHANGED:
		return "once somebody changed what stands in the way";
	case RETRY_AFRESH:
		return "read again, and make a new request of it";
	}
	return "";
}
