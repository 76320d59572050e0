/* store/base/inet.h - which addresses of the internet are anybody's, and which are our own. */
#ifndef STORE_BASE_INET_H
#define STORE_BASE_INET_H

#include <stdbool.h>

struct sockaddr;

/* False: loopback, private (RFC 1918, RFC 4193), link-local (cloud metadata lives there), shared
 * (RFC 6598), multicast, documentation, reserved, unspecified, or no address of the internet.
 * IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged by what is inside. */
bool inet_is_public(const struct sockaddr *a);

/* `host` is an address, as in a URL ("127.0.0.1", "[::1]"), and not a public one; or "localhost"
 * or a name below it. False for other names: what they stand for shows when we connect. */
bool inet_host_is_private(const char *host);

#endif
