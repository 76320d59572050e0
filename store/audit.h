/* store/audit.h - who did what, when, and what came of it; a chain of records.
 *
 * Table: audit. Each record carries the SHA-256 of its own fields and of the record before it,
 * so that a change in the middle shows. Written in the same commit as what it records.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/base/turn.h"

struct audit_record {
	int64_t id;
	int64_t at_ms;
	const char *actor, *action, *subject, *detail; /* detail: one line, never a secret */
	const char *trace;                             /* the turn's; "" for none */
	struct eth_hash prev, hash;
};

/* In the lane. `action` is a verb in the past: "fleet.paused". */
enum err audit_add(struct turn *t, const char *action, const char *subject,
		   const char *detail) MUST_USE;

/* The last record: its id and hash, which stand for all before it. id 0: there is none. */
enum err audit_head(struct turn *t, int64_t *id_out, struct eth_hash *hash_out) MUST_USE;

/* Records with id > after, by id; *n_out < limit: that was the last page. */
enum err audit_list(struct turn *t, int64_t after, size_t limit, struct audit_record **out,
		    size_t *n_out) MUST_USE;

/* Recompute the chain over the records (after, after + limit]. ERR_BROKEN names the first
 * record that does not follow. *last_out: pass on as `after`; *n_out: records read. */
enum err audit_verify(struct turn *t, int64_t after, size_t limit, int64_t *last_out,
		      size_t *n_out) MUST_USE;

#endif
