/* Who holds a safe address: a key proves itself in the call, a contract is asked by the job. */
#include <string.h>

#include "server/core/fleet.h"
#include "server/core/safe.h"
#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "server/eth/key.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const struct secret owner_key = { { [31] = 77 } };
static const struct eth_addr contract = { { 0xc0, 0x7a } };
static struct stage w;
static uint8_t signature[65];

static enum err make_id(struct turn *t, void *arg)
{
	(void)arg;
	return fleet_id_make(t);
}

static int open_stage(void **state)
{
	(void)state;
	stage_open(&w, 1);
	assert_ok(&w.f, stage_lane(&w, make_id, NULL));
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&w);
	return 0;
}

/* The signature of `key` over one form of the proof for `a`. */
static struct bytes proof_as(size_t form, const struct secret *key, struct eth_addr a)
{
	struct eth_hash h[SAFE_PROOF_FORMS];
	struct eth_signature s;

	assert_ok(&w.f, safe_proof_hashes(stage_turn(&w), a, h));
	curve_sign(&h[form], key, &s);
	memcpy(signature, s.r, 32);
	memcpy(signature + 32, s.s, 32);
	signature[64] = (uint8_t)(27 + s.parity);
	return (struct bytes){ signature, sizeof(signature) };
}

static struct bytes proof_of(const struct secret *key, struct eth_addr a)
{
	return proof_as(0, key, a);
}

struct adding {
	struct safe_ask ask;
	struct safe_address out;
};

static enum err add(struct turn *t, void *arg)
{
	struct adding *a = arg;

	return safe_add(t, &a->ask, &a->out);
}

static enum err prove(struct turn *t, void *arg)
{
	struct adding *a = arg;

	return safe_prove(t, a->ask.addr, a->ask.proof, &a->out);
}

static struct safe_address look(struct eth_addr a)
{
	struct safe_address s;

	assert_ok(&w.f, safe_get(stage_turn(&w), w.policy.chain_id, a, &s));
	return s;
}

static void the_text_names_fleet_chain_and_address_and_stays(void **state)
{
	char id[FLEET_ID_TEXT];
	struct eth_addr a;
	const char *text, *again;

	(void)state;
	key_address(&owner_key, &a);
	struct turn *t = stage_turn(&w);

	assert_ok(&w.f, fleet_id(t, id));
	assert_int_equal(strlen(id), FLEET_ID_TEXT - 1);
	assert_ok(&w.f, safe_proof_text(t, a, &text));
	assert_non_null(strstr(text, turn_printf(t, "Fleet: %s\n", id)));
	assert_non_null(strstr(
		text, turn_printf(t, "Chain: %llu\n", (unsigned long long)w.policy.chain_id)));
	assert_non_null(strstr(text, addr_str(t, a)));
	assert_ok(&w.f, safe_proof_text(t, a, &again));
	assert_string_equal(text, again);
	assert_ok(&w.f, stage_lane(&w, make_id, NULL)); /* once and for all */
	assert_ok(&w.f, fleet_id(stage_turn(&w), id));
}

static void the_owners_signature_proves_at_once_and_shortens_no_delay(void **state)
{
	struct adding a = { .ask.label = "cold" };

	(void)state;
	key_address(&owner_key, &a.ask.addr);
	a.ask.proof = proof_of(&owner_key, a.ask.addr);
	assert_ok(&w.f, stage_lane(&w, add, &a));
	assert_int_equal(a.out.proof_state, SAFE_PROOF_PROVEN);
	assert_true(a.out.proof_ms > 0);
	assert_int_equal(a.out.state, SAFE_PENDING);
}

static void typed_data_is_as_good_as_text(void **state)
{
	struct adding a = { .ask.label = "cold" };
	struct secret other = { { [31] = 78 } };

	(void)state;
	key_address(&owner_key, &a.ask.addr);
	a.ask.proof = proof_as(1, &other, a.ask.addr);
	assert_fails(&w.f, stage_lane(&w, add, &a), ERR_INVALID, "signed by");
	a.ask.proof = proof_as(1, &owner_key, a.ask.addr);
	assert_ok(&w.f, stage_lane(&w, add, &a));
	assert_int_equal(a.out.proof_state, SAFE_PROOF_PROVEN);
	assert_non_null(strstr(a.out.proof_text, "EIP-712"));
}

static void another_keys_signature_is_refused_and_named(void **state)
{
	struct secret other = { { [31] = 78 } };
	struct adding a = { .ask.label = "cold" };
	struct eth_addr signer;

	(void)state;
	key_address(&owner_key, &a.ask.addr);
	key_address(&other, &signer);
	a.ask.proof = proof_of(&other, a.ask.addr);
	assert_fails(&w.f, stage_lane(&w, add, &a), ERR_INVALID, "signed by");
	assert_int_equal(w.f.t.reason, REASON_ADDRESS_MISMATCH);
	assert_non_null(strstr(w.f.t.why, addr_str(&w.f.t, signer)));
	/* A proof of another address is none of this one. */
	a.ask.proof = proof_of(&owner_key, signer);
	assert_fails(&w.f, stage_lane(&w, add, &a), ERR_INVALID, "another text");
	a.ask.proof.n = 12;
	assert_fails(&w.f, stage_lane(&w, add, &a), ERR_INVALID, "not a signature");
	assert_int_equal(safe_get(stage_turn(&w), w.policy.chain_id, a.ask.addr, &a.out),
			 ERR_MISSING);
}

static void a_listed_address_is_proven_later_and_a_removed_one_is_not(void **state)
{
	struct adding a = { .ask.label = "cold" };

	(void)state;
	key_address(&owner_key, &a.ask.addr);
	struct bytes proof = proof_of(&owner_key, a.ask.addr);

	a.ask.proof = proof;
	assert_fails(&w.f, stage_lane(&w, prove, &a), ERR_MISSING, "not on the safe list");
	a.ask.proof = (struct bytes){ 0 };
	assert_ok(&w.f, stage_lane(&w, add, &a));
	assert_int_equal(a.out.proof_state, SAFE_PROOF_NONE);
	a.ask.proof = proof;
	assert_ok(&w.f, stage_lane(&w, prove, &a));
	assert_int_equal(look(a.ask.addr).proof_state, SAFE_PROOF_PROVEN);
}

static struct adding add_contract(void)
{
	static uint8_t odd[100] = { 5 };
	struct adding a = { .ask = { .addr = contract,
				     .label = "vault",
				     .contract = true,
				     .proof = { odd, sizeof(odd) } } };

	assert_ok(&w.f, stage_lane(&w, add, &a));
	assert_int_equal(a.out.proof_state, SAFE_PROOF_CHECKING);
	return a;
}

static void a_contract_is_asked_and_believed(void **state)
{
	struct safe_address s;

	(void)state;
	fake_account(w.chain, contract)->code = 100;
	fake_account(w.chain, contract)->signs = true;
	(void)add_contract();
	w.chain->away = true;
	assert_int_equal(stage_job(&w, JOB_SAFE), ERR_AWAY);
	assert_int_equal(look(contract).proof_state,
			 SAFE_PROOF_CHECKING); /* unknown is no answer */
	w.chain->away = false;
	assert_ok(&w.f, stage_job(&w, JOB_SAFE));
	s = look(contract);
	assert_int_equal(s.code, SAFE_CODE_CONTRACT);
	assert_int_equal(s.proof_state, SAFE_PROOF_PROVEN);
	assert_int_equal(s.seen_ms, w.now_ms);
}

static void a_contract_that_says_no_refuses_the_proof(void **state)
{
	(void)state;
	fake_account(w.chain, contract)->code = 100;
	(void)add_contract();
	assert_ok(&w.f, stage_job(&w, JOB_SAFE));
	assert_int_equal(look(contract).proof_state, SAFE_PROOF_REFUSED);
	assert_non_null(strstr(look(contract).proof_text, "does not know the signature"));
}

static void a_declared_contract_without_code_gets_no_money_until_it_has_some(void **state)
{
	const struct eth_addr home = contract;
	struct safe_address s;

	(void)state;
	(void)add_contract();
	assert_ok(&w.f, stage_job(&w, JOB_SAFE));
	s = look(home);
	assert_int_equal(s.code, SAFE_CODE_NONE);
	assert_int_equal(s.proof_state, SAFE_PROOF_CHECKING);
	w.now_ms += w.policy.safe_delay_ms;
	s = look(home);
	assert_int_equal(s.state, SAFE_ACTIVE);
	assert_false(safe_takes(&s));
	fake_account(w.chain, home)->code = 1;
	assert_ok(&w.f, stage_job(&w, JOB_SAFE));
	s = look(home);
	assert_true(safe_takes(&s));
}

static void what_the_chain_told_is_not_asked_every_time(void **state)
{
	size_t before;

	(void)state;
	assert_ok(&w.f, stage_job(&w, JOB_SAFE)); /* the stage's own address */
	before = w.chain->questions;
	w.now_ms += 60000;
	assert_ok(&w.f, stage_job(&w, JOB_SAFE));
	assert_int_equal(w.chain->questions, before);
	w.now_ms += 24 * 3600 * 1000;
	assert_ok(&w.f, stage_job(&w, JOB_SAFE));
	assert_int_equal(w.chain->questions, before + 1);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(the_text_names_fleet_chain_and_address_and_stays),
		ON_STAGE(the_owners_signature_proves_at_once_and_shortens_no_delay),
		ON_STAGE(typed_data_is_as_good_as_text),
		ON_STAGE(another_keys_signature_is_refused_and_named),
		ON_STAGE(a_listed_address_is_proven_later_and_a_removed_one_is_not),
		ON_STAGE(a_contract_is_asked_and_believed),
		ON_STAGE(a_contract_that_says_no_refuses_the_proof),
		ON_STAGE(a_declared_contract_without_code_gets_no_money_until_it_has_some),
		ON_STAGE(what_the_chain_told_is_not_asked_every_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
