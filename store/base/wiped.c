#include "store/base/wiped.h"

#include <malloc.h>
#include <stdlib.h>

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
