/* server/core/breaker.h - a wallet that keeps failing is left alone for a while.
 *
 * closed → open after policy.max_failures in a row → half-open after the cool-down: one probe →
 * closed or open again. Only wallet and contract faults count; an endpoint's never do. In the
 * store, so that a restart forgets nothing.
 */
#ifndef SERVER_CORE_BREAKER_H
#define SERVER_CORE_BREAKER_H

#include "store/wallets.h"

/* Pure: what one more success or failure makes of it. */
struct breaker breaker_after(struct breaker b, bool ok, const char *cause, int64_t max_failures,
			     int64_t cooldown_ms, int64_t now_ms);

/* Pure: may the wallet act now? An open breaker whose time came lets one probe through. */
bool breaker_lets(const struct breaker *b, int64_t now_ms);

/* In the lane: a wallet's action ended. *opened_out: its breaker opened by that. */
enum err breaker_heard(struct turn *t, int64_t wallet, bool ok, const char *cause,
		       bool *opened_out) MUST_USE;

/* In the lane. A half-open breaker has its probe out: nothing more until it is heard of. */
enum err breaker_probe(struct turn *t, const struct wallet *w) MUST_USE;

/* In the lane: opened at once, whatever it counted before. */
enum err breaker_trip(struct turn *t, int64_t wallet, const char *cause) MUST_USE;

/* In the lane. The probe was never sent: another may go out. */
enum err breaker_unprobe(struct turn *t, int64_t wallet) MUST_USE;

/* In the lane. *changed_out false: it was closed. BREAKER_CAUSE_HOLDS: the wallet's transactions
 * are still stuck (one needs review) and `force` is not set. */
enum err breaker_reset(struct turn *t, const char *wallet, bool force, const char *reason,
		       bool *changed_out, struct wallet *out) MUST_USE;

#endif
