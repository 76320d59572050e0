/* What the doors take, as people and programs read it. */
#include "server/door/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/arena.h"
#include "tests/support/stop.h"
#include "tests/support/test.h"

enum { PAGE_MAX = 1 << 16 };

static void every_limit_has_a_name_of_its_own_and_a_known_unit(void **state)
{
	size_t n;
	const struct limit *l = limits(&n);

	(void)state;
	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		assert_true(l[i].value > 0);
		assert_true(!*l[i].unit || strcmp(l[i].unit, "ms") == 0 ||
			    strcmp(l[i].unit, "bytes") == 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(l[i].name, l[k].name);
	}
}

/* What C-core does with a client's pings follows from these; see tests/door/keepalive.c. */
static void a_keepalive_that_the_manual_advises_is_never_too_often(void **state)
{
	(void)state;
	assert_true(LIMIT_GRPC_PING_MIN < 20 * 1000);
	assert_true(LIMIT_GRPC_KEEPALIVE > LIMIT_GRPC_KEEPALIVE_TIMEOUT);
}

static void the_reference_is_made_from_the_table(void **state)
{
	static const char path[] = "docs/reference/limits.md";
	static char kept[PAGE_MAX];
	struct arena *mem = arena_new(1 << 20);
	struct buf now = buf_in(mem, PAGE_MAX - 1);
	FILE *file;

	(void)state;
	limits_reference(&now);
	assert_false(now.full);
	if (getenv("GF_UPDATE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_true(fputs(buf_text(&now), file) >= 0);
		assert_int_equal(fclose(file), 0);
	}
	file = fopen(path, "r");
	if (!file)
		stop_test("%s is not there: run this test with GF_UPDATE=1", path);
	(void)fread(kept, 1, sizeof(kept) - 1, file);
	(void)fclose(file);
	if (strcmp(kept, buf_text(&now)) != 0)
		stop_test("%s is not what limits.def says: run this test with GF_UPDATE=1", path);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_has_a_name_of_its_own_and_a_known_unit),
		cmocka_unit_test(a_keepalive_that_the_manual_advises_is_never_too_often),
		cmocka_unit_test(the_reference_is_made_from_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
