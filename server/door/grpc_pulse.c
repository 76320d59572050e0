/* The pulse: one thread that kicks streams whose topics changed, whose heartbeat is due, or whose
 * handler wants to be called again. It touches no store and no message: the stream's own step, on a
 * door thread, does. It sleeps while there is no stream. */
#include "server/door/grpc_inside.h"
#include "store/base/clock.h"

/* How long a stream may say nothing before its step looks what to do about it. */
static int64_t patience_ms(const struct call *c)
{
	return c->route->p->client_streaming ? STREAM_SILENT_MS : c->door->heartbeat_ms;
}

static bool due(const struct call *c, unsigned changed, int64_t now)
{
	const struct stream *s = &c->stream;
	int64_t again = atomic_load(&s->again_ms);
	/* Who may no longer call shall not go on listening: identities are of TOPIC_FLEET. */
	unsigned access = c->route->m->roles ? TOPIC_FLEET : 0;

	return changed & (c->route->m->topics | access | CHANGED_DRAINING) ||
	       (again != 0 && now >= again) || now - atomic_load(&s->last_ms) >= patience_ms(c);
}

/* With streams_lock held, which keeps every listed call alive. */
static void kick_due(struct grpc_door *d, unsigned changed, int64_t now)
{
	for (struct call *c = d->streams; c; c = c->stream.next)
		if (due(c, changed, now) && !atomic_exchange(&c->stream.kicked, true))
			call_batch(c, NULL, 0, &c->kick, stream_kicked);
}

static void wait_until(struct grpc_door *d, int64_t ms)
{
	struct timespec until = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)pthread_cond_timedwait(&d->streams_changed, &d->streams_lock, &until);
}

/* The first change after a quiet time is told at once, the next ones at most every PULSE_MS. */
static void *pulse_main(void *arg)
{
	struct grpc_door *d = arg;
	int64_t changed_at = 0, looked_at = 0;

	(void)pthread_mutex_lock(&d->streams_lock);
	while (!d->pulse_stop) {
		int64_t now = clock_mono_ms();
		bool changed = atomic_load(&d->changed) != 0;

		if (!d->streams) {
			(void)pthread_cond_wait(&d->streams_changed, &d->streams_lock);
		} else if (changed && now >= changed_at + PULSE_MS) {
			changed_at = looked_at = now;
			kick_due(d, atomic_exchange(&d->changed, 0), now);
		} else if (now >= looked_at + PULSE_MS) {
			looked_at = now;
			kick_due(d, 0, now);
		} else {
			wait_until(d, (changed ? changed_at : looked_at) + PULSE_MS);
		}
	}
	(void)pthread_mutex_unlock(&d->streams_lock);
	return NULL;
}

void pulse_changed(void *door, unsigned topics)
{
	struct grpc_door *d = door;

	(void)atomic_fetch_or(&d->changed, topics);
	(void)pthread_mutex_lock(&d->streams_lock);
	if (d->streams)
		(void)pthread_cond_signal(&d->streams_changed);
	(void)pthread_mutex_unlock(&d->streams_lock);
}

bool pulse_start(struct grpc_door *d)
{
	d->pulse_runs = pthread_create(&d->pulse, NULL, pulse_main, d) == 0;
	return d->pulse_runs;
}

void pulse_stop(struct grpc_door *d)
{
	if (!d->pulse_runs)
		return;
	(void)pthread_mutex_lock(&d->streams_lock);
	d->pulse_stop = true;
	(void)pthread_cond_signal(&d->streams_changed);
	(void)pthread_mutex_unlock(&d->streams_lock);
	(void)pthread_join(d->pulse, NULL);
	d->pulse_runs = false;
}
