#include "store/base/version.h"

#include <stdio.h>

const char *version_number(void)
{
	return GF_VERSION;
}

const char *version_build(void)
{
	return GF_BUILD_ID;
}

const char *version_line(const char *program)
{
	static char line[120];

	(void)snprintf(line, sizeof(line), *GF_BUILD_ID ? "%s %s (%s)" : "%s %s%s", program,
		       GF_VERSION, GF_BUILD_ID);
	return line;
}
