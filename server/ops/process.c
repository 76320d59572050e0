/* The samples about this process itself: process_*, uptime, build and health. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/ops/health.h"
#include "server/ops/metrics.h"

struct samples {
	struct metric_sample *out;
	size_t n, max;
};

static void put(struct samples *s, enum metric m, const char *label, double v)
{
	if (s->n < s->max)
		s->out[s->n++] = (struct metric_sample){ m, { label, NULL }, v };
}

/* Field 20 of /proc/self/stat is the threads, field 24 the resident pages; the name in field 2
 * may hold anything, so counting begins after its last ')'. */
static void put_stat(struct samples *s)
{
	char line[1024], *rest, *field;
	FILE *f = fopen("/proc/self/stat", "re");

	if (!f)
		return;
	size_t n = fread(line, 1, sizeof(line) - 1, f);

	(void)fclose(f);
	line[n] = 0;
	rest = strrchr(line, ')');
	for (int i = 2; rest && (field = strsep(&rest, " ")) != NULL; i++) {
		if (i == 20)
			put(s, METRIC_PROCESS_THREADS, NULL, strtod(field, NULL));
		if (i == 24)
			put(s, METRIC_PROCESS_RSS, NULL,
			    strtod(field, NULL) * (double)sysconf(_SC_PAGESIZE));
	}
}

static void put_fds(struct samples *s)
{
	struct rlimit limit;
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		return;
	while (readdir(d))
		n++;
	(void)closedir(d);
	put(s, METRIC_PROCESS_FDS, NULL, n - 3); /* not ".", ".." and the folder itself */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		put(s, METRIC_PROCESS_MAX_FDS, NULL, (double)limit.rlim_cur);
}

size_t metrics_process(int64_t now_ms, struct metric_sample *out, size_t max)
{
	struct samples s = { .out = out, .max = max };
	struct health_component part[HEALTH_COMPONENTS];
	struct rusage use;
	int64_t up_ms = health_uptime_ms();

	put(&s, METRIC_BUILD_INFO, GF_VERSION, 1);
	put(&s, METRIC_UPTIME, NULL, (double)up_ms / 1000);
	put(&s, METRIC_PROCESS_START, NULL, (double)(now_ms - up_ms) / 1000);
	for (size_t i = 0, n = health_components(part, HEALTH_COMPONENTS); i < n; i++)
		put(&s, METRIC_HEALTH, part[i].name, part[i].state);
	if (getrusage(RUSAGE_SELF, &use) == 0)
		put(&s, METRIC_PROCESS_CPU, NULL,
		    (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
			    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
	put_stat(&s);
	put_fds(&s);
	return s.n;
}
