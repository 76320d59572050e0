/* server/eth/abi.h - contract calls as bytes (Solidity's contract ABI specification).
 *
 * A signature is written as the specification has it, without names or spaces:
 * "jackIn(uint256,uint8)", "aggregate3((address,bool,bytes)[])". Types: uint8..uint256,
 * int8..int256, address, bool, bytes1..bytes32, function (24 bytes: an address and a selector),
 * bytes, string, T[], T[k] and tuples. What people write instead is in abi_item.h.
 */
#ifndef SERVER_ETH_ABI_H
#define SERVER_ETH_ABI_H

#include <stdbool.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;

/* A signature is at most this long, arguments at most this many, types at most this deep. */
enum { ABI_SIGNATURE_MAX = 512, ABI_ARGS_MAX = 32, ABI_DEPTH_MAX = 8, ABI_DATA_MAX = 1 << 20 };

struct abi_selector {
	uint8_t b[4];
};

enum abi_kind { ABI_NUMBER, ABI_ADDRESS, ABI_BOOL, ABI_BYTES, ABI_LIST };

/* One argument. Which kind a type takes: uintN and intN a number (intN as two's complement over
 * 256 bits), bytesN, bytes and string bytes, arrays and tuples a list. */
struct abi_value {
	enum abi_kind kind;
	struct wei number;
	struct eth_addr addr;
	bool truth;
	struct bytes bytes;
	const struct abi_value *items;
	size_t n_items;
};

struct abi_value abi_number(struct wei v);
struct abi_value abi_u64(uint64_t v);
struct abi_value abi_addr(struct eth_addr a);
struct abi_value abi_bool(bool truth);
struct abi_value abi_bytes(struct bytes b);
struct abi_value abi_string(const char *s);
struct abi_value abi_list(const struct abi_value *items, size_t n);

/* The first four bytes of the signature's Keccak-256. */
struct abi_selector abi_selector(const char *signature);
bool abi_selector_is(struct bytes data, const char *signature);

/* Selector and arguments. For signatures written in our own code: arguments that do not fit are
 * a bug and stop the process. At most ABI_DATA_MAX bytes. */
struct bytes abi_call(struct turn *t, const char *signature, const struct abi_value *args,
		      size_t n);

/* The same for a signature that came from outside. ERR_INVALID says what is wrong and where. */
enum err abi_encode(struct turn *t, const char *signature, const struct abi_value *args, size_t n,
		    struct bytes *out) MUST_USE;

/* The values of "(types)" alone, without a selector. */
enum err abi_encode_types(struct turn *t, const char *types, const struct abi_value *values,
			  size_t n, struct bytes *out) MUST_USE;

/* Solidity's abi.encodePacked of "(types)": nothing is filled up but the items of arrays. For
 * hashes only, as two lists of values may pack alike. ERR_INVALID also for tuples and for arrays
 * of what are no words. */
enum err abi_encode_packed(struct turn *t, const char *types, const struct abi_value *values,
			   size_t n, struct bytes *out) MUST_USE;

/* Arguments as text, as an operator writes them in a configuration: numbers in decimal, 0x hex or
 * with a unit ("10ether"), addresses, true and false, bytes in 0x hex, strings as they are (inside
 * a list in double quotes), "[a,b]" for arrays, "(a,b)" for tuples. ERR_INVALID says which
 * argument is wrong and what its type takes. */
enum err abi_encode_text(struct turn *t, const char *signature, const char *const *argv, size_t n,
			 struct bytes *out) MUST_USE;

/* Answers: the i-th word of `data`. False: not there, or out of the type's range (an address
 * with high bits, a bool above 1, a number above 64 bits), as an answer may be anything. */
bool abi_word_wei(struct bytes data, size_t i, struct wei *out);
bool abi_word_u64(struct bytes data, size_t i, uint64_t *out);
bool abi_word_addr(struct bytes data, size_t i, struct eth_addr *out);
bool abi_word_bool(struct bytes data, size_t i, bool *out);

/* Answers of any types. `types` is the tuple of what was returned: "((bool,bytes)[],uint256)".
 * Every offset and length is checked against `data`, and the values are at most ABI_VALUES_MAX.
 * *out: one value for each type, borrowing from `data`. ERR_INVALID: `data` is not that. */
enum { ABI_VALUES_MAX = 1 << 16 };
enum err abi_decode(struct turn *t, const char *types, struct bytes data,
		    const struct abi_value **out, size_t *n_out) MUST_USE;

#endif
