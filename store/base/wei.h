/* store/base/wei.h - arithmetic on 256-bit amounts (GMP's mpn underneath). Nothing wraps: what
 * does not fit says so. */
#ifndef STORE_BASE_WEI_H
#define STORE_BASE_WEI_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct wei wei_u64(uint64_t v);
bool wei_is_zero(struct wei a);
int wei_cmp(struct wei a, struct wei b);      /* < 0, 0, > 0 */
bool wei_to_u64(struct wei a, uint64_t *out); /* false: above 64 bits */

/* False: the result does not fit; *out is then not written. */
bool wei_add(struct wei a, struct wei b, struct wei *out) MUST_USE;
bool wei_sub(struct wei a, struct wei b, struct wei *out) MUST_USE;
bool wei_mul_u64(struct wei a, uint64_t m, struct wei *out) MUST_USE;

/* Saturating: 2^256-1 above, 0 below. For sums that are only shown or compared. */
struct wei wei_add_sat(struct wei a, struct wei b);
struct wei wei_sub_sat(struct wei a, struct wei b);
struct wei wei_mul_sat(struct wei a, uint64_t m);
struct wei wei_div_u64(struct wei a, uint64_t d, uint64_t *rest_out); /* d > 0; rest may be NULL */
struct wei wei_min(struct wei a, struct wei b);
struct wei wei_max(struct wei a, struct wei b);

#endif
