/* server/eth/abi_item.h - one line of a contract's interface, as people write it:
 *
 *     function stake(uint256 amount, tuple(uint8 level, string)[] x) payable returns (bool ok)
 *     event Transfer(address indexed from, address indexed to, uint256 value)
 *     error TooLate(uint256 deadline)
 *     constructor(address owner)
 *
 * "function" may be left out; `uint` and `int` are uint256 and int256; a line end by ';' is fine.
 */
#ifndef SERVER_ETH_ABI_ITEM_H
#define SERVER_ETH_ABI_ITEM_H

#include "server/eth/abi.h"

enum { ABI_ITEM_MAX = 2048, ABI_TOPICS_MAX = 4 };

enum abi_item_kind { ABI_FUNCTION, ABI_EVENT, ABI_ERROR, ABI_CONSTRUCTOR };

struct abi_param {
	const char *type; /* canonical: "(uint8,string)[]" */
	const char *name; /* "" when it has none */
	bool indexed;     /* of an event */
};

struct abi_item {
	enum abi_item_kind kind;
	const char *name;      /* "" of a constructor */
	const char *signature; /* canonical: "stake(uint256,(uint8,string)[])" */
	const char *inputs;    /* "(uint256,(uint8,string)[])", as abi_decode takes it */
	const char *outputs;   /* "(bool)"; "()" when nothing is returned */
	const struct abi_param *params;
	size_t n_params;
	bool reads_only; /* view or pure */
	bool payable;
	bool anonymous; /* an event without its own topic */
};

/* ERR_INVALID says what is wrong, and at which character. */
enum err abi_item_parse(struct turn *t, const char *text, struct abi_item *out) MUST_USE;

/* Call data of the function, or revert data of the error: the values of its parameters.
 * ERR_INVALID: it begins with another selector, or is not that. */
enum err abi_item_decode(struct turn *t, const struct abi_item *item, struct bytes data,
			 const struct abi_value **out, size_t *n_out) MUST_USE;

/* What an event leaves in a log. The first topic is the hash of its signature unless it is
 * anonymous; then come the indexed ones: values of one word as they are, all others hashed. */
struct abi_log {
	struct eth_hash topics[ABI_TOPICS_MAX];
	size_t n_topics;
	struct bytes data;
};

/* One value for each parameter, in their order. */
enum err abi_event_encode(struct turn *t, const struct abi_item *event,
			  const struct abi_value *values, size_t n, struct abi_log *out) MUST_USE;

/* And back: *out has one value for each parameter. Of an indexed one that is not one word only the
 * hash is known: the value is then its 32 bytes, and hashed_out[i] is set. ERR_INVALID: it is
 * the log of another event, or no event's. */
enum err abi_event_decode(struct turn *t, const struct abi_item *event, const struct abi_log *log,
			  const struct abi_value **out, const bool **hashed_out) MUST_USE;

#endif
