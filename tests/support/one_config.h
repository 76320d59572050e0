/* tests/support/one_config.h - a configuration `f` for each test of a file, made by the setup
 * `begin` and ended by the teardown `end`. */
#ifndef TESTS_SUPPORT_ONE_CONFIG_H
#define TESTS_SUPPORT_ONE_CONFIG_H

#include "tests/support/configs.h"

static struct configs f;

static int begin(void **state)
{
	(void)state;
	configs_begin(&f);
	return 0;
}

static int end(void **state)
{
	(void)state;
	configs_end(&f);
	return 0;
}

#endif
