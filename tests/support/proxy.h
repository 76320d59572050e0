/* tests/support/proxy.h - the answer-losing proxy (proxy.py) in front of a node, for a test.
 * Ended with the test. What is wrong fails the test. */
#ifndef TESTS_SUPPORT_PROXY_H
#define TESTS_SUPPORT_PROXY_H

#include <stdint.h>
#include <sys/types.h>

struct proxy {
	pid_t pid;
	char url[64];
	char witness[64]; /* file of JSON lines {n, ms, raw, fate}: what the node was told */
};

/* `mode`: one that proxy.py knows ("drop", "502", "mix" …); `rate` 0 to 1; `seed`: the lots. */
struct proxy *proxy_start(const char *upstream, const char *mode, double rate, unsigned seed);
/* Ends it and removes the witness file. NULL is fine. */
void proxy_stop(struct proxy *p);
/* From the next request on. */
void proxy_set(struct proxy *p, const char *mode, double rate);
/* One of its counts: "requests", "sends", "told", or a mode's name. */
uint64_t proxy_count(struct proxy *p, const char *what);

#endif
