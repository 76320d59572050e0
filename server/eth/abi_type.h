/* server/eth/abi_type.h - the types of a signature, parsed. For this room only. */
#ifndef SERVER_ETH_ABI_TYPE_H
#define SERVER_ETH_ABI_TYPE_H

#include <stdbool.h>

#include "store/base/err.h"
#include "store/base/types.h"

enum abi_sort {
	SORT_UINT,
	SORT_INT,
	SORT_ADDRESS,
	SORT_BOOL,
	SORT_FIXED, /* bytesN */
	SORT_BYTES,
	SORT_STRING,
	SORT_ARRAY, /* T[] */
	SORT_STATIC_ARRAY,
	SORT_TUPLE,
};

enum { ABI_WORD = 32 };

struct abi_type {
	enum abi_sort sort;
	const char *text; /* of the signature: not NUL-terminated there */
	int text_n;
	size_t size;               /* bits of a number, bytes of bytesN, items of T[k] */
	const struct abi_type *of; /* an array's item type, or a tuple's members */
	size_t n_of;               /* 1, or the number of members */
	bool dynamic;              /* lies in the tail, with an offset in the head */
	size_t head;               /* bytes in the head: ABI_WORD when dynamic */
};

/* "name(types)" as a tuple of the arguments. ERR_INVALID says where it is not a signature. */
enum err abi_type_signature(struct turn *t, const char *signature, struct abi_type *out) MUST_USE;

/* "(types)". */
enum err abi_type_tuple(struct turn *t, const char *types, struct abi_type *out) MUST_USE;

/* Does a number of this type hold v? For intN: v is two's complement over 256 bits. */
bool abi_type_holds(const struct abi_type *type, struct wei v);

#endif
