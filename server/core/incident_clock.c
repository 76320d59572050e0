#include "server/core/incident_clock.h"

static const int64_t MINUTE = 60000, HOUR = 3600000, DAY = 86400000;

/* Repeats go on for a day, then everybody knows. */
enum { QUARTERS_A_DAY = 96, LAPSE_TIMES = 4, RESOLVE_TIMES = 3 };

static struct incident_clock by_severity(enum incident_severity s)
{
	switch (s) {
	case INCIDENT_LOW:
		return (struct incident_clock){ .ack_ms = DAY, .resolve_ms = 3 * DAY };
	case INCIDENT_MEDIUM:
		return (struct incident_clock){ .ack_ms = 2 * HOUR, .resolve_ms = 4 * HOUR };
	case INCIDENT_HIGH:
		return (struct incident_clock){ .ack_ms = 30 * MINUTE, .resolve_ms = HOUR };
	case INCIDENT_CRITICAL:
		return (struct incident_clock){ .ack_ms = 5 * MINUTE,
						.resolve_ms = 15 * MINUTE,
						.repeat_ms = 15 * MINUTE,
						.repeats = QUARTERS_A_DAY };
	}
	return (struct incident_clock){ .ack_ms = 5 * MINUTE, .resolve_ms = 15 * MINUTE };
}

/* The response time that the runbook names for a kind; 0: that of its severity. */
static int64_t response_ms(enum incident_kind k)
{
	switch (k) {
	case KIND_PLAIN:
	case KIND_PARTITION:
		return 0;
	case KIND_SLASHING:
		return DAY;
	case KIND_COMPROMISE:
		return 15 * MINUTE;
	case KIND_RPC_LOSS:
		return 10 * MINUTE;
	}
	return 0;
}

struct incident_clock incident_clock(enum incident_severity severity, enum incident_kind kind)
{
	struct incident_clock c = by_severity(severity);
	int64_t response = response_ms(kind);

	if (response > 0) {
		c.ack_ms = response;
		c.resolve_ms = RESOLVE_TIMES * response;
	}
	/* A day is long for nobody to have said that they saw it. */
	if (c.ack_ms >= DAY && severity == INCIDENT_CRITICAL)
		c.again_ms = HOUR;
	c.lapse_ms = LAPSE_TIMES * c.ack_ms;
	return c;
}
