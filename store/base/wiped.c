#include "store/base/wiped.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "store/base/types.h"

void *wiped_alloc(size_t size)
{
	return malloc(size);
}

void wiped_free(void *p)
{
	if (!p)
		return;
	wipe(p, malloc_usable_size(p));
	free(p);
}

void no_core_file(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_CORE, &most) != 0)
		return;
	most.rlim_cur = 0;
	(void)setrlimit(RLIMIT_CORE, &most);
}
