/* ghostctl access issue: certificates for servers and callers, without asking any server. */
#include <jansson.h>
#include <string.h>

#include "client/ca.h"
#include "client/commands.h"
#include "client/out.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { NAME_MAX_LEN = 64, HOSTS_MAX = 32, URI_MAX = 512 };
static const int64_t YEAR_MS = 365 * INT64_C(86400000);

static enum err read_name(struct turn *t, struct cli *c, struct ca_ask *ask)
{
	const char *s = ask->name = c->args.word[0];
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-._");

	if (n == 0 || n > NAME_MAX_LEN || s[n] || strchr("-._", s[0]) || strcmp(s, "ca") == 0)
		return usage(t, c,
			     "NAME is 1 to %d of a-z 0-9 - . _, a letter or digit first, and not "
			     "ca",
			     NAME_MAX_LEN);
	return OK;
}

static enum err read_uri(struct turn *t, struct cli *c, struct ca_ask *ask)
{
	const char *said = c->args.opt[OPT_URI];

	if (ask->n_hosts > 0 && said)
		return usage(t, c, "--hosts makes a server's certificate, --uri a caller's");
	if (ask->n_hosts > 0)
		return OK;
	ask->uri = said ? said : turn_printf(t, "spiffe://ghost-fleet/%s", ask->name);
	for (const char *s = ask->uri; *s; s++)
		if (*s <= ' ' || *s > '~' || s - ask->uri >= URI_MAX)
			return usage(t, c, "--uri is printable ASCII, at most %d bytes", URI_MAX);
	return strstr(ask->uri, "://")
		       ? OK
		       : usage(t, c, "--uri %s: write one such as spiffe://ghost-fleet/alice",
			       ask->uri);
}

static enum err read_ask(struct turn *t, struct cli *c, struct ca_ask *ask)
{
	const char *valid = c->args.opt[OPT_EXPIRES];

	*ask = (struct ca_ask){ .dir = c->args.opt[OPT_DIR], .valid_ms = YEAR_MS };
	TRY(read_name(t, c, ask));
	if (!ask->dir && !c->ask.home)
		return usage(t, c, "say --dir, as there is no $HOME");
	if (!ask->dir)
		ask->dir = turn_printf(t, "%s/.config/ghostctl/ca", c->ask.home);
	ask->hosts = args_split(t, cli_opt(t, c, OPT_HOSTS), &ask->n_hosts);
	if (cli_has(c, OPT_HOSTS) && (ask->n_hosts == 0 || ask->n_hosts > HOSTS_MAX))
		return usage(t, c, "--hosts takes 1 to %d names and addresses", HOSTS_MAX);
	if (valid && (!duration_parse(valid, &ask->valid_ms) || ask->valid_ms < 60000))
		return usage(t, c, "--expires %s: write 12h or 365d", valid);
	return read_uri(t, c, ask);
}

static void show(const struct ca_ask *ask, const struct ca_issued *i, const char *until)
{
	if (i->made_ca)
		(void)printf("A CA was made: %s/ca.crt is public, ca.key can name anybody.\n",
			     ask->dir);
	(void)printf("%s and %s (mode 600)\nuntil %s, serial %s\n\n", i->cert, i->key, until,
		     i->serial);
	if (ask->uri)
		(void)printf(
			"next: ghostctl access add %s --role ROLE --uri %s\n"
			"      ghostctl --tls-ca %s --tls-cert %s --tls-key %s access whoami\n",
			ask->name, ask->uri, i->ca, i->cert, i->key);
	else
		(void)printf("next, in the daemon's configuration:\n[doors.tls]\ncert = \"%s\"\n"
			     "key = \"%s\"\nclient_ca = \"%s\"\nclient_auth = \"optional\"\n",
			     i->cert, i->key, i->ca);
}

static enum err show_json(struct turn *t, const struct ca_ask *ask, const struct ca_issued *i,
			  const char *until)
{
	json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "certificate", i->cert,
				"key", i->key, "ca", i->ca, "uri", ask->uri ? ask->uri : "",
				"serial", i->serial, "expireTime", until, "madeCa", i->made_ca);
	bool fine = all && json_dumpf(all, stdout, JSON_INDENT(2)) == 0;

	json_decref(all);
	(void)putchar('\n');
	return fine ? OK : fail(t, ERR_INVALID, "a path here is no UTF-8");
}

enum err cmd_access_issue(struct turn *t, struct cli *c)
{
	struct ca_issued issued;
	struct ca_ask ask;
	char until[CLOCK_TEXT];

	TRY(read_ask(t, c, &ask));
	TRY(ca_issue(t, &ask, &issued));
	clock_text(issued.until_ms, until);
	if (c->format != FORMAT_TABLE)
		return show_json(t, &ask, &issued, until);
	show(&ask, &issued, until);
	return OK;
}
