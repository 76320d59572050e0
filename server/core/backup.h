/* server/core/backup.h - keys that exist twice: making recovery kits, and refusing to fund a key
 * that no kit holds.
 *
 * A kit counts once who asked for it said that the file is written and reads back; what all such
 * kits cover together is store/kits.h's struct cover.
 */
#ifndef SERVER_CORE_BACKUP_H
#define SERVER_CORE_BACKUP_H

#include "server/core/operation.h"
#include "store/kits.h"

struct kit_ask {
	const char *passphrase;
	size_t n;
	bool without_funder;
};

/* Outside the lane: everything a rescue needs, sealed. *row: what kit_store is to keep.
 * KEYS_LOCKED, ERR_INVALID (a short passphrase), ERR_FULL (above 10,000 imported keys). */
enum err kit_make(struct turn *t, const struct kit_ask *ask, struct kit_row *row,
		  struct bytes *sealed_out) MUST_USE;

/* In the lane: the row, audited. It does not count yet. */
enum err kit_store(struct turn *t, struct kit_row *row) MUST_USE;

/* In the lane. ERR_MISSING; ERR_INVALID: the digest is another file's. Twice is fine. */
enum err kit_written(struct turn *t, int64_t id, const struct eth_hash *digest,
		     struct kit_row *out) MUST_USE;

/* Before funding is planned: KEY_NOT_BACKED_UP names wallets and the command to type. OK where
 * [keys] require_backup is off. */
enum err backup_check_selection(struct turn *t, const struct selection *sel) MUST_USE;
/* Before it is run: wallets may have come since. */
enum err backup_check_operation(struct turn *t, const struct operation *o) MUST_USE;

#endif
