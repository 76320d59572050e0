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
#include "store/base/log.h"

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

/* Until somebody wants us to end. */
static int wait_for_end(struct turn *t)
{
	sigset_t set;
	int signal;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	for (;;) {
		if (sigwait(&set, &signal) != 0)
			continue;
		if (signal != SIGHUP)
			return signal;
		log_line(t, LOG_INFO, "the configuration is read at the start: restart to apply it",
			 NULL);
	}
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
	log_line(t, LOG_INFO, "closing", "signal", strsignal(wait_for_end(t)), NULL);
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

int command_serve(struct turn *t, const struct command_input *in)
{
	struct config_problems problems;
	struct config *c;
	enum err e = config_load(t, in->config_path, &in->env, &c, &problems);

	if (e == OK) {
		log_open((struct log_options){ .least = (enum log_level)c->log.level,
					       .json = c->log.format == LOG_FORMAT_JSON,
					       .fd = STDERR_FILENO });
		log_problems(t, &problems);
		e = serve_run(t, c,
			      &(struct serving){ .start_paused = in->start_paused,
						 .ports_file = in->ports_file,
						 .stay = until_signal });
	} else {
		config_free(c);
	}
	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	return err_exit(e);
}
