#include "server/ops/health.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct health_component parts[HEALTH_COMPONENTS];
static size_t n_parts;
static _Atomic int64_t began_ms; /* monotonic */

const char *health_name(enum health_state state)
{
	switch (state) {
	case HEALTH_HEALTHY:
		return "healthy";
	case HEALTH_DEGRADED:
		return "degraded";
	case HEALTH_UNHEALTHY:
		return "unhealthy";
	}
	return "unhealthy";
}

static struct health_component *part_of(const char *name)
{
	for (size_t i = 0; i < n_parts; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	assert(n_parts < HEALTH_COMPONENTS);
	parts[n_parts].name = name;
	return &parts[n_parts++];
}

void health_set(const char *component, enum health_state state, const char *why)
{
	(void)pthread_mutex_lock(&lock);
	struct health_component *c = part_of(component);

	c->state = state;
	(void)snprintf(c->why, sizeof(c->why), "%s", why ? why : "");
	(void)pthread_mutex_unlock(&lock);
}

size_t health_components(struct health_component *out, size_t max)
{
	(void)pthread_mutex_lock(&lock);
	size_t n = n_parts < max ? n_parts : max;

	memcpy(out, parts, n * sizeof(*out));
	(void)pthread_mutex_unlock(&lock);
	return n;
}

enum health_state health_worst(struct health_component *worst_out)
{
	struct health_component worst = { .state = HEALTH_HEALTHY };

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].state > worst.state)
			worst = parts[i];
	(void)pthread_mutex_unlock(&lock);
	if (worst_out)
		*worst_out = worst;
	return worst.state;
}

int64_t health_uptime_ms(void)
{
	return clock_mono_ms() - began_ms;
}

void health_reset(void)
{
	(void)pthread_mutex_lock(&lock);
	memset(parts, 0, sizeof(parts));
	n_parts = 0;
	(void)pthread_mutex_unlock(&lock);
	began_ms = clock_mono_ms();
}
