#include "server/ops/metrics.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };
enum source { KEPT, GIVEN };

static const struct family {
	const char *name;
	enum kind kind;
	enum source source;
	const char *label[2];
	const char *also; /* a second name for the same values; NULL: none */
	const char *help;
} families[METRIC_COUNT] = {
#define M(id, name, kind, source, label1, label2, also, help)                                      \
	[METRIC_##id] = { name, kind, source, { label1, label2 }, also, help },
#include "server/ops/metrics.def"
#undef M
};

/* Upper bounds of the histograms, in microseconds: from a cached read to a call that gave up. */
static const int64_t bound_us[] = { 100,    500,    1000,   2500,    5000,    10000,   25000,
				    100000, 250000, 500000, 1000000, 2500000, 10000000 };
enum { BOUNDS = sizeof(bound_us) / sizeof(bound_us[0]) };

struct histogram {
	atomic_uint_fast64_t bucket[BOUNDS + 1]; /* not cumulative; the last is above all bounds */
	atomic_uint_fast64_t sum_us;
};

/* One line of the exposition. Its labels never change once others can see it. */
struct series {
	char label[2][METRIC_LABEL];
	atomic_uint_fast64_t value; /* a count, or the bits of a gauge's double */
	struct histogram *histogram;
};

/* Readers go by `n` without the lock; only who adds a series takes it. */
static struct kept {
	atomic_size_t n;
	struct series *_Atomic series[METRIC_SERIES];
} kept[METRIC_COUNT];
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static bool labels_are(const struct series *s, const char *const label[2])
{
	for (int i = 0; i < 2; i++)
		if (strncmp(s->label[i], label[i] ? label[i] : "", METRIC_LABEL - 1) != 0)
			return false;
	return true;
}

static struct series *find(struct kept *k, const char *const label[2], size_t from)
{
	size_t n = atomic_load_explicit(&k->n, memory_order_acquire);

	for (size_t i = from; i < n; i++) {
		struct series *s = atomic_load_explicit(&k->series[i], memory_order_relaxed);

		if (labels_are(s, label))
			return s;
	}
	return NULL;
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static struct series *add(enum metric m, const char *const label[2])
{
	static const char *const other[2] = { "other", "other" };
	struct kept *k = &kept[m];
	struct series *s;

	(void)pthread_mutex_lock(&adding);
	s = find(k, label, 0);
	size_t n = atomic_load(&k->n);

	if (!s && n == METRIC_SERIES)
		s = atomic_load(&k->series[METRIC_SERIES - 1]);
	if (!s) {
		/* The last place is for all that come too late. */
		const char *const *values = n == METRIC_SERIES - 1 ? other : label;

		s = must(calloc(1, sizeof(*s)));
		for (int i = 0; i < 2; i++)
			if (families[m].label[i])
				(void)snprintf(s->label[i], METRIC_LABEL, "%s",
					       values[i] ? values[i] : "");
		if (families[m].kind == HISTOGRAM)
			s->histogram = must(calloc(1, sizeof(*s->histogram)));
		atomic_store(&k->series[n], s);
		atomic_store_explicit(&k->n, n + 1, memory_order_release);
	}
	(void)pthread_mutex_unlock(&adding);
	return s;
}

static struct series *series_of(enum metric m, enum kind kind, const char *label1,
				const char *label2)
{
	const char *const label[2] = { label1, label2 };

	assert(families[m].kind == kind && families[m].source == KEPT);
	assert(!label1 == !families[m].label[0] && !label2 == !families[m].label[1]);
	struct series *s = find(&kept[m], label, 0);

	return s ? s : add(m, label);
}

void metric_add(enum metric m, const char *label1, const char *label2, uint64_t n)
{
	struct series *s = series_of(m, COUNTER, label1, label2);

	atomic_fetch_add_explicit(&s->value, n, memory_order_relaxed);
}

void metric_set(enum metric m, const char *label1, const char *label2, double v)
{
	struct series *s = series_of(m, GAUGE, label1, label2);
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	atomic_store_explicit(&s->value, bits, memory_order_relaxed);
}

void metric_observe(enum metric m, const char *label1, const char *label2, int64_t us)
{
	struct histogram *h = series_of(m, HISTOGRAM, label1, label2)->histogram;
	int i = 0;

	while (i < BOUNDS && us > bound_us[i])
		i++;
	atomic_fetch_add_explicit(&h->sum_us, us > 0 ? (uint64_t)us : 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
}

bool metric_kept(enum metric m, const char *label1, const char *label2, double *out)
{
	const char *const want[2] = { label1, label2 };
	size_t n = atomic_load_explicit(&kept[m].n, memory_order_acquire), found = 0;

	*out = 0;
	for (size_t i = 0; i < n; i++) {
		struct series *s = atomic_load_explicit(&kept[m].series[i], memory_order_relaxed);
		uint64_t bits = atomic_load_explicit(&s->value, memory_order_relaxed);
		bool fits = true;
		double v = (double)bits;

		for (int k = 0; k < 2; k++)
			fits = fits && (!want[k] || strcmp(s->label[k], want[k]) == 0);
		if (families[m].kind == GAUGE)
			memcpy(&v, &bits, sizeof(v));
		if (fits) {
			*out += v;
			found++;
		}
	}
	return found > 0;
}

/* The text format: backslash, quote and line feed escaped; in help no quote. */
static void put_escaped(struct buf *b, const char *s, bool quotes)
{
	for (; *s; s++) {
		if (*s == '\\' || (quotes && *s == '"'))
			buf_char(b, '\\');
		if (*s == '\n')
			buf_str(b, "\\n");
		else
			buf_char(b, *s);
	}
}

static void put_number(struct buf *b, double v)
{
	if (isnan(v))
		buf_str(b, "NaN");
	else if (isinf(v))
		buf_str(b, v > 0 ? "+Inf" : "-Inf");
	else if (nearbyint(v) == v && fabs(v) < 9007199254740992.0)
		buf_printf(b, "%.0f", v);
	else
		buf_printf(b, "%.15g", v);
}

/* name{a="x",b="y",le="0.1"}; `le` NULL: none. */
static void put_series(struct buf *b, const struct family *f, const char *name, const char *suffix,
		       const char *const value[2], const char *le)
{
	const char *const label[3] = { f->label[0], f->label[1], le ? "le" : NULL };
	const char *const text[3] = { value[0], value[1], le };
	const char *open = "{";

	buf_printf(b, "%s%s", name, suffix);
	for (int i = 0; i < 3; i++) {
		if (!label[i])
			continue;
		buf_printf(b, "%s%s=\"", open, label[i]);
		put_escaped(b, text[i] ? text[i] : "", true);
		buf_char(b, '"');
		open = ",";
	}
	buf_str(b, *open == ',' ? "} " : " ");
}

static void put_value(struct buf *b, const struct family *f, const char *name,
		      const char *const label[2], double v)
{
	put_series(b, f, name, "", label, NULL);
	put_number(b, v);
	buf_char(b, '\n');
}

static void put_histogram(struct buf *b, const struct family *f, const char *name,
			  const char *const label[2], struct histogram *h)
{
	uint64_t total = 0;

	for (int i = 0; i <= BOUNDS; i++) {
		char le[32] = "+Inf";

		if (i < BOUNDS)
			(void)snprintf(le, sizeof(le), "%g", (double)bound_us[i] / 1e6);
		total += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		put_series(b, f, name, "_bucket", label, le);
		buf_printf(b, "%llu\n", (unsigned long long)total);
	}
	put_series(b, f, name, "_sum", label, NULL);
	put_number(b, (double)atomic_load_explicit(&h->sum_us, memory_order_relaxed) / 1e6);
	buf_char(b, '\n');
	put_series(b, f, name, "_count", label, NULL);
	buf_printf(b, "%llu\n", (unsigned long long)total);
}

static void put_kept(struct buf *b, enum metric m, const char *name)
{
	const struct family *f = &families[m];
	size_t n = atomic_load_explicit(&kept[m].n, memory_order_acquire);

	for (size_t i = 0; i < n; i++) {
		struct series *s = atomic_load_explicit(&kept[m].series[i], memory_order_relaxed);
		const char *const label[2] = { s->label[0], s->label[1] };
		uint64_t bits = atomic_load_explicit(&s->value, memory_order_relaxed);
		double v = (double)bits;

		if (f->kind == GAUGE)
			memcpy(&v, &bits, sizeof(v));
		if (f->kind == HISTOGRAM)
			put_histogram(b, f, name, label, s->histogram);
		else
			put_value(b, f, name, label, v);
	}
}

static void put_family(struct buf *b, enum metric m, const char *name,
		       const struct metric_sample *given, size_t n)
{
	static const char *const type[] = { "counter", "gauge", "histogram" };
	const struct family *f = &families[m];

	buf_printf(b, "# HELP %s ", name);
	put_escaped(b, f->help, false);
	buf_printf(b, "\n# TYPE %s %s\n", name, type[f->kind]);
	put_kept(b, m, name);
	for (size_t i = 0; i < n; i++)
		if (given[i].metric == m)
			put_value(b, f, name, given[i].label, given[i].value);
}

static bool has_value(enum metric m, const struct metric_sample *given, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (given[i].metric == m)
			return true;
	return atomic_load(&kept[m].n) > 0;
}

void metrics_write(struct buf *out, const struct metric_sample *given, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert(families[given[i].metric].source == GIVEN);
	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		const struct family *f = &families[m];

		/* A counter without labels is there from the start, at 0: rate() sees the first. */
		if (f->source == KEPT && f->kind == COUNTER && !f->label[0])
			metric_add(m, NULL, NULL, 0);
		if (!has_value(m, given, n))
			continue;
		put_family(out, m, f->name, given, n);
		if (f->also)
			put_family(out, m, f->also, given, n);
	}
}

void metrics_reset(void)
{
	(void)pthread_mutex_lock(&adding);
	for (enum metric m = 0; m < METRIC_COUNT; m++) {
		size_t n = atomic_exchange(&kept[m].n, 0);

		for (size_t i = 0; i < n; i++) {
			struct series *s = atomic_load(&kept[m].series[i]);

			free(s->histogram);
			free(s);
		}
	}
	(void)pthread_mutex_unlock(&adding);
}
