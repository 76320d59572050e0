/* Whatever stands in the file: the reader ends with a configuration or with problems that have a
 * place, never otherwise. Mutations of a good file; GF_SEED and GF_RUNS ask for others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/door/guard.h"
#include "tests/support/one_config.h"
#include "tests/support/stop.h"
#include "tests/support/test.h"

enum { RUNS = 400, FILE_ROOM = 64 * 1024, CHANGES = 4 };

static uint64_t lot;

/* xorshift64*: the same lots for the same seed, everywhere. */
static size_t draw(size_t below)
{
	lot ^= lot >> 12;
	lot ^= lot << 25;
	lot ^= lot >> 27;
	return (size_t)((lot * 2685821657736338717u) >> 33) % below;
}

static size_t insert(char *text, size_t n, size_t at, const char *what, size_t len)
{
	if (n + len >= FILE_ROOM)
		return n;
	memmove(text + at + len, text + at, n - at);
	memcpy(text + at, what, len);
	return n + len;
}

static size_t change(char *text, size_t n)
{
	static const char *const words[] = {
		"\"",
		"[",
		"]",
		"{",
		"}",
		"=",
		"\n",
		"0",
		"-1",
		"9999999999999999999",
		"[[",
		",",
		"[[wallets]]\n",
		"nan",
		"1e309",
		"1979-05-27",
		"'''",
		"\\u0000",
		"#",
		"\xff\xfe",
	};
	char piece[32];
	size_t at = draw(n), len = 1 + draw(sizeof(piece) - 1);

	switch (draw(4)) {
	case 0:
		text[at] = (char)(1 + draw(255));
		return n;
	case 1:
		len = at + len < n ? len : n - at - 1;
		memmove(text + at, text + at + len, n - at - len);
		return n - len;
	case 2:
		memcpy(piece, text + draw(n - sizeof(piece)), sizeof(piece));
		return insert(text, n, at, piece, len);
	default: {
		const char *word = words[draw(sizeof(words) / sizeof(words[0]))];

		return insert(text, n, at, word, strlen(word));
	}
	}
}

/* One line of good text. */
static bool plain(const char *text)
{
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return guard_text((const uint8_t *)text, strlen(text));
}

static void check_told(size_t n_lines)
{
	if ((f.said == OK) != (f.problems.errors == 0))
		stop_test("%s, and %zu errors", err_name(f.said), f.problems.errors);
	for (size_t i = 0; i < f.problems.n; i++) {
		const struct config_problem *p = &f.problems.v[i];

		if (p->line > n_lines + 1 || !*p->key || !*p->what || !plain(p->what) ||
		    !plain(p->key) || (p->write && !plain(p->write)))
			stop_test("a problem at %u of %zu lines: '%s' '%s'", p->line, n_lines,
				  p->key, p->what);
	}
}

static void any_bytes_give_a_configuration_or_problems(void **state)
{
	static char good[FILE_ROOM], text[FILE_ROOM + 1];
	const char *seed = getenv("GF_SEED"), *more = getenv("GF_RUNS");
	size_t runs = more ? strtoull(more, NULL, 10) : RUNS;
	FILE *file = fopen("tests/data/config/runbook.toml", "r");
	size_t size;

	(void)state;
	assert_non_null(file);
	size = fread(good, 1, sizeof(good) - 1, file);
	(void)fclose(file);
	lot = seed ? strtoull(seed, NULL, 10) : 20261122;
	for (size_t i = 0; i < runs; i++) {
		struct buf out = buf_in(f.mem, 4 << 20);
		size_t n = size, lines = 0;
		const char *path;

		memcpy(text, good, size);
		for (size_t k = 1 + draw(CHANGES); k > 0; k--)
			n = change(text, n);
		text[n] = 0;
		for (size_t at = 0; at < n; at++)
			lines += text[at] == '\n';
		path = configs_file(&f, "same.env", 0600, text);
		configs_read(&f, text, NULL, &path, i % 5 == 0);
		check_told(lines);
		config_report(f.c, &f.problems, i % 2, &out);
		config_show(f.c, true, i % 2, &out);
		assert_false(out.full);
		assert_true(guard_text(out.p, out.n));
		turn_end(&f.t);
		turn_begin(&f.t, NULL, NULL, f.mem, "test", "tester", 60000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_bytes_give_a_configuration_or_problems, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
