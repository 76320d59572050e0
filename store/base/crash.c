#include "store/base/crash.h"

#ifdef GF_FAULTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
#define P(id, name, where) [CRASH_##id] = (name),
#include "store/base/crash.def"
#undef P
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *wanted; /* NULL: none */
static size_t wanted_n;
static _Atomic long left;

static void read_wish(void)
{
	const char *colon;

	wanted = getenv("GF_CRASH_AT");
	if (!wanted)
		return;
	colon = strchr(wanted, ':');
	wanted_n = colon ? (size_t)(colon - wanted) : strlen(wanted);
	atomic_store(&left, colon ? strtol(colon + 1, NULL, 10) : 1);
}

static int is_wanted(const char *point, const char *what)
{
	size_t n = strlen(point);

	if (wanted_n < n || strncmp(wanted, point, n) != 0)
		return 0;
	return wanted_n == n || (wanted[n] == '/' && strlen(what) == wanted_n - n - 1 &&
				 strncmp(wanted + n + 1, what, wanted_n - n - 1) == 0);
}

void crash_point(enum crash_point point, const char *what)
{
	(void)pthread_once(&once, read_wish);
	if (wanted && is_wanted(names[point], what) && atomic_fetch_sub(&left, 1) == 1)
		(void)kill(getpid(), SIGKILL);
}

#endif
