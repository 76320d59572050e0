/* store/base/err.h - the one way a function of this program fails.
 *
 * A function that can fail returns enum err. OK is zero, so `if (e)` reads "if it failed".
 * Where the failure is first seen, and only there, fail() writes one line for a person into
 * the turn; everyone above passes the code on unchanged.
 */
#ifndef STORE_BASE_ERR_H
#define STORE_BASE_ERR_H

/* What a program that meets an error may do about it. Published: the numbers stay. */
enum retry {
	RETRY_NEVER = 1,   /* the same request will fail again */
	RETRY_SAME = 2,    /* the same request, with the same request_id, after a pause */
	RETRY_CHANGED = 3, /* the same request, once somebody changed what stands in the way */
	RETRY_AFRESH = 4,  /* read again, and make a new request of it */
};

/* X(name, gRPC status, CLI exit code, what to do about it, what it means)
 * One row is the whole story of an error: the doors, the client and the reference read it. */
#define ERR_TABLE(X)                                                                               \
	X(OK, 0, 0, RETRY_NEVER, "done")                                                           \
	X(ERR_INVALID, 3, 1, RETRY_NEVER,                                                          \
	  "the request itself is wrong; do not retry it unchanged")                                \
	X(ERR_MISSING, 5, 1, RETRY_NEVER, "what it names is not there")                            \
	X(ERR_EXISTS, 6, 1, RETRY_NEVER, "it is there already")                                    \
	X(ERR_NOBODY, 16, 1, RETRY_NEVER, "the caller did not say who they are; bring a token")    \
	X(ERR_DENIED, 7, 1, RETRY_NEVER, "this caller may not")                                    \
	X(ERR_REFUSED, 9, 1, RETRY_CHANGED, "a rule says no in the present state")                 \
	X(ERR_STALE, 10, 1, RETRY_AFRESH, "someone changed it meanwhile; read again, then retry")  \
	X(ERR_FULL, 8, 1, RETRY_SAME,                                                              \
	  "a limit is reached, or the disk is full; nothing was changed")                          \
	X(ERR_RANGE, 11, 1, RETRY_AFRESH, "what was asked for is no longer kept")                  \
	X(ERR_LATE, 4, 3, RETRY_SAME, "the deadline passed")                                       \
	X(ERR_GONE, 1, 3, RETRY_SAME, "the caller cancelled")                                      \
	X(ERR_AWAY, 14, 3, RETRY_SAME, "something outside does not answer; retry later")           \
	X(ERR_NEVER, 12, 1, RETRY_NEVER, "this server does not know that call")                    \
	X(ERR_BROKEN, 13, 1, RETRY_NEVER, "a bug or a damaged file: an operator must look")

enum err {
#define X(name, grpc, exit, retry, text) name,
	ERR_TABLE(X)
#undef X
		ERR_COUNT
};

/* X(name, error, what it tells a program). The published `reason` of google.rpc.ErrorInfo
 * (domain "ghostfleet.v1"). A reason is never renamed. */
#define REASON_TABLE(X)                                                                            \
	X(INVALID_ARGUMENT, ERR_INVALID, "a field is wrong; the message names it")                 \
	X(NOT_FOUND, ERR_MISSING, "no such resource")                                              \
	X(ALREADY_EXISTS, ERR_EXISTS, "the name or address is taken")                              \
	X(UNAUTHENTICATED, ERR_NOBODY, "no token, or one nobody here knows")                       \
	X(PERMISSION_DENIED, ERR_DENIED, "the caller's role does not include this call")           \
	X(FAILED_PRECONDITION, ERR_REFUSED, "a rule says no in the present state")                 \
	X(ETAG_MISMATCH, ERR_STALE, "the resource changed since it was read")                      \
	X(LIMIT_REACHED, ERR_FULL, "a documented limit is reached")                                \
	X(EVENTS_PRUNED, ERR_RANGE, "events before this id are no longer kept; list again")        \
	X(DEADLINE_EXCEEDED, ERR_LATE, "the call's deadline passed before it ran")                 \
	X(CANCELLED, ERR_GONE, "the caller cancelled")                                             \
	X(UNAVAILABLE, ERR_AWAY, "retry later with the same request_id")                           \
	X(UNIMPLEMENTED, ERR_NEVER, "no such method")                                              \
	X(INTERNAL, ERR_BROKEN, "a fault of this server; its log has a line `broken`")             \
	X(REQUEST_ID_REUSED, ERR_INVALID, "this request_id was used for another request")          \
	X(REQUEST_ID_REQUIRED, ERR_INVALID, "calls that move money need a request_id")             \
	X(DISK_FULL, ERR_FULL, "the disk is full; nothing was changed")                            \
	X(SERVER_BUSY, ERR_FULL, "too many calls wait already")                                    \
	X(SERVER_DRAINING, ERR_AWAY, "this server is shutting down")                               \
	X(PLAN_CHANGED, ERR_REFUSED, "the plan is not the one that was shown")                     \
	X(PLAN_EXPIRED, ERR_REFUSED, "plans are good for ten minutes; plan again")                 \
	X(PLAN_NOT_READY, ERR_REFUSED, "the plan is still being made")                             \
	X(NOT_SAFE_LISTED, ERR_REFUSED, "the address is not an ACTIVE safe address of this chain") \
	X(CAP_EXCEEDED, ERR_REFUSED, "a spending cap would be crossed")                            \
	X(FUNDS_SHORT, ERR_REFUSED, "the paying wallet does not hold enough")                      \
	X(NO_FUNDER, ERR_REFUSED, "no funder key is configured")                                   \
	X(FLEET_PAUSED, ERR_REFUSED, "the fleet is paused or locked down")                         \
	X(PAUSED_BY_OTHER, ERR_DENIED, "only the identity that paused may lift this from here")    \
	X(BREAKER_CAUSE_HOLDS, ERR_REFUSED, "the cause still holds; force with a reason")          \
	X(ADDRESS_MISMATCH, ERR_INVALID, "the key does not belong to the address")                 \
	X(WRONG_PASSPHRASE, ERR_REFUSED, "the passphrase does not open the keys")                  \
	X(KEYS_LOCKED, ERR_REFUSED, "the keys are sealed and no passphrase was given")             \
	X(KEY_NOT_BACKED_UP, ERR_REFUSED, "no kit or verified backup holds this key")              \
	X(WATCH_ONLY, ERR_REFUSED, "no key is held for this wallet")                               \
	X(CHAIN_UNKNOWN, ERR_AWAY, "no endpoint has told enough about the chain yet")              \
	X(CHAIN_MISMATCH, ERR_REFUSED, "the endpoint serves another chain")                        \
	X(STATE_STALE, ERR_AWAY, "what we know of the chain is too old; it is being refreshed")    \
	X(ENDPOINT_AWAY, ERR_AWAY, "no endpoint answers")                                          \
	X(INCIDENT_INCOMPLETE, ERR_REFUSED, "its template lacks fields; answer them, then close")

enum reason {
	REASON_NONE,
#define X(name, err, text) REASON_##name,
	REASON_TABLE(X)
#undef X
		REASON_COUNT
};

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

struct turn;

/* Say why, once. Returns `code`, so that failing is one line: return fail(t, ERR_MISSING, ...).
 * The reason is the first one that the table has for the code. */
enum err fail(struct turn *t, enum err code, const char *fmt, ...) PRINTF(3, 4) MUST_USE;

/* As fail(), for a failure that programs tell apart: the reason carries the code. */
enum err fail_reason(struct turn *t, enum reason why, const char *fmt, ...) PRINTF(3, 4) MUST_USE;

/* Static text; never NULL. */
const char *err_name(enum err code);
const char *err_meaning(enum err code);
const char *reason_name(enum reason why);
const char *reason_meaning(enum reason why);
enum err reason_err(enum reason why);
/* That of its error, but for the few that err.c lists. */
enum retry reason_retry(enum reason why);
const char *retry_meaning(enum retry r);
int err_grpc(enum err code);
int err_exit(enum err code);
enum err err_from_grpc(int status);

/* The one macro that returns from its caller. Fit only where nothing is left to undo. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		enum err try_ = (call);                                                            \
		if (try_ != OK)                                                                    \
			return try_;                                                               \
	} while (0)

#endif
