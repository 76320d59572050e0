#include <stdlib.h>
#include <string.h>

#include "server/api/convert.h"
#include "server/core/journal.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/ledger.h"

enum { ATTEMPTS = 32, NONCE_DIGITS = 18 };

static Ghostfleet__V1__Attempt *msg_attempt(struct turn *t, const struct attempt *a)
{
	Ghostfleet__V1__Attempt *m = msg_new(t, &ghostfleet__v1__attempt__descriptor);

	m->hash = msg_text(t, hash_str(t, a->hash));
	m->state = (Ghostfleet__V1__TransactionState)a->state;
	m->max_fee = msg_wei(t, a->max_fee);
	m->max_tip = msg_wei(t, a->max_tip);
	m->sign_time = msg_time(t, a->signed_ms);
	m->first_send_time = msg_time(t, a->first_ms);
	m->last_send_time = msg_time(t, a->last_ms);
	m->sends = (int32_t)a->sends;
	m->said = msg_text(t, a->said);
	m->kind = (Ghostfleet__V1__AttemptKind)a->kind;
	return m;
}

enum err msg_transaction(struct turn *t, const struct intent *i, Ghostfleet__V1__Transaction **out)
{
	Ghostfleet__V1__Transaction *m = msg_new(t, &ghostfleet__v1__transaction__descriptor);
	struct attempt *a;
	size_t n;

	m->name = turn_printf(t, "transactions/%lld", (long long)i->id);
	m->wallet = turn_printf(t, "wallets/%s", i->wallet_name);
	if (i->operation)
		m->operation = turn_printf(t, "operations/%lld", (long long)i->operation);
	m->purpose = msg_text(t, purpose_name(i->purpose));
	m->state = (Ghostfleet__V1__TransactionState)i->state;
	m->chain_id = i->chain_id;
	m->nonce = i->nonce;
	m->to = msg_text(t, addr_str(t, i->dest));
	m->value = msg_wei(t, i->value);
	m->gas = i->gas;
	m->block = i->block;
	m->fee_paid = msg_wei(t, i->fee_paid);
	m->text = msg_text(t, i->text);
	m->create_time = msg_time(t, i->created_ms);
	TRY(attempt_list(t, i->id, ATTEMPTS, &a, &n));
	m->attempts = turn_array(t, n + 1, sizeof(*m->attempts));
	for (size_t k = 0; k < n; k++)
		m->attempts[m->n_attempts++] = msg_attempt(t, &a[k]);
	*out = m;
	return OK;
}

/* "wallets/NAME/nonces/7": the one that holds the nonce. */
static enum err by_nonce(struct turn *t, const char *name, const char *slash, struct intent *out)
{
	static const char middle[] = "/nonces/";
	const char *digits = slash + sizeof(middle) - 1, *wallet;
	struct wallet w;

	if (!*digits || digits[strspn(digits, "0123456789")] || strlen(digits) > NONCE_DIGITS)
		return fail(t, ERR_INVALID, "name: '%.20s' is not a nonce", digits);
	TRY(name_of(t, "name", "wallets", turn_printf(t, "%.*s", (int)(slash - name), name),
		    &wallet));
	TRY(wallet_get(t, wallet, &w));
	return intent_at_nonce(t, w.id, policy()->chain_id, strtoull(digits, NULL, 10), out);
}

/* By number, by a wallet's nonce, or by the hash of one of its attempts, also of one whose bytes
 * are forgotten. */
enum err transaction_named(struct turn *t, const char *name, struct intent *out)
{
	struct eth_hash hash;
	struct ledger_line line;
	struct attempt a;
	int64_t id;

	const char *slash = strstr(name, "/nonces/");

	if (slash && strncmp(name, "wallets/", 8) == 0)
		return by_nonce(t, name, slash, out);
	if (strncmp(name, "0x", 2) != 0) {
		TRY(id_of(t, "name", "transactions", name, &id));
		return intent_get(t, id, out);
	}
	if (!hash_parse(name, &hash))
		return fail(t, ERR_INVALID, "name: '%.80s' is not a transaction hash", name);
	enum err e = attempt_by_hash(t, &hash, &a);

	if (e == OK)
		return intent_get(t, a.intent, out);
	if (e != ERR_MISSING || ledger_by_hash(t, &hash, &line) != OK)
		return attempt_by_hash(t, &hash, &a); /* says why */
	return intent_get(t, line.intent, out);
}
