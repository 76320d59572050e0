#include "server/net/validator_client.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/net/http.h"
#include "server/net/json_bounded.h"
#include "store/base/hex.h"

enum { WITHIN_MS = 5000, PAGE_MAX = 16 << 20, LINE_MAX_BYTES = 4096, KEYS_MOST = 20000 };

struct vc {
	char *metrics_url, *keymanager_url, *keymanager_token, *process;
	struct http_client *http;
	int64_t within_ms;
};

static char *copy(const char *s)
{
	char *out = s ? strdup(s) : NULL;

	if (s && !out)
		abort();
	return out;
}

enum err vc_open(struct turn *t, const struct vc_options *o, struct vc **out)
{
	struct http_client *http;

	TRY(http_open(t, &(struct http_options){ .connections = 2 }, &http));
	struct vc *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	*v = (struct vc){ .metrics_url = copy(o->metrics_url),
			  .keymanager_url = copy(o->keymanager_url),
			  .keymanager_token = copy(o->keymanager_token),
			  .process = copy(o->process),
			  .http = http,
			  .within_ms = o->within_ms ? o->within_ms : WITHIN_MS };
	*out = v;
	return OK;
}

void vc_close(struct vc *v)
{
	if (!v)
		return;
	http_close(v->http);
	free(v->metrics_url);
	free(v->keymanager_url);
	if (v->keymanager_token)
		wipe(v->keymanager_token, strlen(v->keymanager_token));
	free(v->keymanager_token);
	free(v->process);
	free(v);
}

/* ---- its doors ---- */

static struct vc_said said_of(struct turn *t, const struct http_answer *a, const char *what)
{
	if (a->outcome == HTTP_ANSWERED || a->outcome == HTTP_TOO_BIG)
		return (struct vc_said){ VC_RUNS, turn_printf(t, "%s answers", what) };
	if (a->refused)
		return (struct vc_said){ VC_GONE,
					 turn_printf(t, "%s: nobody listens there", what) };
	return (struct vc_said){ VC_UNTOLD, turn_printf(t, "%s: %.200s", what, a->said) };
}

static void read_keys(struct turn *t, const struct http_answer *a, struct vc_answer *out)
{
	json_t *j = json_bounded(a->body) ? json_loadb((const char *)a->body.p, a->body.n, 0, NULL)
					  : NULL;
	const json_t *list = json_object_get(j, "data"), *row;
	size_t i;

	out->keys_known = json_is_array(list) && json_array_size(list) <= KEYS_MOST;
	out->keys = turn_array(t, json_array_size(list) + 1, sizeof(*out->keys));
	json_array_foreach(list, i, row)
	{
		const char *hex = json_string_value(json_object_get(row, "validating_pubkey"));

		if (out->keys_known && hex && hex_get(hex, out->keys[out->n_keys].b, 48))
			out->n_keys++;
	}
	json_decref(j);
}

static void ask_keymanager(struct turn *t, struct vc *v, struct vc_answer *out)
{
	const char *headers[2] = { "Accept: application/json" };
	struct http_ask ask = { .url = turn_printf(t, "%s/eth/v1/keystores", v->keymanager_url),
				.headers = headers,
				.n_headers = 1,
				.within_ms = v->within_ms };

	if (v->keymanager_token)
		headers[ask.n_headers++] =
			turn_printf(t, "Authorization: Bearer %s", v->keymanager_token);
	struct http_answer *a = http_ask_many(t, v->http, &ask, 1);

	out->keymanager = said_of(t, a, "the keymanager");
	if (a->outcome == HTTP_ANSWERED && a->status == 200)
		read_keys(t, a, out);
	else if (a->outcome == HTTP_ANSWERED)
		out->keymanager.text = turn_printf(
			t, "the keymanager answers, but with HTTP %d%s", a->status,
			a->status == 401 || a->status == 403 ? ": it does not take the token" : "");
}

/* ---- its process ---- */

/* The command line, its words separated by blanks; false: it is gone, or not ours to read. */
static bool command_line(const char *pid, char line[LINE_MAX_BYTES])
{
	char path[64];
	size_t n = 0, len = strlen(pid);

	if (len > 20 || strspn(pid, "0123456789") != len)
		return false;
	memcpy(path, "/proc/", 6);
	memcpy(path + 6, pid, len);
	memcpy(path + 6 + len, "/cmdline", 9);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	for (ssize_t got;
	     n < LINE_MAX_BYTES - 1 && (got = read(fd, line + n, LINE_MAX_BYTES - 1 - n)) > 0;)
		n += (size_t)got;
	(void)close(fd);
	for (size_t i = 0; i < n; i++)
		if (line[i] == 0)
			line[i] = ' ';
	line[n] = 0;
	return n > 0;
}

static struct vc_said look_for(struct turn *t, const char *words)
{
	DIR *d = opendir("/proc");
	char line[LINE_MAX_BYTES];
	size_t found = 0;

	if (!d)
		return (struct vc_said){ VC_UNTOLD, "the processes cannot be listed" };
	const char *self = turn_printf(t, "%ld", (long)getpid());

	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, self) != 0 && command_line(e->d_name, line))
			found += strstr(line, words) != NULL;
	(void)closedir(d);
	if (found)
		return (struct vc_said){
			VC_RUNS, turn_printf(t, "its process runs (%zu of '%.80s')", found, words)
		};
	return (struct vc_said){ VC_GONE, turn_printf(t, "no process of '%.80s' runs", words) };
}

void vc_ask(struct turn *t, struct vc *v, struct vc_answer *out)
{
	*out = (struct vc_answer){ 0 };
	if (v->metrics_url) {
		struct http_ask ask = { .url = v->metrics_url,
					.max_answer = PAGE_MAX,
					.within_ms = v->within_ms };

		out->metrics =
			said_of(t, http_ask_many(t, v->http, &ask, 1), "its page of metrics");
	}
	if (v->keymanager_url)
		ask_keymanager(t, v, out);
	if (v->process)
		out->process = look_for(t, v->process);
}
