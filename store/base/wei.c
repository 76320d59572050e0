#include "store/base/wei.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

enum { LIMBS = 4 };

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "64-bit limbs");

static void load(struct wei a, mp_limb_t out[LIMBS])
{
	for (int i = 0; i < LIMBS; i++) {
		mp_limb_t v = 0;

		for (int k = 0; k < 8; k++)
			v = v << 8 | a.be[24 - 8 * i + k];
		out[i] = v;
	}
}

static struct wei store(const mp_limb_t in[LIMBS])
{
	struct wei a;

	for (int i = 0; i < LIMBS; i++)
		for (int k = 0; k < 8; k++)
			a.be[24 - 8 * i + k] = (uint8_t)(in[i] >> (56 - 8 * k));
	return a;
}

static struct wei all_ones(void)
{
	struct wei a;

	memset(a.be, 0xff, sizeof(a.be));
	return a;
}

struct wei wei_u64(uint64_t v)
{
	return store((mp_limb_t[LIMBS]){ v });
}

bool wei_is_zero(struct wei a)
{
	return wei_cmp(a, (struct wei){ 0 }) == 0;
}

int wei_cmp(struct wei a, struct wei b)
{
	return memcmp(a.be, b.be, sizeof(a.be));
}

bool wei_to_u64(struct wei a, uint64_t *out)
{
	mp_limb_t x[LIMBS];

	load(a, x);
	if (x[1] || x[2] || x[3])
		return false;
	*out = x[0];
	return true;
}

bool wei_add(struct wei a, struct wei b, struct wei *out)
{
	mp_limb_t x[LIMBS], y[LIMBS];

	load(a, x);
	load(b, y);
	if (mpn_add_n(x, x, y, LIMBS))
		return false;
	*out = store(x);
	return true;
}

bool wei_sub(struct wei a, struct wei b, struct wei *out)
{
	mp_limb_t x[LIMBS], y[LIMBS];

	load(a, x);
	load(b, y);
	if (mpn_sub_n(x, x, y, LIMBS))
		return false;
	*out = store(x);
	return true;
}

bool wei_mul_u64(struct wei a, uint64_t m, struct wei *out)
{
	mp_limb_t x[LIMBS];

	load(a, x);
	if (mpn_mul_1(x, x, LIMBS, m))
		return false;
	*out = store(x);
	return true;
}

struct wei wei_add_sat(struct wei a, struct wei b)
{
	struct wei sum;

	return wei_add(a, b, &sum) ? sum : all_ones();
}

struct wei wei_sub_sat(struct wei a, struct wei b)
{
	struct wei rest;

	return wei_sub(a, b, &rest) ? rest : (struct wei){ 0 };
}

struct wei wei_mul_sat(struct wei a, uint64_t m)
{
	struct wei product;

	return wei_mul_u64(a, m, &product) ? product : all_ones();
}

struct wei wei_div_u64(struct wei a, uint64_t d, uint64_t *rest_out)
{
	mp_limb_t x[LIMBS];

	assert(d > 0);
	load(a, x);
	mp_limb_t rest = mpn_divrem_1(x, 0, x, LIMBS, d);

	if (rest_out)
		*rest_out = rest;
	return store(x);
}

struct wei wei_min(struct wei a, struct wei b)
{
	return wei_cmp(a, b) <= 0 ? a : b;
}

struct wei wei_max(struct wei a, struct wei b)
{
	return wei_cmp(a, b) >= 0 ? a : b;
}
