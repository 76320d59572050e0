#include "client/stop.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "store/base/clock.h"

static volatile sig_atomic_t asked;

static void on_signal(int sig)
{
	(void)sig;
	asked = 1;
}

void stop_install(void)
{
	/* No SA_RESTART: a question at the terminal ends, too. */
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
}

bool stop_asked(void)
{
	return asked != 0;
}

bool stop_sleep(int64_t ms)
{
	int64_t until = clock_mono_ms() + ms;

	while (!asked) {
		int64_t left = until - clock_mono_ms();

		if (left <= 0)
			return true;
		(void)poll(NULL, 0, left < 100 ? (int)left : 100);
	}
	return false;
}

bool stop_wait_input(int fd)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };

	while (!asked)
		if (poll(&in, 1, 100) > 0)
			return true;
	return false;
}
