/* store/base/base64.h - bytes as base64 text and back, RFC 4648 section 4, with padding. */
#ifndef STORE_BASE_BASE64_H
#define STORE_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the text of n bytes, with its NUL. */
#define BASE64_TEXT(n) (((n) + 2) / 3 * 4 + 1)

void base64_put(const uint8_t *p, size_t n, char *out);

/* Padding may be left out. False: another letter, bits that mean nothing, or more than `max`
 * bytes. */
bool base64_get(const char *text, uint8_t *out, size_t max, size_t *n_out);

#endif
