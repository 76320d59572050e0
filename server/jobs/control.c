/* What a person asked of our validator client: written down, told, looked at. */
#include "server/core/control.h"

#include <string.h>
#include <unistd.h>

#include "server/jobs/jobs.h"
#include "server/net/process.h"
#include "store/clients.h"
#include "store/store.h"

enum { AT_ONCE = 8, OUTPUT_MOST = 2000, TELL_MS = 30000, LOOK_MS = 5000 };

struct told {
	int64_t id;
	bool fine;
	const char *said;
	int64_t within_ms;
};

static enum err begun(struct turn *t, void *arg)
{
	const struct told *k = arg;

	return control_begun(t, k->id);
}

static enum err ran(struct turn *t, void *arg)
{
	const struct told *k = arg;

	return control_ran(t, k->id, k->fine, k->said, k->within_ms);
}

static enum err seen(struct turn *t, void *arg)
{
	const struct told *k = arg;

	return control_seen(t, k->id, k->fine, k->said);
}

/* ---- programs ---- */

static const char *found(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, X_OK) == 0)
			return *paths;
	return NULL;
}

static const char *systemctl(void)
{
	static const char *const paths[] = { "/usr/bin/systemctl", "/bin/systemctl", NULL };

	return found(paths);
}

static const char *docker(void)
{
	static const char *const paths[] = { "/usr/bin/docker", "/usr/local/bin/docker",
					     "/usr/bin/podman", NULL };

	return found(paths);
}

/* The first line of what it wrote, else why it did not run. */
static const char *words(struct turn *t, const struct process_end *e)
{
	size_t n = e->output ? strcspn(e->output, "\n") : 0;

	if (e->started && !e->late && n > 0)
		return turn_printf(t, "%.*s", (int)(n < 200 ? n : 200), e->output);
	return e->said ? e->said : "";
}

static bool run(struct turn *t, const char *const *argv, int64_t within_ms, struct process_end *out)
{
	*out = process_run(t, &(struct process_ask){ .argv = argv,
						     .within_ms = within_ms,
						     .max_output = OUTPUT_MOST });
	return out->started && !out->late && out->code == 0;
}

static bool tell_program(struct turn *t, const struct control_options *o, enum op_kind kind,
			 const char **said)
{
	struct process_end e;
	bool fine = kind == OP_START || (o->stop && run(t, o->stop, TELL_MS, &e));

	if (!fine) {
		*said = o->stop ? turn_printf(t, "stop: %s", words(t, &e))
				: "control.stop is not set";
		return false;
	}
	if (kind == OP_STOP) {
		*said = "told to stop";
		return true;
	}
	fine = o->start && run(t, o->start, TELL_MS, &e);
	*said = fine ? "told to start"
		     : turn_printf(t, "start: %s",
				   o->start ? words(t, &e) : "control.start is not set");
	return fine;
}

static bool tell(struct turn *t, const struct control_options *o, enum op_kind kind,
		 const char **said)
{
	const char *verb = control_verb(kind), *by = o->unit ? systemctl() : docker();
	const char *unit[] = { by, "--no-ask-password", verb, "--", o->unit, NULL };
	const char *container[] = { by, verb, o->container, NULL };
	struct process_end e;

	if (!o->unit && !o->container)
		return tell_program(t, o, kind, said);
	if (!by) {
		*said = o->unit ? "there is no systemctl here"
				: "there is no docker and no podman here";
		return false;
	}
	bool fine = run(t, o->unit ? unit : container, TELL_MS, &e);

	*said = fine ? turn_printf(t, "%s told to %s", o->unit ? o->unit : o->container, verb)
		     : turn_printf(t, "%s %s: %s", o->unit ? "systemctl" : "docker", verb,
				   words(t, &e));
	return fine;
}

/* Whether it runs, by who started it. */
static bool runs(struct turn *t, const struct control_options *o, const char **said)
{
	const char *unit[] = { systemctl(), "is-active", "--", o->unit, NULL };
	const char *container[] = { docker(),     "inspect", "-f", "{{.State.Running}}",
				    o->container, NULL };
	const char *const *argv = o->unit ? unit : o->container ? container : o->status;
	struct process_end e;

	if (!argv || !argv[0]) {
		*said = "control.status is not set: nobody can tell whether it runs";
		return false;
	}
	bool fine = run(t, argv, LOOK_MS, &e);

	*said = words(t, &e);
	return o->container && !o->unit ? fine && strncmp(*said, "true", 4) == 0 : fine;
}

/* The client's own word, where it is asked: it may be up and not answer. */
static enum err client_answers(struct turn *t, int64_t since_ms, bool *out, const char **said)
{
	struct client_probe *p;
	size_t n;

	*out = true;
	TRY(client_list(t, &p, &n));
	for (size_t i = 0; i < n; i++)
		if (p[i].word == SAYS_GONE && p[i].seen_ms > since_ms) {
			*out = false;
			*said = turn_printf(t, "it runs, and does not answer: %.200s", p[i].text);
		}
	return OK;
}

/* ---- one operation ---- */

static enum err look(struct turn *t, const struct control_options *c, const struct operation *o)
{
	struct told k = { .id = o->id };
	const char *said;
	bool up = runs(t, c, &said);

	if (o->kind == OP_STOP) {
		k.fine = !up;
		k.said = turn_printf(t, "%s: %.300s", up ? "it still runs" : "it is stopped", said);
		return lane_run(t, seen, &k);
	}
	if (up)
		TRY(client_answers(t, o->run_ms, &up, &said));
	k.fine = up;
	k.said = turn_printf(t, "%s: %.300s", up ? "it runs" : "it does not run", said);
	return lane_run(t, seen, &k);
}

static enum err carry_out(struct turn *t, const struct control_options *c,
			  const struct operation *o)
{
	struct told k = { .id = o->id, .within_ms = c->within_ms };

	TRY(lane_run(t, begun, &k));
	struct operation now;

	TRY(operation_get(t, o->id, &now));
	if (now.state != OP_RUNNING)
		return OK; /* a lockdown came meanwhile */
	k.fine = tell(t, c, o->kind, &k.said);
	return lane_run(t, ran, &k);
}

static enum err go_on(struct turn *t, const struct control_options *c, const struct operation *o)
{
	struct told k = { .id = o->id,
			  .fine = true,
			  .said = "told; what it said is not known",
			  .within_ms = c->within_ms };

	if (o->run_ms == 0)
		return carry_out(t, c, o);
	if (o->expires_ms == 0) /* a crash came between: it is watched, never told twice */
		return lane_run(t, ran, &k);
	return t->now_ms >= o->expires_ms ? look(t, c, o) : OK;
}

enum err job_control(struct turn *t, void *world, bool *more_out)
{
	const struct jobs *j = world;
	struct operation *o;
	size_t n = AT_ONCE;
	int64_t after = 0;

	(void)more_out;
	while (n == AT_ONCE) {
		TRY(operation_live(t, OP_RUNNING, after, AT_ONCE, &o, &n));
		for (size_t i = 0; i < n; i++) {
			after = o[i].id;
			if (control_kind(o[i].kind))
				TRY(go_on(t, &j->control, &o[i]));
		}
	}
	return OK;
}
