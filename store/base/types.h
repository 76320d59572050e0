/* store/base/types.h - the small values everyone speaks of. Structs, not arrays: they copy,
 * and the compiler tells them apart. */
#ifndef STORE_BASE_TYPES_H
#define STORE_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eth_addr {
	uint8_t b[20];
};

struct eth_hash {
	uint8_t b[32];
};

/* The BLS public key of a validator. */
struct pubkey {
	uint8_t b[48];
};

/* An unsigned 256-bit amount, big-endian: sorts as a BLOB. Arithmetic is in wei.h. */
struct wei {
	uint8_t be[32];
};

/* Borrowed bytes. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/* 32 bytes nobody may print: there is no formatting function for it. Declare with SECRET so
 * that it is cleared when its scope ends, however it ends. */
struct secret {
	uint8_t b[32];
};

void secret_clear(struct secret *s);
#define SECRET __attribute__((cleanup(secret_clear)))

/* Overwrite memory that held a secret; never optimised away. */
void wipe(void *p, size_t n);

static inline bool addr_eq(struct eth_addr a, struct eth_addr b)
{
	for (size_t i = 0; i < sizeof(a.b); i++)
		if (a.b[i] != b.b[i])
			return false;
	return true;
}

static inline bool hash_eq(struct eth_hash a, struct eth_hash b)
{
	for (size_t i = 0; i < sizeof(a.b); i++)
		if (a.b[i] != b.b[i])
			return false;
	return true;
}

#endif
