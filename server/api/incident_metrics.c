#include "server/api/incident_metrics.h"

#include "server/core/incident.h"

struct samples {
	struct metric_sample *out;
	size_t max, *n;
};

static void put(struct samples *s, enum metric m, const char *one, const char *two, double v)
{
	if (*s->n < s->max)
		s->out[(*s->n)++] = (struct metric_sample){ m, { one, two }, v };
}

enum err incident_samples(struct turn *t, struct metric_sample *out, size_t max, size_t *n)
{
	struct samples s = { out, max, n };
	struct incident_counts c;

	TRY(incident_count(t, 0, &c));
	for (int k = INCIDENT_LOW; k <= INCIDENT_CRITICAL; k++) {
		const char *word = severity_word((enum incident_severity)k);

		put(&s, METRIC_INCIDENTS_OPEN, word, NULL, (double)c.open[k]);
		put(&s, METRIC_INCIDENTS_OPENED, word, NULL, (double)c.opened[k]);
		put(&s, METRIC_INCIDENT_BREACHES, word, "acknowledge", (double)c.ack_missed[k]);
		put(&s, METRIC_INCIDENT_BREACHES, word, "resolve", (double)c.resolve_missed[k]);
	}
	put(&s, METRIC_INCIDENTS_UNACKNOWLEDGED, NULL, NULL, (double)c.unacknowledged);
	put(&s, METRIC_INCIDENTS_ACKNOWLEDGED, NULL, NULL, (double)c.acked);
	put(&s, METRIC_INCIDENT_ACK_SECONDS, NULL, NULL, (double)c.ack_sum_ms / 1000);
	put(&s, METRIC_INCIDENTS_RESOLVED, NULL, NULL, (double)c.resolved);
	put(&s, METRIC_INCIDENT_RESOLVE_SECONDS, NULL, NULL, (double)c.resolve_sum_ms / 1000);
	return OK;
}
