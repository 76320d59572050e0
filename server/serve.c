/* `ghost-fleet serve`: open everything, say where the doors are, wait for a signal, close. */
#include "server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/commands.h"
#include "store/base/crash.h"
#include "store/base/log.h"

enum { ROUND_MEMORY = 16 << 20, ROUND_MS = 10000 };

enum err serve_write_file(struct turn *t, const char *path, const char *text)
{
	const char *part = turn_printf(t, "%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool fine =
		fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;

	if (fd >= 0)
		fine = close(fd) == 0 && fine;
	if (fine && rename(part, path) == 0)
		return OK;
	return fail(t, ERR_REFUSED, "%s cannot be written: %s", path, strerror(errno));
}

/* Of a daemon that was killed: who waits for ours would take its ports for ours. */
static void remove_left_behind(const char *path)
{
	json_t *left = json_load_file(path, 0, NULL);
	json_int_t pid = json_integer_value(json_object_get(left, "pid"));

	if (pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		(void)unlink(path);
	json_decref(left);
}

/* What can be taken up without a restart; true to what it did. */
static void hang_up(struct turn *t, const struct app *a)
{
	const struct config *c = a->config;

	if (c->log.file && log_reopen() != 0)
		log_line(t, LOG_ERROR, "the log file cannot be opened again, the one before stays",
			 "file", c->log.file, "why", strerror(errno), NULL);
	const char *certificates = !a->tls                       ? "none"
				   : tls_reload(t, a->tls) == OK ? "read again"
								 : "refused, the ones before stay";

	log_line(t, LOG_INFO, "SIGHUP: the configuration is read at the start, restart to apply it",
		 "certificates", certificates, "log",
		 c->log.file ? "opened again" : "standard error", NULL);
}

/* Until somebody wants us to end; meanwhile what main does itself, in turns of its own. */
static int wait_for_end(const struct app *a)
{
	const struct timespec second = { .tv_sec = 1 };
	struct arena *mem = arena_new(ROUND_MEMORY);
	struct turn t;
	sigset_t set;
	int signal;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	do {
		signal = sigtimedwait(&set, NULL, &second);
		turn_begin(&t, NULL, NULL, mem, "main", "main", ROUND_MS);
		if (signal == SIGHUP)
			hang_up(&t, a);
		else if (signal < 0 && a->tls)
			tls_look(&t, a->tls);
		refusals_look(a->refusals);
		turn_end(&t);
	} while (signal < 0 || signal == SIGHUP);
	arena_free(mem);
	return signal;
}

/* Warnings and notes: the errors stopped us before. */
static void log_problems(struct turn *t, const struct config_problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].severity == PROBLEM_WARNING)
			log_line(t, LOG_WARN, "configuration", "key", p->v[i].key, "what",
				 p->v[i].what, "do", p->v[i].write ? p->v[i].write : "", NULL);
}

static enum err until_signal(struct turn *t, const struct app *a, struct serve_ports ports,
			     void *arg)
{
	const struct config *c = a->config;

	(void)arg;
	log_line(t, LOG_INFO, "ready", "name", c->service.name, "version", GF_VERSION, "grpc",
		 turn_printf(t, "%s:%u", c->doors.grpc_address, ports.grpc), "http",
		 turn_printf(t, "%s:%u", c->doors.http_address, ports.http), "store", c->store.path,
		 NULL);
	log_line(t, LOG_INFO, "closing", "signal", strsignal(wait_for_end(a)), NULL);
	crash_point(CRASH_STOPPING, t->what);
	return OK;
}

enum err serve_run(struct turn *t, struct config *c, const struct serving *how)
{
	struct app *a;
	enum err e = OK;

	if (how->ports_file)
		remove_left_behind(how->ports_file);
	TRY(app_open(t, c, how->start_paused, &a));
	struct serve_ports ports = { grpc_door_port(a->grpc), http_door_port(a->http) };

	if (how->ports_file)
		e = serve_write_file(t, how->ports_file,
				     turn_printf(t, "{\"grpc\":%u,\"http\":%u,\"pid\":%d}\n",
						 ports.grpc, ports.http, (int)getpid()));
	if (e == OK)
		e = how->stay(t, a, ports, how->arg);
	if (how->ports_file)
		(void)unlink(how->ports_file);
	app_close(a);
	return e;
}

static enum err open_log(struct turn *t, const struct config *c)
{
	struct log_options o = { .least = (enum log_level)c->log.level,
				 .json = c->log.format == LOG_FORMAT_JSON,
				 .fd = STDERR_FILENO,
				 .path = c->log.file };

	if (log_open(o) == 0)
		return OK;
	return fail(t, ERR_REFUSED, "log.file: %s cannot be opened: %s", c->log.file,
		    strerror(errno));
}

int command_serve(struct turn *t, const struct command_input *in)
{
	struct config_problems problems;
	struct config *c;
	enum err e = config_load(t, in->config_path, &in->env, &c, &problems);

	if (e == OK) {
		e = open_log(t, c);
		if (e == OK) {
			log_problems(t, &problems);
			e = serve_run(t, c,
				      &(struct serving){ .start_paused = in->start_paused,
							 .ports_file = in->ports_file,
							 .stay = until_signal });
		} else {
			config_free(c);
		}
	} else {
		config_free(c);
	}
	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	return err_exit(e);
}
