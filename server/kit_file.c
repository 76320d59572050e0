#include "server/kit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/passphrase.h"
#include "store/base/turn.h"

static enum err read_all(struct turn *t, int fd, const char *path, struct bytes *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > KIT_FILE_MAX)
		return fail(t, ERR_REFUSED, "%s: is no regular file of at most 8 MiB", path);
	size_t n = (size_t)st.st_size, have = 0;
	uint8_t *p = turn_alloc(t, n + 1);

	while (have < n) {
		ssize_t got = read(fd, p + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(t, ERR_REFUSED, "%s: cannot be read: %s", path,
				    got < 0 ? strerror(errno) : "it became shorter");
		have += (size_t)got;
	}
	*out = (struct bytes){ p, n };
	return OK;
}

enum err kit_file_open(struct turn *t, const struct rescue_input *in, struct kit *out,
		       struct eth_hash *digest_out)
{
	struct bytes file;
	char *passphrase;

	int fd = open(in->kit, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(t, ERR_REFUSED, "%s: cannot be opened: %s", in->kit, strerror(errno));
	enum err e = read_all(t, fd, in->kit, &file);

	(void)close(fd);
	if (e != OK)
		return e;
	*digest_out = kit_digest(file);
	TRY(passphrase_of(t, in->passphrase_file, "the kit's passphrase", &passphrase));
	e = kit_open(t, file, passphrase, strlen(passphrase), out);
	wipe(passphrase, strlen(passphrase));
	return e;
}
