#include "server/api/convert.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"

void *msg_new(struct turn *t, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *m = turn_alloc(t, d->sizeof_message);

	protobuf_c_message_init(d, m);
	return m;
}

Google__Protobuf__Timestamp *msg_time(struct turn *t, int64_t ms)
{
	if (ms == 0)
		return NULL;
	Google__Protobuf__Timestamp *ts = msg_new(t, &google__protobuf__timestamp__descriptor);

	ts->seconds = ms / 1000;
	ts->nanos = (int32_t)(ms % 1000) * 1000000;
	return ts;
}

Google__Protobuf__Duration *msg_duration(struct turn *t, int64_t ms)
{
	Google__Protobuf__Duration *d = msg_new(t, &google__protobuf__duration__descriptor);

	d->seconds = ms / 1000;
	d->nanos = (int32_t)(ms % 1000) * 1000000;
	return d;
}

char *msg_text(struct turn *t, const char *s)
{
	return turn_strdup(t, s ? s : "");
}

char *msg_wei(struct turn *t, struct wei a)
{
	char text[WEI_TEXT];

	wei_text(a, text);
	return turn_strdup(t, text);
}

Ghostfleet__V1__Pause *msg_pause(struct turn *t, const struct pause *p)
{
	Ghostfleet__V1__Pause *m = msg_new(t, &ghostfleet__v1__pause__descriptor);

	m->epoch = p->id;
	m->kind = (Ghostfleet__V1__PauseKind)p->kind;
	m->scope = msg_text(t, p->scope);
	m->reason = msg_text(t, p->reason);
	m->actor = msg_text(t, p->actor);
	m->create_time = msg_time(t, p->at_ms);
	return m;
}

Ghostfleet__V1__Event *msg_event(struct turn *t, const struct event *e)
{
	Ghostfleet__V1__Event *m = msg_new(t, &ghostfleet__v1__event__descriptor);

	m->id = e->id;
	m->time = msg_time(t, e->at_ms);
	m->subject = msg_text(t, e->subject);
	m->kind = msg_text(t, e->kind);
	m->text = msg_text(t, e->text);
	m->actor = msg_text(t, e->actor);
	return m;
}

static Ghostfleet__V1__Breaker *msg_breaker(struct turn *t, const struct breaker *b)
{
	Ghostfleet__V1__Breaker *m = msg_new(t, &ghostfleet__v1__breaker__descriptor);

	m->state = (Ghostfleet__V1__BreakerState)b->state;
	m->consecutive_failures = (int32_t)b->failures;
	m->trips = b->trips;
	m->cause = msg_text(t, b->cause);
	m->trip_time = msg_time(t, b->tripped_ms);
	m->probe_time = msg_time(t, b->probe_ms);
	return m;
}

Ghostfleet__V1__Wallet *msg_wallet(struct turn *t, const struct wallet *w)
{
	Ghostfleet__V1__Wallet *m = msg_new(t, &ghostfleet__v1__wallet__descriptor);

	m->name = turn_printf(t, "wallets/%s", w->name);
	m->address = msg_text(t, addr_str(t, w->addr));
	m->profile = msg_text(t, w->profile);
	m->state = (Ghostfleet__V1__WalletState)w->state;
	m->role = (Ghostfleet__V1__WalletRole)w->role;
	m->key_kind = (Ghostfleet__V1__KeyKind)w->key_kind;
	if (w->hd_index >= 0) {
		m->_hd_index_case = GHOSTFLEET__V1__WALLET___HD_INDEX_HD_INDEX;
		m->hd_index = (uint32_t)w->hd_index;
	}
	m->enabled = w->enabled;
	m->breaker = msg_breaker(t, &w->breaker);
	m->in_flight = (int32_t)w->in_flight;
	m->create_time = msg_time(t, w->created_ms);
	m->etag = turn_printf(t, "%lld", (long long)w->version);
	if (w->has_stake)
		m->staked = msg_wei(t, w->stake);
	if (w->account.seen_ms == 0)
		return m;
	m->balance = msg_wei(t, w->account.balance);
	m->nonce = w->account.nonce;
	m->observe_time = msg_time(t, w->account.seen_ms);
	m->observe_block = w->account.seen_block;
	return m;
}

Ghostfleet__V1__SafeAddress *msg_safe(struct turn *t, const struct safe_address *s)
{
	Ghostfleet__V1__SafeAddress *m = msg_new(t, &ghostfleet__v1__safe_address__descriptor);

	m->address = msg_text(t, addr_str(t, s->addr));
	m->name = turn_printf(t, "safeAddresses/%s", m->address);
	m->chain_id = s->chain_id;
	m->label = msg_text(t, s->label);
	m->state = (Ghostfleet__V1__SafeAddressState)s->state;
	m->create_time = msg_time(t, s->created_ms);
	m->active_time = msg_time(t, s->active_ms);
	m->actor = msg_text(t, s->actor);
	m->contract = s->contract;
	m->code = (Ghostfleet__V1__SafeAddressCode)s->code;
	m->observe_time = msg_time(t, s->seen_ms);
	m->proof = (Ghostfleet__V1__SafeAddressProof)s->proof_state;
	m->proof_time = msg_time(t, s->proof_ms);
	m->proof_text = msg_text(t, s->proof_text);
	return m;
}

/* ---- from requests ---- */

enum err name_of(struct turn *t, const char *field, const char *prefix, const char *name,
		 const char **out)
{
	size_t n = strlen(prefix);

	if (strncmp(name, prefix, n) == 0 && name[n] == '/')
		name += n + 1;
	if (!*name || strchr(name, '/'))
		return fail(t, ERR_INVALID, "%s: '%.60s', want \"%s/NAME\"", field, name, prefix);
	*out = name;
	return OK;
}

enum err id_of(struct turn *t, const char *field, const char *prefix, const char *name,
	       int64_t *out)
{
	char *end;

	TRY(name_of(t, field, prefix, name, &name));
	long long id = strtoll(name, &end, 10);

	if (*end || name[0] < '0' || name[0] > '9' || id <= 0)
		return fail(t, ERR_INVALID, "%s: '%.60s', want \"%s/NUMBER\"", field, name, prefix);
	*out = id;
	return OK;
}

enum err amount_of(struct turn *t, const char *field, const char *text, struct wei *out)
{
	if (!wei_parse(text, out))
		return fail(t, ERR_INVALID, "%s: '%.80s', want wei as a decimal number", field,
			    text);
	return OK;
}

enum err addr_of(struct turn *t, const char *field, const char *text, struct eth_addr *out)
{
	const char *why;

	if (!addr_parse(text, out, &why))
		return fail(t, ERR_INVALID, "%s: '%.60s': %s", field, text, why);
	return OK;
}

enum err duration_of(struct turn *t, const char *field, const Google__Protobuf__Duration *d,
		     int64_t least, int64_t most, int64_t *out)
{
	bool fine = d->seconds >= least / 1000 && d->seconds <= most / 1000 && d->nanos >= 0 &&
		    d->nanos < 1000000000;

	*out = fine ? d->seconds * 1000 + d->nanos / 1000000 : 0;
	if (fine && *out >= least && *out <= most)
		return OK;
	return fail(t, ERR_INVALID, "%s: %s to %s are allowed", field, duration_str(t, least),
		    duration_str(t, most));
}

enum err time_of(struct turn *t, const char *field, const Google__Protobuf__Timestamp *at,
		 int64_t *out)
{
	/* 9999-12-31: above it there is no Timestamp. */
	static const int64_t most_s = INT64_C(253402300799);

	*out = 0;
	if (!at)
		return OK;
	if (at->seconds < 1 || at->seconds > most_s || at->nanos < 0 || at->nanos > 999999999)
		return fail(t, ERR_INVALID, "%s: not a time from 1970 to 9999", field);
	*out = at->seconds * 1000 + at->nanos / 1000000;
	return OK;
}

enum err page_of(struct turn *t, int32_t size, const char *token, size_t usual, size_t most,
		 size_t *limit_out, int64_t *after_out)
{
	if (size < 0)
		return fail(t, ERR_INVALID, "page_size: %d, want 0 to %zu", size, most);
	*limit_out = size == 0 ? usual : (size_t)size > most ? most : (size_t)size;
	*after_out = 0;
	if (!*token)
		return OK;
	return id_of(t, "page_token", "page", token, after_out);
}

char *page_next(struct turn *t, int64_t last)
{
	return turn_printf(t, "%lld", (long long)last);
}

enum err bits_of(struct turn *t, const char *field, const void *values, size_t n, int most,
		 unsigned *out)
{
	const int *v = values;

	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (v[i] < 1 || v[i] > most)
			return fail(t, ERR_INVALID, "%s: %d is not one of its values", field, v[i]);
		*out |= 1u << v[i];
	}
	return OK;
}
