/* Random types and values, random lists, random transactions: what is encoded reads back, and
 * bytes that somebody changed never do harm. $GF_SEED repeats a run. */
#include <stdlib.h>
#include <string.h>

#include "server/eth/abi_item.h"
#include "server/eth/abi_type.h"
#include "server/eth/curve.h"
#include "server/eth/key.h"
#include "server/eth/rlp.h"
#include "server/eth/tx.h"
#include "server/eth/typed_data.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/wei.h"
#include "tests/support/test.h"

enum { ROUNDS = 400, CHANGES = 12, TYPES_MAX = 400 };

static struct arena *mem;
static struct turn t;
static uint64_t seed;

static int open_all(void **state)
{
	const char *said = getenv("GF_SEED");

	(void)state;
	seed = said ? strtoull(said, NULL, 10) : (uint64_t)clock_mono_us();
	print_message("GF_SEED=%llu\n", (unsigned long long)seed);
	mem = arena_new((size_t)128 << 20);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

/* Every round has its own seed, so that one of many can be looked at. */
static void begin(size_t round)
{
	turn_begin(&t, NULL, NULL, mem, "test", "test", 10000);
	srandom((unsigned)(seed + round));
}

static size_t pick(size_t below)
{
	return (size_t)random() % below;
}

static struct bytes some_bytes(size_t max)
{
	size_t n = pick(max + 1);
	uint8_t *p = turn_alloc(&t, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)random();
	return (struct bytes){ p, n };
}

static bool same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ---- types and values ---- */

static void some_type(struct buf *b, unsigned depth)
{
	switch (pick(depth ? 10 : 7)) {
	case 0:
		buf_printf(b, "uint%zu", 8 * (1 + pick(32)));
		break;
	case 1:
		buf_printf(b, "int%zu", 8 * (1 + pick(32)));
		break;
	case 2:
		buf_str(b, "address");
		break;
	case 3:
		buf_str(b, pick(4) ? "bool" : "function");
		break;
	case 4:
		buf_printf(b, "bytes%zu", 1 + pick(32));
		break;
	case 5:
		buf_str(b, "bytes");
		break;
	case 6:
		buf_str(b, "string");
		break;
	case 7:
		some_type(b, depth - 1);
		buf_str(b, "[]");
		break;
	case 8:
		some_type(b, depth - 1);
		buf_printf(b, "[%zu]", 1 + pick(3));
		break;
	case 9:
		buf_char(b, '(');
		for (size_t i = 0, n = 1 + pick(3); i < n; i++) {
			if (i)
				buf_char(b, ',');
			some_type(b, depth - 1);
		}
		buf_char(b, ')');
		break;
	}
}

static const char *some_types(void)
{
	struct buf b = buf_in(mem, TYPES_MAX);

	do {
		b = buf_in(mem, TYPES_MAX);
		buf_char(&b, '(');
		for (size_t i = 0, n = pick(5); i < n; i++) {
			if (i)
				buf_char(&b, ',');
			some_type(&b, 3);
		}
		buf_char(&b, ')');
	} while (b.full);
	return buf_text(&b);
}

static struct abi_value some_value(const struct abi_type *type);

static struct abi_value some_list(const struct abi_type *type, size_t n, size_t step)
{
	struct abi_value *items = turn_array(&t, n + 1, sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = some_value(&type->of[i * step]);
	return abi_list(items, n);
}

static struct abi_value some_value(const struct abi_type *type)
{
	struct abi_value v = { .kind = ABI_NUMBER };
	struct eth_addr a;
	size_t used = type->size / 8;

	switch (type->sort) {
	case SORT_UINT:
	case SORT_INT:
		for (size_t i = 32 - used; i < 32; i++)
			v.number.be[i] = pick(4) ? (uint8_t)random() : 0xff;
		if (type->sort == SORT_INT && v.number.be[32 - used] & 0x80)
			memset(v.number.be, 0xff, 32 - used);
		return v;
	case SORT_ADDRESS:
		for (size_t i = 0; i < 20; i++)
			a.b[i] = (uint8_t)random();
		return abi_addr(a);
	case SORT_BOOL:
		return abi_bool(pick(2));
	case SORT_FIXED:
		v = abi_bytes(some_bytes(64));
		while (v.bytes.n < type->size)
			v = abi_bytes(some_bytes(64));
		v.bytes.n = type->size;
		return v;
	case SORT_BYTES:
	case SORT_STRING:
		return abi_bytes(some_bytes(70));
	case SORT_ARRAY:
		return some_list(type, pick(4), 0);
	case SORT_STATIC_ARRAY:
		return some_list(type, type->size, 0);
	case SORT_TUPLE:
		return some_list(type, type->n_of, 1);
	}
	abort();
}

static bool same_value(const struct abi_value *a, const struct abi_value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case ABI_NUMBER:
		return wei_cmp(a->number, b->number) == 0;
	case ABI_ADDRESS:
		return addr_eq(a->addr, b->addr);
	case ABI_BOOL:
		return a->truth == b->truth;
	case ABI_BYTES:
		return same(a->bytes, b->bytes);
	case ABI_LIST:
		if (a->n_items != b->n_items)
			return false;
		for (size_t i = 0; i < a->n_items; i++)
			if (!same_value(&a->items[i], &b->items[i]))
				return false;
		return true;
	}
	abort();
}

/* A few of its bits or words are others now, or its end is gone. */
static struct bytes changed(struct bytes b)
{
	uint8_t *p = turn_memdup(&t, b.p, b.n);
	size_t n = b.n;

	for (size_t i = 0, m = 1 + pick(3); i < m && n; i++)
		switch (pick(3)) {
		case 0:
			p[pick(n)] ^= (uint8_t)(1u << pick(8));
			break;
		case 1: /* a length or offset that means well past the end, or back to the start */
			if (n >= 32) {
				size_t word = 32 * pick(n / 32);

				memset(p + word, pick(2) ? 0xff : 0, 31);
				p[word + 31] = (uint8_t)(32 * pick(8));
			}
			break;
		case 2:
			n = pick(n);
			break;
		}
	return (struct bytes){ p, n };
}

static void values_of_any_type_read_back(void **state)
{
	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		const struct abi_value *back;
		struct abi_value all;
		struct bytes data, again;
		struct abi_type type;
		size_t n;

		begin(round);
		const char *types = some_types();

		assert_int_equal(abi_type_tuple(&t, types, &type), OK);
		all = some_list(&type, type.n_of, 1);
		assert_int_equal(abi_encode_types(&t, types, all.items, all.n_items, &data), OK);
		assert_int_equal(data.n % 32, 0);
		assert_int_equal(abi_decode(&t, types, data, &back, &n), OK);
		struct abi_value got = abi_list(back, n);

		assert_true(same_value(&all, &got));
		assert_int_equal(abi_encode_types(&t, types, back, n, &again), OK);
		assert_true(same(data, again));
		/* Whatever becomes of the bytes: refused, or values that encode. */
		for (size_t i = 0; i < CHANGES; i++)
			if (abi_decode(&t, types, changed(data), &back, &n) == OK)
				assert_int_equal(abi_encode_types(&t, types, back, n, &again), OK);
		turn_end(&t);
	}
}

/* Names, spaces and words that do not matter change nothing. */
static void an_interface_line_is_its_canonical_form(void **state)
{
	static const char *const tails[] = { "", ";", " view returns (uint256 x)",
					     " external payable",
					     "  public  pure virtual returns(bool)" };

	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		struct abi_item item, again;

		begin(round);
		const char *types = some_types();
		struct buf b = buf_in(mem, 4096);

		buf_str(&b, "function  call ");
		for (const char *c = types; *c; c++) {
			bool ends = (*c == ',' || *c == ')') && c[-1] != '(';

			if (ends && pick(2))
				buf_printf(&b, " name%zu ", pick(9));
			if (*c == '(' && c != types)
				buf_str(&b, pick(2) ? "tuple" : " ");
			buf_char(&b, *c);
			if (*c == ',' && pick(2))
				buf_str(&b, "\n\t");
		}
		buf_str(&b, tails[pick(5)]);
		if (abi_item_parse(&t, buf_text(&b), &item) != OK)
			fail_msg("%s\n", t.why);
		assert_string_equal(item.signature, turn_printf(&t, "call%s", types));
		assert_string_equal(item.inputs, types);
		assert_int_equal(abi_item_parse(&t, item.signature, &again), OK);
		assert_string_equal(again.signature, item.signature);
		turn_end(&t);
	}
}

static void events_read_back_but_for_what_is_hashed(void **state)
{
	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		struct abi_param params[ABI_ARGS_MAX] = { 0 };
		struct abi_item event = { .kind = ABI_EVENT, .name = "E", .params = params };
		const struct abi_value *back;
		const bool *hashed;
		struct abi_value all;
		struct abi_type type;
		struct abi_log log;
		size_t indexed = 0;

		begin(round);
		event.inputs = some_types();
		event.signature = turn_printf(&t, "E%s", event.inputs);
		event.anonymous = pick(2);
		assert_int_equal(abi_type_tuple(&t, event.inputs, &type), OK);
		event.n_params = type.n_of;
		for (size_t i = 0; i < type.n_of; i++) {
			params[i].type =
				turn_printf(&t, "%.*s", type.of[i].text_n, type.of[i].text);
			params[i].indexed = indexed < 3 && pick(2);
			indexed += params[i].indexed;
		}
		all = some_list(&type, type.n_of, 1);
		assert_int_equal(abi_event_encode(&t, &event, all.items, all.n_items, &log), OK);
		assert_int_equal(log.n_topics, indexed + !event.anonymous);
		assert_int_equal(abi_event_decode(&t, &event, &log, &back, &hashed), OK);
		for (size_t i = 0; i < type.n_of; i++)
			if (hashed[i])
				assert_true(params[i].indexed);
			else
				assert_true(same_value(&all.items[i], &back[i]));
		if (log.n_topics) {
			log.n_topics--;
			assert_int_equal(abi_event_decode(&t, &event, &log, &back, &hashed),
					 ERR_INVALID);
		}
		turn_end(&t);
	}
}

/* ---- RLP ---- */

static void put_some(struct rlp *r, unsigned depth)
{
	if (depth && pick(3) == 0) {
		rlp_list_open(r);
		for (size_t i = 0, n = pick(6); i < n; i++)
			put_some(r, depth - 1);
		rlp_list_close(r);
	} else {
		struct bytes b = some_bytes(pick(4) ? 8 : 300);

		rlp_bytes(r, b.p, b.n);
	}
}

/* Every item again, from what was read. */
static bool copy(struct bytes rest, struct rlp *r, unsigned depth)
{
	struct rlp_item item;

	while (rest.n) {
		if (!rlp_next(&rest, &item) || (item.list && depth == 0))
			return false;
		if (!item.list) {
			rlp_bytes(r, item.body.p, item.body.n);
			continue;
		}
		rlp_list_open(r);
		if (!copy(item.body, r, depth - 1))
			return false;
		rlp_list_close(r);
	}
	return true;
}

static void one_value_has_one_rlp(void **state)
{
	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		struct rlp r, again;
		struct bytes a, b, bad;

		begin(round);
		r = rlp_in(mem, 1 << 20);
		again = rlp_in(mem, 1 << 20);
		put_some(&r, 5);
		assert_true(rlp_done(&r, &a));
		assert_true(copy(a, &again, 8));
		assert_true(rlp_done(&again, &b));
		assert_true(same(a, b));
		/* What reads at all has exactly these bytes as its encoding. */
		for (size_t i = 0; i < CHANGES; i++) {
			bad = changed(a);
			again = rlp_in(mem, 1 << 20);
			if (copy(bad, &again, 8)) {
				assert_true(rlp_done(&again, &b));
				assert_true(same(bad, b));
			}
		}
		turn_end(&t);
	}
}

/* ---- transactions ---- */

static struct wei some_wei(void)
{
	struct wei v = { { 0 } };

	for (size_t i = pick(33); i < 32; i++)
		v.be[i] = (uint8_t)random();
	return v;
}

static struct bytes some_access_list(void)
{
	struct rlp r = rlp_in(mem, 1 << 16);
	struct bytes out;

	for (size_t i = 0, n = pick(3); i < n; i++) {
		struct eth_addr a = { { (uint8_t)random() } };

		rlp_list_open(&r);
		rlp_bytes(&r, a.b, 20);
		rlp_list_open(&r);
		for (size_t k = 0, m = pick(3); k < m; k++) {
			struct wei slot = some_wei();

			rlp_bytes(&r, slot.be, 32);
		}
		rlp_list_close(&r);
		rlp_list_close(&r);
	}
	assert_true(rlp_done(&r, &out));
	return out;
}

static struct bytes some_authorizations(struct eth_addr *who, size_t n)
{
	struct rlp r = rlp_in(mem, 1 << 16);
	struct bytes out;

	for (size_t i = 0; i < n; i++) {
		SECRET struct secret key = {
			{ [30] = (uint8_t)i, [31] = (uint8_t)(1 + pick(200)) }
		};
		struct eth_authorization a = { .chain_id = wei_u64(pick(9)), .nonce = pick(1000) };
		struct eth_signature sig;
		struct eth_hash h;
		struct wei x;

		a.code.b[0] = (uint8_t)random();
		key_address(&key, &who[i]);
		eth_authorization_hash(&t, &a, &h);
		curve_sign(&h, &key, &sig);
		rlp_list_open(&r);
		rlp_wei(&r, a.chain_id);
		rlp_bytes(&r, a.code.b, 20);
		rlp_u64(&r, a.nonce);
		rlp_u64(&r, sig.parity);
		memcpy(x.be, sig.r, 32);
		rlp_wei(&r, x);
		memcpy(x.be, sig.s, 32);
		rlp_wei(&r, x);
		rlp_list_close(&r);
	}
	assert_true(rlp_done(&r, &out));
	return out;
}

static struct eth_tx some_tx(void)
{
	static const enum eth_tx_type types[] = { ETH_TX_LEGACY, ETH_TX_ACCESS_LIST,
						  ETH_TX_FEE_MARKET, ETH_TX_SET_CODE };
	struct eth_tx tx = { .type = types[pick(4)], .chain_id = pick(1 << 30) };

	tx.nonce = (uint64_t)random() << pick(32);
	tx.gas = (uint64_t)random() << pick(32);
	tx.has_to = tx.type == ETH_TX_SET_CODE || pick(4);
	if (tx.has_to)
		tx.to.b[pick(20)] = (uint8_t)random();
	tx.value = some_wei();
	tx.max_fee = some_wei();
	if (tx.type == ETH_TX_FEE_MARKET || tx.type == ETH_TX_SET_CODE)
		tx.max_tip = wei_min(some_wei(), tx.max_fee);
	tx.data = some_bytes(200);
	if (tx.type != ETH_TX_LEGACY)
		tx.access_list = some_access_list();
	return tx;
}

static void what_is_signed_reads_back_with_its_sender(void **state)
{
	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		SECRET struct secret key = { { 0 } };
		struct eth_addr owner, sender, authority[4];
		const struct eth_authorization *list;
		struct eth_signature sig;
		struct raw_tx raw, again;
		struct eth_tx tx, got;
		size_t n = 0, n_list;
		struct eth_hash h;

		begin(round);
		key.b[31] = (uint8_t)(1 + pick(255));
		key.b[5] = (uint8_t)random();
		key_address(&key, &owner);
		tx = some_tx();
		if (tx.type == ETH_TX_SET_CODE) {
			n = 1 + pick(4);
			tx.auth_list = some_authorizations(authority, n);
		}
		assert_int_equal(eth_tx_sighash(&t, &tx, &h), OK);
		curve_sign(&h, &key, &sig);
		assert_int_equal(eth_tx_encode_signed(&t, &tx, &sig, &raw), OK);
		if (eth_tx_decode(&t, raw.raw, &got, &sender) != OK)
			fail_msg("%s\n", t.why);
		assert_true(addr_eq(sender, owner));
		assert_int_equal(got.nonce, tx.nonce);
		assert_int_equal(wei_cmp(got.value, tx.value), 0);
		assert_true(same(got.data, tx.data));
		assert_int_equal(eth_tx_encode_signed(&t, &got, &sig, &again), OK);
		assert_true(same(raw.raw, again.raw));
		assert_int_equal(eth_tx_authorizations(&t, &got, &list, &n_list), OK);
		assert_int_equal(n_list, n);
		for (size_t i = 0; i < n; i++)
			assert_true(list[i].signed_by_known &&
				    addr_eq(list[i].signed_by, authority[i]));
		for (size_t i = 0; i < CHANGES; i++) {
			struct bytes bad = changed(raw.raw);

			if (!same(bad, raw.raw) && eth_tx_decode(&t, bad, &got, &sender) == OK)
				assert_false(addr_eq(sender, owner));
		}
		turn_end(&t);
	}
}

/* ---- typed data ---- */

/* Any byte of it may be another: refused, or hashed; never a crash. */
static void changed_typed_data_is_refused_or_hashed(void **state)
{
	static const char text[] =
		"{\"types\":{\"P\":[{\"name\":\"a\",\"type\":\"address\"},{\"name\":\"n\",\"type\":"
		"\"int16[2]\"},{\"name\":\"s\",\"type\":\"string\"}],\"M\":[{\"name\":\"p\","
		"\"type\":"
		"\"P[]\"},{\"name\":\"b\",\"type\":\"bytes\"},{\"name\":\"f\",\"type\":\"bytes3\"}]"
		"},"
		"\"primaryType\":\"M\",\"domain\":{\"name\":\"x\",\"chainId\":5},\"message\":{"
		"\"p\":"
		"[{\"a\":\"0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826\",\"n\":[-5,\"0x7f\"],\"s\":"
		"\"hi\"}],\"b\":\"0x\",\"f\":\"0x010203\"}}";
	struct eth_hash whole, h;
	size_t hashed = 0;

	(void)state;
	begin(0);
	assert_int_equal(typed_data_hash(&t,
					 (struct bytes){ (const uint8_t *)text, sizeof(text) - 1 },
					 &whole),
			 OK);
	turn_end(&t);
	for (size_t round = 0; round < 4 * ROUNDS; round++) {
		begin(round);
		char *p = turn_memdup(&t, text, sizeof(text));
		size_t n = sizeof(text) - 1;

		p[pick(n)] = (char)(32 + pick(95));
		if (pick(4) == 0)
			n = pick(n);
		if (typed_data_hash(&t, (struct bytes){ (const uint8_t *)p, n }, &h) == OK)
			hashed++;
		else
			assert_true(strncmp(t.why, "typed data:", 11) == 0);
		turn_end(&t);
	}
	assert_true(hashed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_any_type_read_back),
		cmocka_unit_test(an_interface_line_is_its_canonical_form),
		cmocka_unit_test(events_read_back_but_for_what_is_hashed),
		cmocka_unit_test(one_value_has_one_rlp),
		cmocka_unit_test(what_is_signed_reads_back_with_its_sender),
		cmocka_unit_test(changed_typed_data_is_refused_or_hashed),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
