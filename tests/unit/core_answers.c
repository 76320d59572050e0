/* Several endpoints say different things of the same bytes. */
#include "tests/support/test.h"

#include <string.h>

#include "server/core/answers.h"
#include "tests/support/one_turn.h"

#define ACCEPTED                                                                                   \
	{                                                                                          \
		.heard = HEARD_ACCEPTED, .message = "", .endpoint = "a"                            \
	}
#define UNKNOWN                                                                                    \
	{                                                                                          \
		.heard = HEARD_UNKNOWN, .message = "timeout", .endpoint = "u"                      \
	}
#define NOT_SENT                                                                                   \
	{                                                                                          \
		.heard = HEARD_NOT_SENT, .message = "refused", .endpoint = "n"                     \
	}
#define REFUSED(text)                                                                              \
	{                                                                                          \
		.heard = HEARD_REFUSED, .code = -32000, .message = text, .endpoint = "r"           \
	}

static void one_success_beats_any_error_and_doubt_beats_a_refusal(void **state)
{
	static const struct {
		struct answer a[3];
		size_t n, counts;
		bool contradict;
	} cases[] = {
		{ { NOT_SENT }, 1, 0, false },
		{ { UNKNOWN, ACCEPTED }, 2, 1, false },
		{ { REFUSED("already known"), ACCEPTED }, 2, 1, false },
		{ { UNKNOWN, REFUSED("transaction already imported") }, 2, 1, false },
		{ { REFUSED("intrinsic gas too low"), ACCEPTED }, 2, 1, true },
		{ { REFUSED("already known"), REFUSED("insufficient funds") }, 2, 0, true },
		/* In doubt it may be in a pool: never a person's case at once. */
		{ { REFUSED("intrinsic gas too low"), UNKNOWN }, 2, 1, false },
		{ { REFUSED("intrinsic gas too low"), REFUSED("insufficient funds"), NOT_SENT },
		  3,
		  1,
		  false },
		{ { NOT_SENT, REFUSED("intrinsic gas too low") }, 2, 1, false },
		/* Busy, or mined in between: no contradiction. */
		{ { REFUSED("rate limit"), ACCEPTED, REFUSED("nonce too low") }, 3, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool contradict;
		size_t counts = answers_judge(cases[i].a, cases[i].n, &contradict);

		if (counts != cases[i].counts || contradict != cases[i].contradict)
			fail_msg("case %zu: %zu counts, contradiction %d\n", i, counts, contradict);
	}
}

static void a_person_reads_what_the_others_said(void **state)
{
	static const struct answer all[] = { UNKNOWN, ACCEPTED, REFUSED("nonce too low") };

	(void)state;
	assert_string_equal(answers_others(&t, all, 3, 1), "; u: timeout; r: nonce too low");
	assert_string_equal(answers_others(&t, all, 3, 0), "; a: accepted; r: nonce too low");
	assert_string_equal(answers_others(&t, all, 1, 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			one_success_beats_any_error_and_doubt_beats_a_refusal, fresh, done),
		cmocka_unit_test_setup_teardown(a_person_reads_what_the_others_said, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
