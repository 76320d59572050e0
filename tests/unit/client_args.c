/* The command line: what is taken, what is refused, and what was probably meant. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "store/base/turn.h"

static struct turn turn;
static struct args args;

static int setup(void **state)
{
	(void)state;
	turn_begin(&turn, NULL, NULL, arena_new(1 << 20), "test", "", 1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(turn.mem);
	return 0;
}

/* Words up to NULL, after the program's name. */
static enum err parse(const char *const *words)
{
	char *argv[16] = { (char[]){ "ghostctl" } };
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = turn_strdup(&turn, words[argc - 1]);
	return args_parse(&turn, commands, n_commands, argc, argv, &args);
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__, NULL })

static void refused(enum err e, const char *word)
{
	assert_int_equal(e, ERR_INVALID);
	if (!strstr(turn.why, word))
		print_error("'%s' is not in: %s\n", word, turn.why);
	assert_non_null(strstr(turn.why, word));
}

static void noun_and_verb_name_a_command(void **state)
{
	(void)state;
	assert_int_equal(PARSE("wallets", "get", "wallet-001"), OK);
	assert_ptr_equal(args.command->fn, cmd_wallets_get);
	assert_int_equal(args.n_words, 1);
	assert_string_equal(args.word[0], "wallet-001");
}

static void a_daily_word_stands_alone(void **state)
{
	(void)state;
	assert_int_equal(PARSE("reset", "wallet-001"), OK);
	assert_ptr_equal(args.command->fn, cmd_reset);
	assert_string_equal(args.word[0], "wallet-001");
}

static void options_stand_anywhere_in_both_forms(void **state)
{
	(void)state;
	assert_int_equal(
		PARSE("-o", "json", "fund", "--target=0.05ether", "-y", "--wallets", "a,b"), OK);
	assert_string_equal(args.opt[OPT_OUTPUT], "json");
	assert_string_equal(args.opt[OPT_TARGET], "0.05ether");
	assert_string_equal(args.opt[OPT_WALLETS], "a,b");
	assert_non_null(args.opt[OPT_YES]);
	assert_null(args.opt[OPT_DRY_RUN]);
}

static void a_short_option_takes_its_value_attached(void **state)
{
	(void)state;
	assert_int_equal(PARSE("status", "-ojsonl"), OK);
	assert_string_equal(args.opt[OPT_OUTPUT], "jsonl");
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE("wallets", "import", "--", "--yes"), OK);
	assert_string_equal(args.word[0], "--yes");
}

static void one_dash_is_a_word(void **state)
{
	(void)state;
	assert_int_equal(PARSE("wallets", "import", "-"), OK);
	assert_string_equal(args.word[0], "-");
}

static void a_wrong_command_is_refused_with_the_nearest(void **state)
{
	(void)state;
	refused(PARSE("stauts"), "did you mean 'status'?");
	refused(PARSE("wallet", "list"), "did you mean 'wallets'?");
	refused(PARSE("wallets", "lst"), "did you mean 'wallets list'?");
	refused(PARSE("operations", "canel", "1"), "did you mean 'operations cancel'?");
	refused(PARSE("extr"), "did you mean 'extract'?");
}

static void a_word_near_to_nothing_gets_no_guess(void **state)
{
	(void)state;
	refused(PARSE("xyzzyplugh"), "see: ghostctl help");
	assert_null(strstr(turn.why, "did you mean"));
}

static void a_noun_alone_says_what_it_can(void **state)
{
	(void)state;
	refused(PARSE("wallets"), "needs one of: list, get, generate");
	refused(PARSE("safe", "dance"), "it can: list, add, text, prove, remove");
}

static void a_wrong_option_is_refused_with_the_nearest(void **state)
{
	(void)state;
	refused(PARSE("fund", "--taget", "1ether"), "did you mean --target?");
	refused(PARSE("fund", "--taget=1ether"), "did you mean --target?");
	refused(PARSE("fund", "-x"), "there is no option -x");
	refused(PARSE("pause", "--target", "1ether"), "'pause' has no option --target");
}

static void values_are_missing_or_too_many(void **state)
{
	(void)state;
	refused(PARSE("fund", "--target"), "--target needs a value: --target AMOUNT");
	refused(PARSE("fund", "--yes=no"), "--yes takes no value");
	refused(PARSE("fund", "--yes", "-y"), "--yes is given twice");
	refused(PARSE("reset"), "'reset' needs WALLET; for example: ghostctl reset wallet-001");
	refused(PARSE("status", "now"), "does not know what to do with 'now'");
}

static void help_is_asked_for_in_every_way(void **state)
{
	(void)state;
	assert_int_equal(PARSE("help"), OK);
	assert_true(args.help && !args.command && args.n_words == 0);
	assert_int_equal(PARSE("help", "fund"), OK);
	assert_true(args.help);
	assert_ptr_equal(args.command->fn, cmd_fund);
	assert_int_equal(PARSE("reset", "--help"), OK);
	assert_ptr_equal(args.command->fn, cmd_reset);
	assert_int_equal(PARSE("help", "wallets"), OK);
	assert_true(args.help && !args.command && args.n_words == 1);
	assert_int_equal(PARSE("wallets", "get", "-h"), OK);
	assert_ptr_equal(args.command->fn, cmd_wallets_get);
	refused(PARSE("help", "fnd"), "did you mean 'fund'?");
}

static void no_words_at_all_is_a_call_for_help(void **state)
{
	(void)state;
	assert_int_equal(parse((const char *const[]){ NULL }), OK);
	assert_true(args.help);
}

static void counts_are_whole_and_bounded(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(args_count(&turn, "10000", OPT_COUNT, 10000, &v), OK);
	assert_int_equal(v, 10000);
	refused(args_count(&turn, "0", OPT_COUNT, 10000, &v), "--count is a whole number from 1");
	refused(args_count(&turn, "10001", OPT_COUNT, 10000, &v), "to 10000");
	refused(args_count(&turn, "-1", OPT_COUNT, 10000, &v), "not '-1'");
	refused(args_count(&turn, "", OPT_COUNT, 10000, &v), "whole number");
	refused(args_count(&turn, "99999999999999999999", OPT_COUNT, 10000, &v), "whole number");
}

static void lists_are_cut_at_commas(void **state)
{
	size_t n;
	char **part = args_split(&turn, ",a,,bc,", &n);

	(void)state;
	assert_int_equal(n, 2);
	assert_string_equal(part[0], "a");
	assert_string_equal(part[1], "bc");
	args_split(&turn, "", &n);
	assert_int_equal(n, 0);
}

static void every_command_teaches(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *row = &commands[i];
		char *text;
		size_t n;
		FILE *f = open_memstream(&text, &n);

		assert_true(strlen(row->purpose) > 10 && strlen(row->purpose) <= 55);
		assert_non_null(strstr(row->example, "ghostctl "));
		assert_non_null(strstr(row->example, row->noun));
		assert_true(!row->verb || strstr(row->example, row->verb));
		assert_true((*row->args != 0) == (row->most > 0));
		assert_non_null(row->fn);
		help_command(f, row);
		assert_int_equal(fclose(f), 0);
		assert_non_null(strstr(text, row->purpose));
		assert_non_null(strstr(text, row->example));
		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= 80);
		free(text);
	}
}

/* What the help says must be accepted as it stands. */
static void every_example_parses_to_its_own_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_commands; i++) {
		char *argv[16];
		int argc = 0;
		bool quoted = false, word = false;

		if (strncmp(commands[i].example, "ghostctl ", 9) != 0)
			continue; /* a line of a shell */
		for (char *s = turn_strdup(&turn, commands[i].example); *s; s++) {
			if (*s == '"')
				quoted = !quoted;
			if (*s == ' ' && !quoted) {
				*s = 0;
				word = false;
			} else if (!word) {
				argv[argc++] = s;
				word = true;
			}
		}
		assert_int_equal(args_parse(&turn, commands, n_commands, argc, argv, &args), OK);
		assert_ptr_equal(args.command, &commands[i]);
	}
}

static void rows_of_a_noun_stand_together_and_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_commands; i++)
		for (size_t k = i + 1; k < n_commands; k++) {
			if (strcmp(commands[i].noun, commands[k].noun) != 0)
				continue;
			assert_string_equal(commands[k - 1].noun, commands[k].noun);
			assert_true(commands[i].verb && commands[k].verb);
			assert_string_not_equal(commands[i].verb, commands[k].verb);
		}
}

static void no_option_takes_a_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPTIONS; i++) {
		if (!option_table[i].value || strcmp(option_table[i].value, "FILE") == 0)
			continue;
		assert_null(strstr(option_table[i].name, "key"));
		assert_null(strstr(option_table[i].name, "token"));
		assert_null(strstr(option_table[i].name, "pass"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noun_and_verb_name_a_command),
		cmocka_unit_test(a_daily_word_stands_alone),
		cmocka_unit_test(options_stand_anywhere_in_both_forms),
		cmocka_unit_test(a_short_option_takes_its_value_attached),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(one_dash_is_a_word),
		cmocka_unit_test(a_wrong_command_is_refused_with_the_nearest),
		cmocka_unit_test(a_word_near_to_nothing_gets_no_guess),
		cmocka_unit_test(a_noun_alone_says_what_it_can),
		cmocka_unit_test(a_wrong_option_is_refused_with_the_nearest),
		cmocka_unit_test(values_are_missing_or_too_many),
		cmocka_unit_test(help_is_asked_for_in_every_way),
		cmocka_unit_test(no_words_at_all_is_a_call_for_help),
		cmocka_unit_test(counts_are_whole_and_bounded),
		cmocka_unit_test(lists_are_cut_at_commas),
		cmocka_unit_test(every_command_teaches),
		cmocka_unit_test(every_example_parses_to_its_own_command),
		cmocka_unit_test(rows_of_a_noun_stand_together_and_are_unique),
		cmocka_unit_test(no_option_takes_a_secret),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
