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

struct abi_value;
struct buf;
struct turn;

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

/* `text` is one type that is no array and no tuple, as "uint24". If not, the turn's line says why.
 */
bool abi_type_plain(struct turn *t, const char *text, struct abi_type *out);

/* Two's complement over 256 bits. */
struct wei abi_negated(struct wei v);

/* Does a number of this type hold v? For intN: v is two's complement over 256 bits. */
bool abi_type_holds(const struct abi_type *type, struct wei v);

/* One value behind what `out` holds: a dynamic one as its tail. `what` names it in the error's
 * text; the caller looks at out->full. ERR_INVALID: it does not fit the type. */
enum err abi_put(struct turn *t, const char *what, const struct abi_type *type,
		 const struct abi_value *v, struct buf *out) MUST_USE;

/* Its kind, its number of bytes or items; not what is in them. */
enum err abi_value_fits(struct turn *t, const char *what, const struct abi_type *type,
			const struct abi_value *v) MUST_USE;

/* ---- abi_packed.c ---- */

/* In place: without lengths and offsets, every word full, bytes and strings inside of others
 * filled up to whole words. What the topic of an indexed parameter hashes. */
enum err abi_put_in_place(struct turn *t, const char *what, const struct abi_type *type,
			  const struct abi_value *v, struct buf *out) MUST_USE;

#endif
