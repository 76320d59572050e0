#include "client/context.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "client/call.h"
#include "client/file.h"
#include "store/base/turn.h"

enum { CONFIG_MAX = 64 * 1024, TOKEN_MAX = 4096, PEM_MAX = 256 * 1024 };

static const char default_address[] = "127.0.0.1:50051";

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = 0;
	return s;
}

static const char *in_home(struct turn *t, const struct context_ask *ask, const char *path)
{
	if (path[0] == '~' && path[1] == '/' && ask->home)
		return turn_printf(t, "%s%s", ask->home, path + 1);
	return path;
}

struct reading {
	const char *path, *wanted; /* wanted NULL: `current` decides */
	char *section;             /* NULL above the first */
	bool found;
	struct context *out;
};

static enum err take_pair(struct turn *t, const struct context_ask *ask, struct reading *r,
			  unsigned line, const char *key, const char *value)
{
	if (!r->section) {
		if (strcmp(key, "current") != 0)
			return fail(t, ERR_INVALID,
				    "%s line %u: '%s' stands above the first [section]; only "
				    "'current' may",
				    r->path, line, key);
		if (!r->wanted)
			r->wanted = turn_strdup(t, value);
		return OK;
	}
	const char **slot = strcmp(key, "address") == 0           ? &r->out->address
			    : strcmp(key, "token_file") == 0      ? &r->out->token_file
			    : strcmp(key, "data_dir") == 0        ? &r->out->data_dir
			    : strcmp(key, "tls_ca") == 0          ? &r->out->files.ca
			    : strcmp(key, "tls_cert") == 0        ? &r->out->files.cert
			    : strcmp(key, "tls_key") == 0         ? &r->out->files.key
			    : strcmp(key, "tls_server_name") == 0 ? &r->out->files.server_name
								  : NULL;

	if (!slot)
		return fail(t, ERR_INVALID,
			    "%s line %u: there is no key '%s'; there are address, token_file, "
			    "data_dir, tls_ca, tls_cert, tls_key and tls_server_name",
			    r->path, line, key);
	if (r->wanted && strcmp(r->section, r->wanted) == 0)
		*slot = in_home(t, ask, turn_strdup(t, value));
	return OK;
}

static enum err take_line(struct turn *t, const struct context_ask *ask, struct reading *r,
			  unsigned line, char *text)
{
	char *s = trim(text);
	size_t n = strlen(s);

	if (n == 0 || s[0] == '#')
		return OK;
	if (s[0] == '[' && s[n - 1] == ']' && n > 2) {
		s[n - 1] = 0;
		r->section = trim(s + 1);
		r->found |= r->wanted && strcmp(r->section, r->wanted) == 0;
		return OK;
	}
	char *eq = strchr(s, '=');

	if (!eq)
		return fail(t, ERR_INVALID, "%s line %u: write `key = value` or `[name]`", r->path,
			    line);
	*eq = 0;
	return take_pair(t, ask, r, line, trim(s), trim(eq + 1));
}

static enum err read_config(struct turn *t, const struct context_ask *ask, struct reading *r)
{
	struct file f;
	enum err e = file_read(t, r->path, CONFIG_MAX, &f);

	if (e == ERR_MISSING && !ask->context)
		return OK; /* no file: the defaults */
	if (e != OK)
		return e;
	unsigned line = 0;

	for (char *s = f.text, *next; s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = 0;
		TRY(take_line(t, ask, r, ++line, s));
	}
	if (r->wanted && !r->found)
		return fail(t, ERR_MISSING, "there is no context '%s' in %s", r->wanted, r->path);
	return OK;
}

static void first_said(struct turn *t, const struct context_ask *ask, const char *flag,
		       const char *env, const char **slot)
{
	if (flag)
		*slot = in_home(t, ask, flag);
	else if (env && *env)
		*slot = env;
}

static enum err find_tls(struct turn *t, const struct context_ask *ask, struct context *out)
{
	static const char https[] = "https://";
	struct tls_files *f = &out->files;

	first_said(t, ask, ask->tls.ca, ask->env_tls.ca, &f->ca);
	first_said(t, ask, ask->tls.cert, ask->env_tls.cert, &f->cert);
	first_said(t, ask, ask->tls.key, ask->env_tls.key, &f->key);
	first_said(t, ask, ask->tls.server_name, ask->env_tls.server_name, &f->server_name);
	out->tls = f->ca || f->cert;
	if (strncmp(out->address, https, sizeof(https) - 1) == 0) {
		out->address += sizeof(https) - 1;
		out->tls = true;
	}
	if (!f->cert != !f->key)
		return fail(t, ERR_INVALID,
			    "a certificate and its key go together: say both --tls-cert and "
			    "--tls-key");
	return OK;
}

enum err context_find(struct turn *t, const struct context_ask *ask, struct context *out)
{
	*out = (struct context){ .name = "" };
	if (ask->home) {
		struct reading r = {
			.path = turn_printf(t, "%s/.config/ghostctl/config", ask->home),
			.wanted = ask->context,
			.out = out,
		};

		TRY(read_config(t, ask, &r));
		out->name = r.found ? r.wanted : "";
	} else if (ask->context) {
		return fail(t, ERR_MISSING, "--context needs $HOME, to find its file");
	}
	if (ask->env_address && *ask->env_address && !(ask->context && out->address))
		out->address = ask->env_address;
	if (ask->address)
		out->address = ask->address;
	if (!out->address)
		out->address = default_address;
	TRY(find_tls(t, ask, out));
	if (!strchr(out->address, ':'))
		return fail(t, ERR_INVALID, "'%s' is no address: write HOST:PORT, as %s",
			    out->address, default_address);
	return OK;
}

static enum err token_from(struct turn *t, const char *path, const char **token_out)
{
	struct file f;

	TRY(file_read(t, path, TOKEN_MAX, &f));
	if (f.world_readable)
		return fail(t, ERR_REFUSED,
			    "everyone on this machine can read the token in %s; do: chmod 600 %s",
			    path, path);
	char *token = trim(f.text);

	for (const char *s = token; *s; s++)
		if (*s <= ' ' || *s > '~')
			return fail(t, ERR_INVALID,
				    "%s holds no token: it must be one word on one line", path);
	if (!*token)
		return fail(t, ERR_INVALID, "the token file %s is empty", path);
	*token_out = token;
	return OK;
}

enum err context_token(struct turn *t, const struct context_ask *ask, const struct context *c,
		       const char **token_out)
{
	const char *home_token =
		ask->home ? turn_printf(t, "%s/.config/ghostctl/token", ask->home) : NULL;
	const char *admin = c->data_dir ? turn_printf(t, "%s/admin.token", c->data_dir) : NULL;

	*token_out = NULL;
	/* Those that a person named must be there. */
	if (ask->token_file)
		return token_from(t, in_home(t, ask, ask->token_file), token_out);
	if (ask->env_token_file && *ask->env_token_file)
		return token_from(t, ask->env_token_file, token_out);
	if (c->token_file)
		return token_from(t, c->token_file, token_out);
	if (c->files.cert)
		return OK;
	if (home_token && access(home_token, F_OK) == 0)
		return token_from(t, home_token, token_out);
	if (admin && access(admin, F_OK) == 0)
		return token_from(t, admin, token_out);
	return OK;
}

static enum err text_of(struct turn *t, const char *path, bool secret, const char **out)
{
	struct file f;

	if (!path)
		return OK;
	TRY(file_read(t, path, PEM_MAX, &f));
	if (secret && f.world_readable)
		return fail(t, ERR_REFUSED,
			    "everyone on this machine can read the key in %s; do: chmod 600 %s",
			    path, path);
	if (!strstr(f.text, "-----BEGIN "))
		return fail(t, ERR_INVALID, "%s is not PEM: it has no line -----BEGIN ...", path);
	*out = f.text;
	return OK;
}

enum err context_tls(struct turn *t, const struct context *c, struct channel_tls *out)
{
	*out = (struct channel_tls){ .on = c->tls, .server_name = c->files.server_name };
	TRY(text_of(t, c->files.ca, false, &out->ca));
	TRY(text_of(t, c->files.cert, false, &out->cert));
	return text_of(t, c->files.key, true, &out->key);
}

bool address_is_local(const char *address)
{
	char host[64];
	size_t n;
	struct in_addr v4;

	if (strncmp(address, "unix:", 5) == 0)
		return true;
	const char *colon = strrchr(address, ':');

	n = colon ? (size_t)(colon - address) : strlen(address);
	if (n >= sizeof(host))
		return false;
	memcpy(host, address, n);
	host[n] = 0;
	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}
