#include "client/junit.h"

#include <stdio.h>
#include <string.h>

#include "client/follow.h"
#include "client/list.h"
#include "client/out.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { CASES_MAX = 64 << 20, PAGE = 1000 };

/* The scalar value of the UTF-8 character at s and its length; 0: there is none (RFC 3629). */
static size_t character(const unsigned char *s, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t v = n == 1 ? s[0] : n == 2 ? s[0] & 0x1f : n == 3 ? s[0] & 0x0f : s[0] & 0x07;

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s[i] & 0x3f);
	}
	*out = v;
	return n && v >= least[n] && v <= 0x10ffff && (v < 0xd800 || v > 0xdfff) ? n : 0;
}

/* What XML 1.0 calls Char, but for the controls that some readers stumble over. */
static bool may_stand(uint32_t v)
{
	return v == '\n' ||
	       (v >= 0x20 && v != 0x7f && !(v >= 0x80 && v < 0xa0) && v != 0xfffe && v != 0xffff);
}

static void put_xml(struct buf *b, const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		uint32_t v = 0;
		size_t n = character(s, &v);

		if (n == 0 || !may_stand(v))
			buf_char(b, '?');
		else if (v == '<')
			buf_str(b, "&lt;");
		else if (v == '>')
			buf_str(b, "&gt;");
		else if (v == '&')
			buf_str(b, "&amp;");
		else if (v == '"')
			buf_str(b, "&quot;");
		else if (v == '\n')
			buf_str(b, "&#10;");
		else
			buf_add(b, s, n);
		s += n ? n : 1;
	}
}

static void put_attribute(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, " %s=\"", name);
	put_xml(b, value);
	buf_char(b, '"');
}

static const char *class_name(struct turn *t, const struct cli *c)
{
	const struct command *row = c->args.command;

	if (!row)
		return "ghostctl";
	return turn_printf(t, "ghostctl.%s%s%s", row->noun, row->verb ? "." : "",
			   row->verb ? row->verb : "");
}

struct junit junit_begin(struct turn *t, struct cli *c)
{
	return (struct junit){ .c = c,
			       .class = class_name(t, c),
			       .cases = buf_in(t->mem, CASES_MAX) };
}

void junit_case(struct junit *j, const char *name, enum junit_outcome outcome, const char *kind,
		const char *text)
{
	static const char *const element[] = {
		[JUNIT_FAILED] = "failure", [JUNIT_SKIPPED] = "skipped", [JUNIT_ERROR] = "error"
	};
	struct buf *b = &j->cases;

	j->n++;
	j->failed += outcome == JUNIT_FAILED;
	j->skipped += outcome == JUNIT_SKIPPED;
	j->errors += outcome == JUNIT_ERROR;
	buf_str(b, "    <testcase");
	put_attribute(b, "classname", j->class);
	put_attribute(b, "name", name);
	if (outcome == JUNIT_PASSED) {
		buf_str(b, "/>\n");
		return;
	}
	buf_printf(b, ">\n      <%s", element[outcome]);
	put_attribute(b, "message", text);
	if (outcome != JUNIT_SKIPPED)
		put_attribute(b, "type", kind);
	buf_str(b, "/>\n    </testcase>\n");
}

static void put_counts(struct buf *b, const struct junit *j, int64_t ms)
{
	buf_printf(
		b,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%lld.%03d\"",
		j->n, j->failed, j->errors, j->skipped, (long long)(ms / 1000), (int)(ms % 1000));
}

enum err junit_end(struct turn *t, struct junit *j)
{
	struct buf b = buf_in(t->mem, CASES_MAX + 4096);
	int64_t ms = clock_wall_ms() - t->now_ms;
	char when[CLOCK_TEXT];

	if (j->cases.full)
		return fail(t, ERR_FULL, "the report is above %d MiB", CASES_MAX >> 20);
	if (ms < 0)
		ms = 0;
	clock_text(t->now_ms, when);
	buf_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ghostctl\"");
	put_counts(&b, j, ms);
	buf_str(&b, ">\n  <testsuite");
	put_attribute(&b, "name", j->class);
	put_counts(&b, j, ms);
	put_attribute(&b, "timestamp", when);
	put_attribute(&b, "hostname", j->c->context.address ? j->c->context.address : "");
	buf_str(&b, ">\n");
	buf_add(&b, j->cases.p, j->cases.n);
	buf_str(&b, "  </testsuite>\n</testsuites>\n");
	(void)fputs(buf_text(&b), stdout);
	return OK;
}

enum err junit_one(struct turn *t, struct cli *c, const char *name, enum junit_outcome outcome,
		   const char *kind, const char *text)
{
	struct junit j = junit_begin(t, c);

	junit_case(&j, name, outcome, kind, text);
	return junit_end(t, &j);
}

void junit_error(struct turn *t, struct cli *c, enum err e)
{
	const char *kind = t->reason != REASON_NONE ? reason_name(t->reason) : err_name(e);

	if (junit_one(t, c, c->args.command ? c->args.command->noun : "ghostctl", JUNIT_ERROR, kind,
		      t->why) != OK)
		(void)fprintf(stderr, "ghostctl: %s\n", t->why);
}

/* ---- operations ---- */

static void step_case(struct turn *t, struct junit *j, const Ghostfleet__V1__Step *s)
{
	const char *state = enum_text(t, &ghostfleet__v1__step_state__descriptor, (int)s->state);
	enum junit_outcome outcome =
		s->state == GHOSTFLEET__V1__STEP_STATE__STEP_STATE_DONE ? JUNIT_PASSED
		: s->state == GHOSTFLEET__V1__STEP_STATE__STEP_STATE_SKIPPED ||
				s->state == GHOSTFLEET__V1__STEP_STATE__STEP_STATE_PLANNED
			? JUNIT_SKIPPED
			: JUNIT_FAILED;

	junit_case(j, short_name(s->wallet), outcome, state, *s->text ? s->text : state);
}

static enum err step_page(struct turn *t, struct junit *j, const char *parent, char **token)
{
	Ghostfleet__V1__ListStepsRequest q = GHOSTFLEET__V1__LIST_STEPS_REQUEST__INIT;
	void *answer;

	q.parent = turn_strdup(t, parent);
	q.page_size = PAGE;
	q.page_token = *token;
	TRY(cli_call(t, j->c, &ghostfleet__v1__operation_service__descriptor, "ListSteps", &q,
		     &answer));
	const Ghostfleet__V1__ListStepsResponse *r = answer;

	for (size_t i = 0; i < r->n_steps; i++)
		step_case(t, j, r->steps[i]);
	*token = r->next_page_token;
	return OK;
}

enum err junit_operation(struct turn *t, struct cli *c, const Ghostfleet__V1__Operation *o)
{
	struct junit j = junit_begin(t, c);
	const char *state =
		enum_text(t, &ghostfleet__v1__operation_state__descriptor, (int)o->state);
	bool well = o->state == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE ||
		    o->state == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNED;
	char *token = turn_strdup(t, "");

	junit_case(&j, o->name, well ? JUNIT_PASSED : JUNIT_FAILED, state,
		   *o->text ? o->text : state);
	do
		TRY(step_page(t, &j, o->name, &token));
	while (*token && j.n <= JUNIT_STEPS);
	if (*token)
		junit_case(&j, "more steps", JUNIT_SKIPPED, "limit",
			   turn_printf(t, "only the first %d steps are here", JUNIT_STEPS));
	return junit_end(t, &j);
}
