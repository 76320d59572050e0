#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config_read.h"

enum { ENV_FILE_MAX = 256 * 1024, ENV_LINES_MAX = 4000 };

/* Variables that are ours but no settings: the daemon's own flags, the client's, and what
 * `ghost-fleet dev` tells its command. */
static const char *const others[] = {
	"GHOST_FLEET_CONFIG",     "GHOST_FLEET_PASSPHRASE", "GHOST_FLEET_TOKEN",
	"GHOST_FLEET_TOKEN_FILE", "GHOST_FLEET_ADDRESS",    "GHOST_FLEET_HTTP",
	"GHOST_FLEET_PID",
};

static struct config_origin env_origin(const char *name)
{
	return (struct config_origin){ .from = FROM_ENV, .name = name };
}

static bool name_fits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool letter =
			(s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= 'a' && s[i] <= 'z') || s[i] == '_';

		if (!letter && (i == 0 || s[i] < '0' || s[i] > '9'))
			return false;
	}
	return n > 0;
}

static void line_problem(struct reader *r, struct config_origin at, size_t column,
			 const char *write, const char *what)
{
	at.column = (unsigned)column + 1;
	problem(r, PROBLEM_ERROR, at, at.name ? at.name : "line", write, "%s", what);
}

/* What stands between the quotes, or up to a comment. False: said why not. */
static bool value_read(struct reader *r, struct config_origin at, const char *line, char *s,
		       const char **out)
{
	char quote = *s == '"' || *s == '\'' ? *s : 0;
	char *to = s, *from = s + (quote != 0);

	for (; *from && *from != quote; from++) {
		if (!quote && *from == '#' && (from == s || from[-1] == ' ' || from[-1] == '\t'))
			break;
		if (quote != '\'' && (*from == '`' || (*from == '$' && from[1]))) {
			line_problem(r, at, (size_t)(from - line),
				     "write the value itself, or put it in single quotes",
				     "would be expanded by a shell; here nothing is");
			return false;
		}
		if (quote == '"' && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	if (quote && !*from) {
		line_problem(r, at, (size_t)(s - line), "close the quote on the same line",
			     "opens a quote and does not close it");
		return false;
	}
	if (quote) {
		char *rest = from + 1 + strspn(from + 1, " \t");

		if (*rest && *rest != '#') {
			line_problem(r, at, (size_t)(rest - line), "end the line after the quote",
				     "goes on after its closing quote");
			return false;
		}
	}
	while (!quote && to > s && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	*to = 0;
	*out = s;
	return true;
}

/* KEY=VALUE, perhaps after `export`; blank lines and comments are nothing. */
static void line_read(struct reader *r, struct config_origin at, mode_t mode, char *line)
{
	char *s = line + strspn(line, " \t");
	struct env_var *v;

	if (!*s || *s == '#')
		return;
	if (strncmp(s, "export ", 7) == 0)
		s += 7 + strspn(s + 7, " \t");
	size_t n = strcspn(s, "=");

	if (s[n] != '=' || !name_fits(s, n)) {
		line_problem(r, at, (size_t)(s - line),
			     "write NAME=VALUE, without spaces around =", "is not NAME=VALUE");
		return;
	}
	s[n] = 0;
	at.name = s;
	at.column = (unsigned)(s - line) + 1;
	v = arena_alloc(r->scratch, sizeof(*v));
	*v = (struct env_var){ .next = r->env, .name = s, .at = at, .mode = mode };
	if (value_read(r, at, line, s + n + 1, &v->value))
		r->env = v;
}

static void file_problem(struct reader *r, const char *file, const char *what)
{
	problem(r, PROBLEM_ERROR, (struct config_origin){ .from = FROM_ENV_FILE, .file = file },
		"--env-file", NULL, "%s", what);
}

/* `path` to open it, `file` to speak of it. */
static char *file_read(struct reader *r, const char *path, const char *file, mode_t *mode_out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(r->scratch, ENV_FILE_MAX + 1);
	struct stat st;
	size_t n = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		file_problem(r, file, note(r, "cannot be opened: %s", strerror(errno)));
		text = NULL;
	}
	while (text && n <= ENV_FILE_MAX) {
		ssize_t got = read(fd, text + n, ENV_FILE_MAX + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			file_problem(r, file, note(r, "cannot be read: %s", strerror(errno)));
			text = NULL;
		}
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (text && n > ENV_FILE_MAX) {
		file_problem(r, file, "is larger than 256 KiB");
		text = NULL;
	} else if (text && memchr(text, 0, n)) {
		file_problem(r, file, "holds a zero byte: it is no text");
		text = NULL;
	}
	if (fd >= 0)
		(void)close(fd);
	if (text)
		*mode_out = st.st_mode;
	return text;
}

void env_read(struct reader *r)
{
	for (size_t i = 0; i < r->vars->n_files; i++) {
		struct config_origin at = { .from = FROM_ENV_FILE,
					    .file = config_clean(say(r, "%s", r->vars->files[i])) };
		mode_t mode = 0;
		char *s = file_read(r, r->vars->files[i], at.file, &mode);

		for (unsigned line = 1; s && *s && line <= ENV_LINES_MAX; line++) {
			size_t n = strcspn(s, "\n");
			bool more = s[n] != 0;

			s[n] = 0;
			if (n > 0 && s[n - 1] == '\r')
				s[n - 1] = 0;
			at.line = line;
			line_read(r, at, mode, s);
			s += n + more;
		}
	}
}

static const char *process_get(const struct config_env *env, const char *name)
{
	size_t n = strlen(name);

	for (const char *const *v = env->vars; v && *v; v++)
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
			return *v + n + 1;
	return NULL;
}

static const struct env_var *line_get(const struct reader *r, const char *name)
{
	for (const struct env_var *v = r->env; v; v = v->next)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

bool env_get(struct reader *r, const char *name, const char **value_out,
	     struct config_origin *at_out)
{
	const char *value = process_get(r->vars, name);
	const struct env_var *line = line_get(r, name);

	if (value && *value) {
		*value_out = value;
		*at_out = env_origin(say(r, "%s", name));
		return true;
	}
	if (!line || !*line->value)
		return false;
	*value_out = line->value;
	*at_out = line->at;
	at_out->name = say(r, "%s", name);
	return true;
}

/* A key in a file that others may read. */
static void check_open_secret(struct reader *r, const struct setting *s)
{
	const struct env_var *line = line_get(r, s->env);

	if (line && (s->flags & SETTING_SECRET) && *line->value && (line->mode & 077) &&
	    r->c->funding.key.key.given)
		problem(r, PROBLEM_ERROR, line->at, s->env,
			say(r, "run: chmod 600 %s", line->at.file),
			"stands in a file that others may read (mode %03o)",
			(unsigned)line->mode & 0777);
}

void env_apply(struct reader *r)
{
	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *s = &settings[i];
		struct given g = { .setting = s, .key = s->env };

		if (!s->env || !env_get(r, s->env, &g.text, &g.at))
			continue;
		r->origins[i] = g.at;
		(void)crypto_hash_sha256_update(&r->hash, (const unsigned char *)s->env,
						strlen(s->env) + 1);
		(void)crypto_hash_sha256_update(&r->hash, (const unsigned char *)g.text,
						strlen(g.text) + 1);
		if (value_set(r, r->c, &g))
			check_open_secret(r, s);
	}
	if (r->c->keys.passphrase_env) {
		const char *value;
		struct config_origin at;

		if (env_get(r, r->c->keys.passphrase_env, &value, &at))
			r->c->keys.passphrase = (char *)say(r, "%s", value);
	}
}

static bool known(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], name) == 0)
			return true;
	for (size_t i = 0; i < n_settings; i++)
		if (settings[i].env && strcmp(settings[i].env, name) == 0)
			return true;
	return r->c->keys.passphrase_env && strcmp(r->c->keys.passphrase_env, name) == 0;
}

static void check_name(struct reader *r, const char *name, struct config_origin at, bool ours)
{
	const char *meant;

	if (known(r, name))
		return;
	if (strcmp(name, "GHOST_FLEET_DRY_RUN") == 0) {
		problem(r, PROBLEM_ERROR, at, name,
			"unset it and start with --start-paused; plans and --dry-run of ghostctl "
			"show what would be done",
			"asks for a daemon that sends nothing, which there is not");
		return;
	}
	meant = setting_suggest_env(name);
	if (!ours && !meant)
		return;
	problem(r, PROBLEM_WARNING, at, name,
		meant ? say(r, "did you mean %s?", meant) : "see docs/reference/config.md", "%s",
		"is no variable we know; it has no effect");
}

void env_check_names(struct reader *r)
{
	for (const char *const *v = r->vars->vars; v && *v; v++)
		if (strncmp(*v, "GHOST_FLEET_", 12) == 0) {
			const char *name = say(r, "%.*s", (int)strcspn(*v, "="), *v);

			check_name(r, name, env_origin(name), true);
		}
	for (const struct env_var *v = r->env; v; v = v->next)
		check_name(r, v->name, v->at, strncmp(v->name, "GHOST_FLEET_", 12) == 0);
}
