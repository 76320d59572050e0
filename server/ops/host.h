/* server/ops/host.h - the machine we run on, as the kernel tells it. */
#ifndef SERVER_OPS_HOST_H
#define SERVER_OPS_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* What must be remembered between two looks; zero at first. */
struct host_before {
	uint64_t busy, all;
};

/* Each is known or not: a container may hide some. */
struct host_look {
	bool cpu_known, memory_known, disk_known, load_known, clock_known;
	double cpu_percent; /* since the look before; unknown at the first */
	double memory_percent, disk_percent, load_per_core;
	bool clock_kept;
	double clock_error_ms;
};

/* disk: any path of the file system in question. */
void host_look(struct host_before *before, const char *disk, struct host_look *out);

#endif
