#include "server/door/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/base/log.h"
#include "store/identities.h"
#include "store/store.h"

static const char admin[] = "admin";

void identity_token(struct turn *t, char out[TOKEN_TEXT])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	SECRET struct secret s;
	unsigned bits = 0, have = 0;
	char *p = out;

	turn_random(t, s.b, sizeof(s.b));
	memcpy(p, "gf_", 3);
	p += 3;
	for (size_t i = 0; i < sizeof(s.b); i++) {
		bits = bits << 8 | s.b[i];
		for (have += 8; have >= 6; have -= 6)
			*p++ = digits[bits >> (have - 6) & 63];
	}
	*p++ = digits[bits << (6 - have) & 63];
	*p = '\0';
}

static bool is_token(const char *s, size_t n)
{
	return n == TOKEN_TEXT - 1 && memcmp(s, "gf_", 3) == 0 &&
	       strspn(s + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
		       n - 3;
}

/* Nobody else may have seen the token, or put another one there. */
static enum err file_check(struct turn *t, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail(t, ERR_AWAY, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(t, ERR_REFUSED, "%s is not a plain file: remove it", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fail(t, ERR_REFUSED,
			    "%s belongs to user %u, not to the user of this daemon: chown it", path,
			    (unsigned)st.st_uid);
	if (st.st_mode & 077)
		return fail(t, ERR_REFUSED,
			    "%s may be read by others (mode %03o): chmod 600 it, and renew the "
			    "token if they could have",
			    path, (unsigned)(st.st_mode & 0777));
	return OK;
}

static enum err folder_sync(struct turn *t, const char *path)
{
	const char *folder = dirname(turn_strdup(t, path));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		(void)close(fd);
	return rc == 0 ? OK : fail(t, ERR_AWAY, "%s: %s", folder, strerror(errno));
}

static enum err file_write(struct turn *t, const char *path, int fd, char token[TOKEN_TEXT])
{
	char line[TOKEN_TEXT + 1];
	int n = snprintf(line, sizeof(line), "%s\n", token);
	bool good = write(fd, line, (size_t)n) == n && fsync(fd) == 0;
	int why = errno;

	wipe(line, sizeof(line));
	return good ? OK : fail(t, ERR_AWAY, "%s: %s", path, strerror(why));
}

/* The token in the file; an empty file gets a new one. */
static enum err file_token(struct turn *t, const char *path, int fd, char token[TOKEN_TEXT])
{
	char text[TOKEN_TEXT + 2];
	ssize_t n = read(fd, text, sizeof(text));

	if (n == 0) {
		identity_token(t, token);
		TRY(file_write(t, path, fd, token));
		return folder_sync(t, path);
	}
	size_t end = n > 0 ? (size_t)n : 0;

	while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r'))
		end--;
	text[end < sizeof(text) ? end : sizeof(text) - 1] = '\0';
	if (end < TOKEN_TEXT && is_token(text, end)) {
		memcpy(token, text, TOKEN_TEXT);
		wipe(text, sizeof(text));
		return OK;
	}
	wipe(text, sizeof(text));
	return fail(t, ERR_REFUSED, "%s holds no token: empty it, and the next start makes one",
		    path);
}

/* In the lane. */
static enum err store_token(struct turn *t, void *arg)
{
	const struct eth_hash *token = arg;
	struct identity i = { .name = admin, .roles = ROLE_ADMIN, .token = *token };
	struct identity old;
	enum err e = identity_by_name(t, admin, &old);

	if (e == ERR_MISSING) {
		TRY(identity_add(t, &i));
		return audit_add(t, "identity.added", "identities/admin", "the first start");
	}
	TRY(e);
	if (hash_eq(old.token, *token))
		return OK;
	TRY(identity_set_token(t, admin, token));
	return audit_add(t, "identity.token_renewed", "identities/admin", "from the token file");
}

static enum err agree(struct turn *t, const char *path, int fd)
{
	char token[TOKEN_TEXT];
	struct eth_hash hash;
	enum err e = file_check(t, path, fd);

	if (e == OK)
		e = file_token(t, path, fd, token);
	if (e != OK)
		return e;
	token_hash(token, TOKEN_TEXT - 1, &hash);
	wipe(token, sizeof(token));
	return lane_run(t, store_token, &hash);
}

enum err identity_bootstrap(struct turn *t, struct store *s, const char *path)
{
	struct identity known;
	enum err e = identity_by_name(t, admin, &known);

	(void)s;
	if (e != OK && e != ERR_MISSING)
		return e;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && e == OK) {
		log_line(t, LOG_WARN, "the admin's token file is gone; its token still counts",
			 "file", path, "renew", "put an empty file there (mode 600), start again",
			 NULL);
		return OK;
	}
	if (fd < 0 && errno == ENOENT)
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(t, ERR_AWAY, "%s: %s", path, strerror(errno));
	e = agree(t, path, fd);
	(void)close(fd);
	return e;
}
