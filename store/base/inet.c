#include "store/base/inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* IANA's registries of special-purpose addresses. */
static const struct {
	uint32_t net;
	unsigned bits;
} own4[] = {
	{ 0x00000000, 8 },  { 0x0a000000, 8 },  { 0x64400000, 10 }, { 0x7f000000, 8 },
	{ 0xa9fe0000, 16 }, { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 },
	{ 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 },
	{ 0xe0000000, 4 },  { 0xf0000000, 4 },
};

static bool public4(uint32_t a)
{
	for (size_t i = 0; i < sizeof(own4) / sizeof(own4[0]); i++)
		if ((a ^ own4[i].net) >> (32 - own4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool public6(const uint8_t *b)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
		return public4(at(b + 12));
	if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 */
		return public4(at(b + 2));
	if (b[0] == 0x20 && b[1] == 0x01 && (b[2] < 2 || (b[2] == 0x0d && b[3] == 0xb8)))
		return false;         /* Teredo and the like; documentation */
	return (b[0] & 0xe0) == 0x20; /* 2000::/3 is all that was given out */
}

bool inet_is_public(const struct sockaddr *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return public4(ntohl(v4.sin_addr.s_addr));
	}
	if (a->sa_family != AF_INET6)
		return false;
	memcpy(&v6, a, sizeof(v6));
	return public6(v6.sin6_addr.s6_addr);
}

bool inet_host_is_private(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	char plain[INET6_ADDRSTRLEN];
	size_t n = strlen(host);

	if (n >= 9 && strcasecmp(host + n - 9, "localhost") == 0 && (n == 9 || host[n - 10] == '.'))
		return true;
	if (*host == '[' && n < sizeof(plain) && host[n - 1] == ']') {
		(void)snprintf(plain, sizeof(plain), "%.*s", (int)(n - 2), host + 1);
		return inet_pton(AF_INET6, plain, &v6) == 1 && !public6(v6.s6_addr);
	}
	/* Also "127.1" and "0x7f000001", which connect to the same. */
	return inet_aton(host, &v4) && !public4(ntohl(v4.s_addr));
}
