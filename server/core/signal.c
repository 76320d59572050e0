#include "server/core/signal.h"

#include <string.h>

const struct signal_row signal_rows[] = {
#define SIGNAL(number, id, said, what, where, means)                                               \
	{ .signal = SIGNAL_##id,                                                                   \
	  .name = (said),                                                                          \
	  .unit = (what),                                                                          \
	  .meaning = (means),                                                                      \
	  .from = SIGNAL_FROM_##where },
#include "server/core/signals.def"
#undef SIGNAL
};
const size_t n_signal_rows = sizeof(signal_rows) / sizeof(signal_rows[0]);

const struct signal_row *signal_named(const char *name)
{
	for (size_t i = 0; i < n_signal_rows; i++)
		if (strcmp(signal_rows[i].name, name) == 0)
			return &signal_rows[i];
	return NULL;
}

const struct signal_row *signal_of(int64_t number)
{
	for (size_t i = 0; i < n_signal_rows; i++)
		if ((int64_t)signal_rows[i].signal == number)
			return &signal_rows[i];
	return NULL;
}

bool signal_is_duty(enum signal s)
{
	return s != SIGNAL_VALIDATOR_SLASHED;
}

double figure_ether(struct wei a)
{
	double out = 0;

	for (size_t i = 0; i < sizeof(a.be); i++)
		out = out * 256 + a.be[i];
	return out / 1e18;
}

bool signal_of_wallet(const struct wallet *w, const struct wallet_figures *f, int64_t now_ms,
		      enum signal s, double *out)
{
	enum { LONG = 24 * 365 };
	double balance = figure_ether(w->account.balance);
	bool heard = w->account.seen_ms > 0;

	if (s == SIGNAL_WALLET_BREAKER) {
		*out = w->breaker.state == BREAKER_OPEN;
		return true;
	}
	if (s == SIGNAL_WALLET_WAITING) {
		*out = f->waits_ms > 0 && f->waits_ms < now_ms
			       ? (double)(now_ms - f->waits_ms) / 1000
			       : 0;
		return true;
	}
	if (s == SIGNAL_WALLET_BALANCE)
		*out = balance;
	else if (s == SIGNAL_WALLET_FUNDS)
		*out = f->target > 0 ? balance * 100 / f->target : 100;
	else if (s == SIGNAL_WALLET_RUNWAY)
		*out = f->per_hour * LONG > balance ? balance / f->per_hour : LONG;
	else
		return false;
	return heard;
}

static double seconds_in(const struct validator *v, int64_t now_ms, unsigned healths)
{
	return healths >> v->health & 1 && now_ms > v->since_ms
		       ? (double)(now_ms - v->since_ms) / 1000
		       : 0;
}

bool signal_of_validator(const struct validator *v, int64_t now_ms, enum signal s, double *out)
{
	bool told = v->health != VALIDATOR_UNKNOWN, heard = v->heard_epoch >= 0;
	uint64_t of_32 = UINT32_MAX;

	if (s == SIGNAL_VALIDATOR_NOT_UP) {
		*out = seconds_in(v, now_ms, 1u << VALIDATOR_DOWN | 1u << VALIDATOR_ISOLATED);
		return told;
	}
	if (s == SIGNAL_VALIDATOR_ISOLATED) {
		*out = seconds_in(v, now_ms, 1u << VALIDATOR_ISOLATED);
		return told;
	}
	if (s == SIGNAL_VALIDATOR_UNKNOWN) {
		*out = seconds_in(v, now_ms, 1u << VALIDATOR_UNKNOWN);
		return true;
	}
	if (s == SIGNAL_VALIDATOR_SLASHED) {
		*out = v->slashed;
		return v->life != LIFE_UNTOLD;
	}
	if (s == SIGNAL_VALIDATOR_MISSED_ROW) {
		*out = (double)v->missed_row;
		return told && v->judged_epoch >= 0;
	}
	if (s == SIGNAL_VALIDATOR_MISSED_32) {
		*out = __builtin_popcountll(v->missed_bits & of_32);
		return told && v->judged_epoch >= 0;
	}
	if (s == SIGNAL_VALIDATOR_BALANCE) {
		*out = (double)v->balance / 1e9;
		return heard;
	}
	if (s == SIGNAL_VALIDATOR_EFFECTIVE) {
		*out = (double)v->effective / 1e9;
		return heard;
	}
	if (s == SIGNAL_VALIDATOR_DECLINES) {
		*out = (double)v->declines;
		return heard;
	}
	return false;
}

enum err signal_put(struct turn *t, enum signal s, const char *entity, double value,
		    const char *source)
{
	return series_put(t, entity, s, value, source);
}
