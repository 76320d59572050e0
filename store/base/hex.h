/* store/base/hex.h - bytes as hex text and back. */
#ifndef STORE_BASE_HEX_H
#define STORE_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/types.h"

struct turn;

/* Lower case, no prefix, NUL-terminated: out holds 2 * n + 1. */
void hex_put(const uint8_t *p, size_t n, char *out);

/* "0x" and lower case hex in the turn's memory. */
const char *hex_of(struct turn *t, const void *p, size_t n);

/* Exactly n bytes from `text`, "0x" optional, both cases. False: wrong length or a bad digit. */
bool hex_get(const char *text, uint8_t *out, size_t n);

/* Any even number of digits, at most `max` bytes. False as above; *n_out is the count. */
bool hex_get_any(const char *text, uint8_t *out, size_t max, size_t *n_out);

/* A JSON-RPC QUANTITY: "0x" and at least one digit, no leading zero but for "0x0".
 * Lenient on leading zeros, as nodes are. False: not hex, or above the type. */
bool hex_quantity_u64(const char *text, uint64_t *out);
bool hex_quantity_wei(const char *text, struct wei *out);

#endif
