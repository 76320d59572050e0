#include "server/door/port.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTENING = 0x0a, LINE = 512, PATH = 300 };

/* The inode of a socket that listens on the port. Lines of /proc/net/tcp and tcp6:
 * "sl: LOCAL:PORT REMOTE:PORT STATE tx:rx tr:when retransmits uid timeout INODE ..." */
static bool listener_inode(const char *table, unsigned port, unsigned long *inode_out)
{
	char line[LINE];
	bool found = false;
	FILE *f = fopen(table, "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned local, state;
		unsigned long inode;

		found = sscanf(line,
			       " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*s %*s "
			       "%lu",
			       &local, &state, &inode) == 3 &&
			local == port && state == LISTENING && inode != 0;
		if (found)
			*inode_out = inode;
	}
	(void)fclose(f);
	return found;
}

static bool holds(const char *pid, const char *socket_name)
{
	char path[PATH], link[64];
	struct dirent *fd;
	bool found = false;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *d = opendir(path);

	if (!d)
		return false;
	while (!found && (fd = readdir(d)) != NULL) {
		ssize_t n = readlinkat(dirfd(d), fd->d_name, link, sizeof(link) - 1);

		if (n < 0)
			continue;
		link[n] = 0;
		found = strcmp(link, socket_name) == 0;
	}
	(void)closedir(d);
	return found;
}

static const char *name_of(struct turn *t, const char *pid)
{
	char path[PATH], name[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (f) {
		if (!fgets(name, sizeof(name), f))
			name[0] = 0;
		(void)fclose(f);
	}
	name[strcspn(name, "\n")] = 0;
	return turn_printf(t, "pid %s (%s)", pid, name);
}

const char *port_holder(struct turn *t, unsigned port)
{
	unsigned long inode;
	char socket_name[40];
	struct dirent *p;
	const char *holder = "";

	if (!listener_inode("/proc/net/tcp", port, &inode) &&
	    !listener_inode("/proc/net/tcp6", port, &inode))
		return "";
	(void)snprintf(socket_name, sizeof(socket_name), "socket:[%lu]", inode);
	DIR *d = opendir("/proc");

	if (!d)
		return "";
	while (!*holder && (p = readdir(d)) != NULL)
		if (isdigit((unsigned char)p->d_name[0]) && holds(p->d_name, socket_name))
			holder = name_of(t, p->d_name);
	(void)closedir(d);
	return holder;
}
