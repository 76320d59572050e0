#include "server/ops/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

enum { PAGE = 4096, CPU_FIELDS = 8, IDLE = 3, IOWAIT = 4 };

/* The beginning of a file of the kernel's; "" when it cannot be read. */
static const char *read_start(const char *path, char text[PAGE])
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, PAGE - 1, f) : 0;

	if (f)
		(void)fclose(f);
	text[n] = 0;
	return text;
}

/* Its first line: "cpu" and the time all cores spent as user, nice, system, idle, iowait, irq,
 * softirq, steal. */
static void look_at_cpu(struct host_before *before, struct host_look *out)
{
	char text[PAGE];
	const char *at = read_start("/proc/stat", text);
	uint64_t v[CPU_FIELDS] = { 0 }, all = 0;
	char *end;

	if (strncmp(at, "cpu ", 4) != 0)
		return;
	at += 4;
	for (int i = 0; i < CPU_FIELDS; i++) {
		v[i] = strtoull(at, &end, 10);
		at = end;
		all += v[i];
	}
	uint64_t busy = all - v[IDLE] - v[IOWAIT];

	if (before->all > 0 && all > before->all && busy >= before->busy) {
		out->cpu_known = true;
		out->cpu_percent =
			100.0 * (double)(busy - before->busy) / (double)(all - before->all);
	}
	*before = (struct host_before){ busy, all };
}

static bool field(const char *text, const char *name, double *out)
{
	const char *at = strstr(text, name);

	if (!at)
		return false;
	*out = strtod(at + strlen(name), NULL);
	return true;
}

static void look_at_memory(struct host_look *out)
{
	char text[PAGE];
	const char *all = read_start("/proc/meminfo", text);
	double total, available;

	if (!field(all, "MemTotal:", &total) || !field(all, "MemAvailable:", &available) ||
	    total <= 0)
		return;
	out->memory_known = true;
	out->memory_percent = 100.0 * (total - available) / total;
}

static void look_at_load(struct host_look *out)
{
	double load;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (getloadavg(&load, 1) != 1 || cores < 1)
		return;
	out->load_known = true;
	out->load_per_core = load / (double)cores;
}

/* As df counts: what is root's alone is neither used nor free. */
static void look_at_disk(const char *path, struct host_look *out)
{
	struct statvfs s;

	if (statvfs(path, &s) != 0 || s.f_blocks == 0)
		return;
	double used = (double)(s.f_blocks - s.f_bfree), usable = used + (double)s.f_bavail;

	out->disk_known = usable > 0;
	out->disk_percent = usable > 0 ? 100.0 * used / usable : 0;
}

static void look_at_clock(struct host_look *out)
{
	struct timex x = { 0 };
	int state = adjtimex(&x);

	if (state < 0)
		return;
	out->clock_known = true;
	out->clock_kept = state != TIME_ERROR && !(x.status & STA_UNSYNC);
	out->clock_error_ms = (double)x.maxerror / 1000;
}

void host_look(struct host_before *before, const char *disk, struct host_look *out)
{
	*out = (struct host_look){ 0 };
	look_at_cpu(before, out);
	look_at_memory(out);
	look_at_load(out);
	look_at_disk(disk, out);
	look_at_clock(out);
}
