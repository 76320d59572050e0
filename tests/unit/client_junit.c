/* What a check prints for a CI system, whatever texts a server sends. */
#include "client/junit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/arena.h"
#include "store/base/turn.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

enum { SAID = 8192 };

static struct cli c;

/* What junit_one() prints for one text. */
static const char *printed(const char *name, enum junit_outcome outcome, const char *text)
{
	static char said[SAID];
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);

	assert_non_null(file);
	(void)fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	enum err e = junit_one(&t, &c, name, outcome, "kind", text);

	(void)fflush(stdout);
	assert_true(dup2(out, STDOUT_FILENO) >= 0);
	(void)close(out);
	assert_int_equal(e, OK);
	rewind(file);
	said[fread(said, 1, SAID - 1, file)] = 0;
	(void)fclose(file);
	return said;
}

static void has(const char *said, const char *want)
{
	if (!strstr(said, want))
		fail_msg("%s\nlacks: %s\n", said, want);
}

static void each_outcome_has_its_element_and_count(void **state)
{
	(void)state;
	has(printed("a", JUNIT_PASSED, ""),
	    "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\"");
	has(printed("a", JUNIT_PASSED, ""), "<testcase classname=\"ghostctl\" name=\"a\"/>");
	has(printed("a", JUNIT_FAILED, "no"), "failures=\"1\"");
	has(printed("a", JUNIT_FAILED, "no"), "<failure message=\"no\" type=\"kind\"/>");
	has(printed("a", JUNIT_ERROR, "no"), "<error message=\"no\" type=\"kind\"/>");
	has(printed("a", JUNIT_SKIPPED, "no"), "<skipped message=\"no\"/>");
}

static void markup_in_a_text_stays_text(void **state)
{
	const char *said = printed("<b>&\"'", JUNIT_FAILED, "]]></testcase>\n<!--");

	(void)state;
	has(said, "name=\"&lt;b&gt;&amp;&quot;'\"");
	has(said, "message=\"]]&gt;&lt;/testcase&gt;&#10;&lt;!--\"");
}

static void what_xml_cannot_hold_becomes_a_question_mark(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "a\033[2Jb", "\"a?[2Jb\"" },      /* a terminal's escape */
		{ "a\x7f", "\"a?\"" },              /* DEL */
		{ "\xc2\x85", "\"?\"" },            /* C1 */
		{ "\xff\xfe", "\"??\"" },           /* no UTF-8 */
		{ "\xc0\xaf", "\"??\"" },           /* a long form */
		{ "\xe0\x80\xaf", "\"???\"" },      /* a long form */
		{ "\xed\xa0\x80", "\"???\"" },      /* a surrogate */
		{ "\xef\xbf\xbe", "\"?\"" },        /* U+FFFE */
		{ "\xf4\x90\x80\x80", "\"????\"" }, /* beyond Unicode */
		{ "\xe2\x82", "\"??\"" },           /* cut off */
		{ "\xe2\x82\xac \xf0\x9f\x91\xbb", "\"\xe2\x82\xac \xf0\x9f\x91\xbb\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		has(printed("a", JUNIT_FAILED, cases[i].text), cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_outcome_has_its_element_and_count),
		cmocka_unit_test(markup_in_a_text_stays_text),
		cmocka_unit_test(what_xml_cannot_hold_becomes_a_question_mark),
	};

	return cmocka_run_group_tests(tests, fresh, done);
}
