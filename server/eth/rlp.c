#include "server/eth/rlp.h"

#include <assert.h>
#include <string.h>

#include "store/base/wei.h"

/* A string begins at 0x80, a list at 0xc0; up to 55 bytes the length is in that byte, else the
 * byte tells how many bytes of big-endian length follow. */
enum { STRING = 0x80, LIST = 0xc0, SHORT_MAX = 55 };

static size_t put_head(uint8_t head[9], uint8_t kind, size_t n)
{
	if (n <= SHORT_MAX) {
		head[0] = (uint8_t)(kind + n);
		return 1;
	}
	size_t width = 0;

	for (size_t v = n; v; v >>= 8)
		width++;
	head[0] = (uint8_t)(kind + SHORT_MAX + width);
	for (size_t i = 0; i < width; i++)
		head[1 + i] = (uint8_t)(n >> (8 * (width - 1 - i)));
	return 1 + width;
}

struct rlp rlp_in(struct arena *mem, size_t max)
{
	return (struct rlp){ .out = buf_in(mem, max) };
}

void rlp_raw(struct rlp *r, struct bytes b)
{
	buf_add(&r->out, b.p, b.n);
}

void rlp_bytes(struct rlp *r, const void *p, size_t n)
{
	uint8_t head[9];

	if (n != 1 || *(const uint8_t *)p >= STRING)
		buf_add(&r->out, head, put_head(head, STRING, n));
	buf_add(&r->out, p, n);
}

void rlp_wei(struct rlp *r, struct wei v)
{
	size_t zeros = 0;

	while (zeros < sizeof(v.be) && !v.be[zeros])
		zeros++;
	rlp_bytes(r, v.be + zeros, sizeof(v.be) - zeros);
}

void rlp_u64(struct rlp *r, uint64_t v)
{
	rlp_wei(r, wei_u64(v));
}

void rlp_list_open(struct rlp *r)
{
	assert(r->depth < RLP_DEPTH);
	r->open[r->depth++] = r->out.n;
}

/* The length is known now: move the payload to make room for the head. */
void rlp_list_close(struct rlp *r)
{
	uint8_t head[9];

	assert(r->depth > 0);
	size_t at = r->open[--r->depth], n = r->out.n - at;
	size_t width = put_head(head, LIST, n);

	buf_add(&r->out, head, width);
	if (r->out.full)
		return;
	memmove(r->out.p + at + width, r->out.p + at, n);
	memcpy(r->out.p + at, head, width);
}

bool rlp_done(const struct rlp *r, struct bytes *out)
{
	assert(r->depth == 0);
	*out = (struct bytes){ r->out.p, r->out.n };
	return !r->out.full;
}

/* A long length: big-endian, no leading zero, and above what the short form holds. */
static bool long_length(struct bytes b, size_t width, size_t *out)
{
	size_t n = 0;

	if (width > sizeof(n) || b.n < width || b.p[0] == 0)
		return false;
	for (size_t i = 0; i < width; i++)
		n = n << 8 | b.p[i];
	*out = n;
	return n > SHORT_MAX;
}

bool rlp_next(struct bytes *rest, struct rlp_item *out)
{
	struct bytes b = *rest;
	size_t n, head = 1;

	if (!b.n)
		return false;
	uint8_t first = b.p[0];
	bool list = first >= LIST;

	if (first < STRING) {
		head = 0;
		n = 1;
	} else if ((n = (size_t)first - (list ? LIST : STRING)) > SHORT_MAX) {
		size_t width = n - SHORT_MAX;

		if (!long_length((struct bytes){ b.p + 1, b.n - 1 }, width, &n))
			return false;
		head += width;
	}
	if (n > b.n - head)
		return false;
	if (head == 1 && !list && n == 1 && b.p[1] < STRING)
		return false; /* one small byte stands for itself */
	*out = (struct rlp_item){ .list = list, .body = { b.p + head, n } };
	*rest = (struct bytes){ b.p + head + n, b.n - head - n };
	return true;
}

bool rlp_only(struct bytes all, struct rlp_item *out)
{
	return rlp_next(&all, out) && all.n == 0;
}

static bool next_kind(struct bytes *rest, bool list, struct bytes *out)
{
	struct bytes left = *rest;
	struct rlp_item item;

	if (!rlp_next(&left, &item) || item.list != list)
		return false;
	*rest = left;
	*out = item.body;
	return true;
}

bool rlp_next_string(struct bytes *rest, struct bytes *out)
{
	return next_kind(rest, false, out);
}

bool rlp_next_list(struct bytes *rest, struct bytes *out)
{
	return next_kind(rest, true, out);
}

bool rlp_next_wei(struct bytes *rest, struct wei *out)
{
	struct bytes left = *rest, b;

	if (!rlp_next_string(&left, &b) || b.n > sizeof(out->be) || (b.n && b.p[0] == 0))
		return false;
	*out = (struct wei){ 0 };
	if (b.n)
		memcpy(out->be + sizeof(out->be) - b.n, b.p, b.n);
	*rest = left;
	return true;
}

bool rlp_next_u64(struct bytes *rest, uint64_t *out)
{
	struct bytes left = *rest;
	struct wei v;

	if (!rlp_next_wei(&left, &v) || !wei_to_u64(v, out))
		return false;
	*rest = left;
	return true;
}
