/* store/base/units.h - amounts and durations as people write them. */
#ifndef STORE_BASE_UNITS_H
#define STORE_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;

/* A decimal count of wei, nothing else: what travels in the contract. False: not that. */
bool wei_parse(const char *text, struct wei *out);

/* "0.05ether", "20gwei", "1000wei", "0.5 ETH": the unit is required, so that nobody sends
 * 1 wei for 1 ether. Units: wei, kwei, mwei, gwei, szabo, finney, ether, eth (any case).
 * On false *why_out is a static line that says what is wrong. */
bool amount_parse(const char *text, struct wei *out, const char **why_out);

/* A token amount with `decimals` places, "12.5". */
bool decimal_parse(const char *text, unsigned decimals, struct wei *out, const char **why_out);

/* Decimal wei; at most 78 digits. */
enum { WEI_TEXT = 80 };
void wei_text(struct wei a, char out[WEI_TEXT]);
const char *wei_str(struct turn *t, struct wei a);

/* For eyes: "0.05 ether" with at most `places` places (cut, not rounded; a trailing "…" is not
 * written, an amount below the last place shows as "<0.0001"). */
enum { AMOUNT_TEXT = 200 };
void amount_text(struct wei a, unsigned decimals, unsigned places, char out[AMOUNT_TEXT]);
const char *ether_str(struct turn *t, struct wei a);

/* "500ms", "30s", "10m", "2h", "30 days", "1d12h" → ms. False: not that, or above 100 years. */
bool duration_parse(const char *text, int64_t *ms_out);
const char *duration_str(struct turn *t, int64_t ms); /* "3h12m", "45s" */

#endif
