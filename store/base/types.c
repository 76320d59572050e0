#include "store/base/types.h"

#include <string.h>

void wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

void secret_clear(struct secret *s)
{
	wipe(s->b, sizeof(s->b));
}
