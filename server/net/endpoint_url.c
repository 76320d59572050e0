/* The one place that turns an endpoint's URL into what people may see. */
#include <ctype.h>
#include <string.h>

#include "server/net/endpoints.h"
#include "store/base/buf.h"

/* A part of a path that may be an API key: long, or letters and digits mixed. "v2", "rpc",
 * "eth-mainnet" are not. */
static bool may_be_key(const char *s, size_t n)
{
	bool digit = false, letter = false;

	for (size_t i = 0; i < n; i++) {
		digit = digit || isdigit((unsigned char)s[i]);
		letter = letter || isalpha((unsigned char)s[i]);
	}
	return n >= 20 || (n >= 8 && digit && letter);
}

static void add_path(struct buf *b, const char *path, size_t n)
{
	while (n) {
		size_t part = 1;

		while (part < n && path[part] != '/')
			part++;
		if (may_be_key(path + 1, part - 1))
			buf_str(b, "/...");
		else
			buf_add(b, path, part);
		path += part;
		n -= part;
	}
}

const char *endpoint_url_shown(struct turn *t, const char *url)
{
	const char *rest = strstr(url, "://");
	struct buf b = buf_in(t->mem, 2 * (size_t)ENDPOINT_URL_MAX);

	if (!rest)
		return "(not a URL)";
	rest += 3;
	size_t host = strcspn(rest, "/?#");

	for (size_t i = host; i > 0; i--) /* the last @ ends the user and password */
		if (rest[i - 1] == '@') {
			buf_add(&b, url, (size_t)(rest - url));
			buf_add(&b, rest + i, host - i);
			break;
		}
	if (!b.n)
		buf_add(&b, url, (size_t)(rest - url) + host);
	rest += host;
	size_t path = strcspn(rest, "?#");

	add_path(&b, rest, path);
	if (rest[path] == '?')
		buf_str(&b, "?...");
	return b.full ? "(a very long URL)" : buf_text(&b);
}
