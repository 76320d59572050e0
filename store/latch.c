#include "store/latch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "store/base/log.h"

enum { SLOT_BYTES = 4096, SLOTS = 2 };

/* On disk: fixed sizes, this machine's byte order (the file never leaves it). */
struct slot {
	char magic[8];
	uint64_t number;
	int64_t at_ms;
	int64_t kind;
	char actor[64], reason[512];
	uint8_t sum[SHA256_DIGEST_SIZE]; /* of all before it */
};

static_assert(sizeof(struct slot) <= SLOT_BYTES, "a slot is one block");

static const char MAGIC[8] = "GFLATCH1";

static void sum(const struct slot *s, uint8_t out[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, offsetof(struct slot, sum), (const uint8_t *)s);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static bool put_slot(int fd, uint64_t number, const struct latch_note *note)
{
	union {
		struct slot s;
		uint8_t block[SLOT_BYTES];
	} u;

	memset(&u, 0, sizeof(u));
	memcpy(u.s.magic, MAGIC, sizeof(MAGIC));
	u.s.number = number;
	u.s.at_ms = note->at_ms;
	u.s.kind = note->kind;
	memcpy(u.s.actor, note->actor, sizeof(note->actor));
	memcpy(u.s.reason, note->reason, sizeof(note->reason));
	sum(&u.s, u.s.sum);
	return pwrite(fd, &u, sizeof(u), (off_t)(number % SLOTS) * SLOT_BYTES) ==
		       (ssize_t)sizeof(u) &&
	       fdatasync(fd) == 0;
}

static bool get_slot(int fd, int i, struct slot *out)
{
	uint8_t want[SHA256_DIGEST_SIZE];

	if (pread(fd, out, sizeof(*out), (off_t)i * SLOT_BYTES) != (ssize_t)sizeof(*out) ||
	    memcmp(out->magic, MAGIC, sizeof(MAGIC)) != 0)
		return false;
	sum(out, want);
	return memcmp(want, out->sum, sizeof(want)) == 0;
}

void latch_init(struct latch *l)
{
	*l = (struct latch){ .fd = -1 };
	(void)pthread_mutex_init(&l->lock, NULL);
}

enum err latch_open(struct turn *t, const char *folder, struct latch *l)
{
	const char *path = turn_printf(t, "%s/pause.latch", folder);

	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0)
		return fail(t, ERR_AWAY, "cannot open %s: %s", path, strerror(errno));
	bool found = false;

	for (int i = 0; i < SLOTS; i++) {
		struct slot s;

		if (!get_slot(l->fd, i, &s) || (found && s.number < l->number))
			continue;
		found = true;
		l->number = s.number;
		l->note = (struct latch_note){ .kind = (int)s.kind, .at_ms = s.at_ms };
		memcpy(l->note.actor, s.actor, sizeof(s.actor));
		memcpy(l->note.reason, s.reason, sizeof(s.reason));
		l->note.actor[sizeof(s.actor) - 1] = 0;
		l->note.reason[sizeof(s.reason) - 1] = 0;
	}
	if (found)
		return OK;
	/* Both slots are written once now, so that later writes need no new block. */
	if (!latch_write(l, &(struct latch_note){ 0 }) ||
	    !latch_write(l, &(struct latch_note){ 0 }))
		log_line(t, LOG_WARN, "pause.latch could not be written; a full disk may refuse it",
			 "path", path, NULL);
	return OK;
}

void latch_close(struct latch *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
	(void)pthread_mutex_destroy(&l->lock);
}

bool latch_read(struct latch *l, struct latch_note *out)
{
	(void)pthread_mutex_lock(&l->lock);
	*out = l->note;
	(void)pthread_mutex_unlock(&l->lock);
	return out->kind != 0;
}

bool latch_write(struct latch *l, const struct latch_note *note)
{
	if (!put_slot(l->fd, l->number + 1, note))
		return false;
	(void)pthread_mutex_lock(&l->lock);
	l->number++;
	l->note = *note;
	(void)pthread_mutex_unlock(&l->lock);
	return true;
}
