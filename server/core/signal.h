/* server/core/signal.h - the figures that rules are about; the table is signals.def. */
#ifndef SERVER_CORE_SIGNAL_H
#define SERVER_CORE_SIGNAL_H

#include "store/series.h"
#include "store/validators.h"
#include "store/wallets.h"

enum signal {
#define SIGNAL(number, id, name, unit, from, meaning) SIGNAL_##id = (number),
#include "server/core/signals.def"
#undef SIGNAL
};

enum signal_from {
	SIGNAL_FROM_SERIES,
	SIGNAL_FROM_VALIDATOR,
	SIGNAL_FROM_WALLET,
	SIGNAL_FROM_RULES,
};

struct signal_row {
	enum signal signal;
	const char *name, *unit, *meaning;
	enum signal_from from;
};
extern const struct signal_row signal_rows[];
extern const size_t n_signal_rows;
const struct signal_row *signal_named(const char *name); /* NULL: none */

/* Pure. Of a validator's row as it is now. False: nobody can tell, or it is no such signal. */
bool signal_of_validator(const struct validator *v, int64_t now_ms, enum signal s, double *out);

const struct signal_row *signal_of(int64_t number); /* NULL: none */
/* A duty's: it says nothing of a validator that has none. */
bool signal_is_duty(enum signal s);

/* What rules need to know of a wallet beside its row. */
struct wallet_figures {
	bool acts;        /* it has an action and may do it: enabled, active, not paused */
	double per_hour;  /* ether that it uses up; below 0: not known yet */
	int64_t waits_ms; /* since when its oldest transaction waits; 0: none does */
	double target;    /* ether; 0: none */
};
bool signal_of_wallet(const struct wallet *w, const struct wallet_figures *f, int64_t now_ms,
		      enum signal s, double *out);
double figure_ether(struct wei a); /* near enough for a figure */

/* In the lane: one measurement, now. */
enum err signal_put(struct turn *t, enum signal s, const char *entity, double value,
		    const char *source) MUST_USE;

#endif
