/* The status page as two files, for a web server of the operator's: written beside, then put in
 * place, so that nobody reads half of one. */
#include "server/core/status_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/jobs/jobs.h"
#include "store/base/buf.h"
#include "store/store.h"

static bool write_all(int fd, const struct buf *b)
{
	size_t at = 0;

	while (at < b->n) {
		ssize_t n = write(fd, b->p + at, b->n - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return fsync(fd) == 0;
}

static enum err put(struct turn *t, const char *folder, const char *name, const struct buf *b)
{
	const char *path = turn_printf(t, "%s/%s", folder, name);
	const char *beside = turn_printf(t, "%s/.%s.new", folder, name);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return fail(t, ERR_REFUSED, "notifications.status_folder: cannot write %s: %s",
			    beside, strerror(errno));
	bool good = write_all(fd, b);

	good = close(fd) == 0 && good;
	if (!good || rename(beside, path) != 0) {
		(void)unlink(beside);
		return fail(t, ERR_REFUSED, "notifications.status_folder: cannot write %s: %s",
			    path, strerror(errno));
	}
	return OK;
}

enum err job_status_page(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	uint64_t version = store_version(t->store, TOPIC_INCIDENT) + 1;
	struct buf html = buf_in(t->mem, STATUS_PAGE_MAX), json = buf_in(t->mem, STATUS_PAGE_MAX);

	*more_out = false;
	if (!j->status_folder || j->status_version == version)
		return OK;
	TRY(status_page_html(t, &html));
	TRY(status_page_json(t, &json));
	TRY(put(t, j->status_folder, "index.html", &html));
	TRY(put(t, j->status_folder, "status.json", &json));
	j->status_version = version;
	return OK;
}
