#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config_read.h"
#include "server/core/classify.h"
#include "server/eth/addr.h"
#include "store/base/wei.h"

/* Chain ids people mean. `gone`: what to use instead. */
static const struct {
	uint64_t id;
	const char *name, *host; /* host: serves this chain and no other */
	const char *gone;
} chains[] = {
	{ 1, "ethereum", NULL, NULL },
	{ 10, "op-mainnet", NULL, NULL },
	{ 137, "polygon", NULL, NULL },
	{ 8453, "base", NULL, NULL },
	{ 42161, "arbitrum-one", NULL, NULL },
	{ 4326, "megaeth", "mainnet.megaeth.com", NULL },
	{ 6343, "megaeth-testnet", "carrot.megaeth.com", NULL },
	{ 6342, "the earlier megaeth-testnet", NULL, "6343" },
	{ 5, "goerli", NULL, "11155111 (Sepolia) or 560048 (Hoodi)" },
	{ 11155111, "sepolia", NULL, NULL },
	{ 17000, "holesky", NULL, NULL },
	{ 560048, "hoodi", NULL, NULL },
	{ 84532, "base-sepolia", NULL, NULL },
	{ 421614, "arbitrum-sepolia", NULL, NULL },
	{ 31337, "anvil", NULL, NULL },
	{ 1337, "local", NULL, NULL },
};
enum { N_CHAINS = sizeof(chains) / sizeof(chains[0]) };

const char *config_chain_name(uint64_t chain_id)
{
	for (size_t i = 0; i < N_CHAINS; i++)
		if (chains[i].id == chain_id)
			return chains[i].name;
	return "";
}

bool config_local_chain(uint64_t chain_id)
{
	return chain_id == 31337 || chain_id == 1337;
}

static bool host_is(const char *url, const char *host)
{
	const char *at = strstr(url, "://");
	size_t n = strlen(host);

	return at && strncmp(at + 3, host, n) == 0 && strchr("/:?", at[3 + n]);
}

static void check_endpoint(struct reader *r, const char *url)
{
	struct config *c = r->c;
	bool main = c->chain.rpc_url && strcmp(url, c->chain.rpc_url) == 0;

	for (size_t i = 0; i < N_CHAINS; i++)
		if (chains[i].host && host_is(url, chains[i].host) && chains[i].id != c->chain.id)
			problem(r, PROBLEM_ERROR,
				config_origin_of(r, main ? "chain.rpc_url" : "chain.rpc_urls"),
				main ? "chain.rpc_url" : "chain.rpc_urls",
				note(r, "write chain_id = %llu, or an endpoint of chain %llu",
				     (unsigned long long)chains[i].id,
				     (unsigned long long)c->chain.id),
				"is %s, which serves chain %llu (%s), not %llu", chains[i].host,
				(unsigned long long)chains[i].id, chains[i].name,
				(unsigned long long)c->chain.id);
}

/* CHAIN_ID over the file's own, while the file lists where money may go on that chain. */
static void check_overridden(struct reader *r)
{
	const struct toml_node *chain = toml_member(r->root, "chain");
	const struct toml_node *id = toml_member(chain, "chain_id");
	struct config_origin at = config_origin_of(r, "chain.chain_id");

	if (!id || id->kind != KIND_INT || at.from == FROM_FILE || r->c->chain.id == 0 ||
	    (uint64_t)id->i == r->c->chain.id)
		return;
	problem(r, r->c->chain.safe_list.n ? PROBLEM_ERROR : PROBLEM_WARNING, at, "chain.chain_id",
		r->c->chain.safe_list.n ? "unset CHAIN_ID, or use a config of that chain" : NULL,
		"is %llu by %s, but %lld in the file%s", (unsigned long long)r->c->chain.id,
		at.name, (long long)id->i,
		r->c->chain.safe_list.n ? ", whose safe list was written for that chain" : "");
}

/* Also when it was refused: that is said where it stands. */
static bool in_file(const struct reader *r, const char *section, const char *key)
{
	const struct toml_node *s = r->root ? toml_member(r->root, section) : NULL;

	return s && toml_member(s, key);
}

static void check_chain(struct reader *r)
{
	struct config *c = r->c;
	struct config_origin at = config_origin_of(r, "chain.chain_id");
	size_t i = 0;

	if (c->chain.urls.n == 0 && !in_file(r, "chain", "rpc_url") &&
	    !in_file(r, "chain", "rpc_urls"))
		problem(r, PROBLEM_ERROR,
			file_place(r, r->root && toml_member(r->root, "chain")
					      ? toml_member(r->root, "chain")->at
					      : (struct toml_place){ 0, 0 }),
			"chain.rpc_url",
			"write rpc_url = \"https://...\" below [chain], or set RPC_URL",
			"is missing");
	if (c->chain.type == CHAIN_MOCK)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "chain.chain_type"),
			"chain.chain_type", "write \"standard\" and point rpc_url at a local anvil",
			"is \"mock\": there is no pretended chain here, transactions would be "
			"real");
	check_overridden(r);
	if (c->chain.id == 0)
		return;
	while (i < N_CHAINS && chains[i].id != c->chain.id)
		i++;
	if (i == N_CHAINS)
		problem(r, PROBLEM_WARNING, at, "chain.chain_id",
			"compare it with your provider's documentation",
			"is %llu, a chain we do not know by name", (unsigned long long)c->chain.id);
	else if (chains[i].gone)
		problem(r, PROBLEM_WARNING, at, "chain.chain_id", say(r, "use %s", chains[i].gone),
			"is %llu (%s), which is switched off", (unsigned long long)c->chain.id,
			chains[i].name);
	for (i = 0; i < c->chain.urls.n; i++)
		check_endpoint(r, c->chain.urls.v[i]);
}

static void check_ports(struct reader *r)
{
	struct config *c = r->c;
	struct config_origin health = config_origin_of(r, "service.health_port"),
			     http = config_origin_of(r, "doors.http_port");
	if (c->service.health_port && http.from == FROM_DEFAULT) {
		c->doors.http_port = c->service.health_port;
		r->origins[setting_find(ROOT, "doors.http_port") - settings] = health;
	} else if (c->service.health_port && c->service.health_port != c->doors.http_port) {
		problem(r, PROBLEM_ERROR, health, "service.health_port",
			"remove it: doors.http_port is its name now",
			"is %llu, doors.http_port %llu", (unsigned long long)c->service.health_port,
			(unsigned long long)c->doors.http_port);
	}
	if (c->doors.grpc_port && c->doors.grpc_port == c->doors.http_port &&
	    strcmp(c->doors.grpc_address, c->doors.http_address) == 0)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "doors.http_port"), "doors.http_port",
			"give the two doors two ports", "is %llu, and so is doors.grpc_port",
			(unsigned long long)c->doors.http_port);
}

void config_check_key_file(struct reader *r, const char *path, struct config_origin at,
			   const char *key)
{
	/* The daemon ends without its passphrase; a key that it has already needs no file. */
	enum config_severity severity =
		path && path == r->c->keys.passphrase_file ? PROBLEM_ERROR : PROBLEM_WARNING;
	struct stat st;

	if (!path)
		return;
	if (stat(path, &st) < 0 && r->vars->offline)
		problem(r, PROBLEM_UNCHECKED, at, key, NULL,
			"is %.200s, which is not on this machine", path);
	else if (stat(path, &st) < 0)
		problem(r, severity, at, key,
			"put the file there before the daemon starts, or check with --offline",
			"is %.200s, which cannot be read here: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		problem(r, PROBLEM_ERROR, at, key, "name a file", "is %.200s, which is no file",
			path);
	else if (st.st_mode & 077)
		problem(r, PROBLEM_ERROR, at, key, say(r, "run: chmod 600 %s", path),
			"is %.200s, which others may read (mode %03o)", path,
			(unsigned)st.st_mode & 0777);
}

static void check_files(struct reader *r)
{
	struct config *c = r->c;

	config_check_key_file(r, c->keys.passphrase_file,
			      config_origin_of(r, "keys.passphrase_file"), "keys.passphrase_file");
	config_check_key_file(r, c->funding.key.file, config_origin_of(r, "funding.key_file"),
			      "funding.key_file");
	if (r->key_in_file && (r->mode & 077))
		problem(r, PROBLEM_ERROR, file_place(r, r->key_place), "config",
			note(r, "run: chmod 600 %s", r->file),
			"holds private keys and others may read it (mode %03o)",
			(unsigned)r->mode & 0777);
	else if (r->key_in_file)
		problem(r, PROBLEM_WARNING, file_place(r, r->key_place), "config",
			"remove the private_key lines after the first start: the store has the "
			"keys "
			"sealed",
			"holds private keys in the open");
}

static void check_cap(struct reader *r, const char *lower, struct wei a, const char *upper,
		      struct wei b)
{
	if (wei_cmp(a, b) > 0)
		problem(r, PROBLEM_ERROR, config_origin_of(r, lower), lower,
			note(r, "write at most what %s says", upper), "is above %s", upper);
}

static void check_funding(struct reader *r)
{
	struct config *c = r->c;

	check_cap(r, "funding.cap_per_transaction", c->funding.cap_per_transaction,
		  "funding.cap_per_operation", c->funding.cap_per_operation);
	check_cap(r, "funding.cap_per_operation", c->funding.cap_per_operation,
		  "funding.cap_per_day", c->funding.cap_per_day);
	check_cap(r, "funding.target", c->funding.target, "funding.cap_per_transaction",
		  c->funding.cap_per_transaction);
}

static void check_plugins(struct reader *r)
{
	struct config *c = r->c;
	struct eth_addr none = { 0 };

	for (size_t i = 0; i < c->plugins.n; i++)
		if (strcmp(c->plugins.v[i], "ghostnet") != 0)
			problem(r, PROBLEM_ERROR, config_origin_of(r, "plugins.enabled"),
				"plugins.enabled", "write [\"ghostnet\"], or []",
				"names \"%.40s\", which there is not", c->plugins.v[i]);
		else if (addr_eq(c->ghostnet.ghost_core, none) ||
			 addr_eq(c->ghostnet.data_token, none))
			problem(r, PROBLEM_ERROR, config_origin_of(r, "plugins.enabled"),
				"plugins.enabled",
				"write ghost_core and data_token below [plugins.ghostnet], or set "
				"GHOST_CORE and DATA_TOKEN",
				"names \"ghostnet\", whose contracts are missing");
}

/* What a channel runs is named in full: PATH is nobody's to bend. */
static void check_commands(struct reader *r)
{
	struct config *c = r->c;

	for (size_t i = 0; i < c->notifications.commands.n; i++)
		if (c->notifications.commands.v[i][0] != '/')
			problem(r, PROBLEM_ERROR, config_origin_of(r, "notifications.commands"),
				"notifications.commands",
				"write its whole path: \"/usr/local/bin/page\"",
				"names \"%.100s\", which is no whole path",
				c->notifications.commands.v[i]);
}

static void check_answers(struct reader *r)
{
	const struct config_texts *a = &r->c->chain.answers;
	struct node_answer out;

	for (size_t i = 0; i < a->n; i++)
		if (!node_answer_read(r->t, a->v[i], &out))
			problem(r, PROBLEM_ERROR, config_origin_of(r, "chain.answers"),
				"chain.answers",
				"write \"nonce-low: words of the node\"; the meanings are in "
				"docs/reference/node-answers.md",
				"holds \"%.100s\", which is no meaning with six characters of "
				"words or more",
				a->v[i]);
}

static void check_program(struct reader *r, const char *path, const struct config_texts *argv)
{
	if (argv->n > 0 && argv->v[0][0] != '/')
		problem(r, PROBLEM_ERROR, config_origin_of(r, path), path,
			"write its whole path: [\"/usr/local/bin/vc\", \"start\"]",
			"begins with \"%.100s\", which is no whole path", argv->v[0]);
}

/* A name that is handed to systemctl or docker shall not be taken for an option. */
static void check_name(struct reader *r, const char *path, const char *name)
{
	if (name && (*name == '-' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
						       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
						       ":_.@-")]))
		problem(r, PROBLEM_ERROR, config_origin_of(r, path), path,
			"write it as `systemctl status` or `docker ps` shows it",
			"is \"%.100s\", which is no name", name);
}

/* What starts and stops the validator client. */
static void check_control(struct reader *r)
{
	struct config *c = r->c;
	int ways = !!c->control.unit + !!c->control.container + (c->control.start.n > 0);

	check_name(r, "control.unit", c->control.unit);
	check_name(r, "control.container", c->control.container);
	check_program(r, "control.start", &c->control.start);
	check_program(r, "control.stop", &c->control.stop);
	check_program(r, "control.status", &c->control.status);
	if (ways > 1)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "control.unit"), "control.unit",
			"leave one of unit, container and start",
			"is not the only way to start the validator client: only one can count");
	if (c->control.start.n > 0 && (c->control.stop.n == 0 || c->control.status.n == 0))
		problem(r, PROBLEM_ERROR, config_origin_of(r, "control.start"), "control.start",
			"write stop and status too",
			"is there without control.stop and control.status: nobody could stop it, "
			"or tell whether it runs");
}

static void check_no_effect(struct reader *r)
{
	if (r->n_no_effect == 1)
		problem(r, PROBLEM_NOTE, r->no_effect_at, r->no_effect_first, NULL,
			"has no effect");
	else if (r->n_no_effect > 1)
		problem(r, PROBLEM_NOTE, r->no_effect_at, r->no_effect_first, NULL,
			"is the first of %zu settings without effect: profiles set pace and "
			"limits, nothing here imitates people",
			r->n_no_effect);
}

static void check_keys_readable(struct reader *r, const char *path)
{
	if (access(path, R_OK) != 0)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "validators.keys_file"),
			"validators.keys_file", "name a file with one BLS key a line",
			"cannot be read: %s: %s", path, strerror(errno));
}

/* An epoch is 6.4 minutes: by the chain alone nobody is seen to be down within 5. */
static void check_validators(struct reader *r)
{
	struct config *c = r->c;
	bool any = c->validators.pubkey.n + c->validators.more.n > 0 || c->validators.keys_file;

	if (any && c->beacon.urls.n == 0)
		problem(r, PROBLEM_WARNING, config_origin_of(r, "beacon.urls"), "beacon.urls",
			"write urls = [\"http://127.0.0.1:5052\"] below [beacon]",
			"is missing: nobody tells how the validators are");
	if (c->beacon.urls.n > 0 && any && !c->validators.metrics_url &&
	    !c->validators.keymanager_url && !c->validators.process)
		problem(r, PROBLEM_WARNING, config_origin_of(r, "beacon.urls"),
			"validators.client_metrics_url",
			"write client_metrics_url, keymanager_url or client_process",
			"is missing: by Beacon nodes alone a validator that stops is down after "
			"%llu epochs (%.1f minutes on mainnet), not after 5 minutes",
			(unsigned long long)c->validators.down_after,
			(double)c->validators.down_after * 6.4);
	if (c->beacon.quorum > c->beacon.urls.n && c->beacon.urls.n > 0)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "beacon.quorum"), "beacon.quorum",
			"write 0, or add nodes to beacon.urls", "is %llu, but there are %zu nodes",
			(unsigned long long)c->beacon.quorum, c->beacon.urls.n);
	if (c->validators.keys_file)
		check_keys_readable(r, c->validators.keys_file);
}

/* What only the daemon finds out, so that nobody takes silence for a yes. */
static void say_unchecked(struct reader *r)
{
	const struct config *c = r->c;

	if (c->chain.urls.n > 0)
		problem(r, PROBLEM_UNCHECKED,
			config_origin_of(r, c->chain.rpc_url ? "chain.rpc_url" : "chain.rpc_urls"),
			c->chain.rpc_url ? "chain.rpc_url" : "chain.rpc_urls", NULL,
			"whether the endpoint%s answer%s and serve%s chain %llu: nobody was asked",
			c->chain.urls.n > 1 ? "s" : "", c->chain.urls.n > 1 ? "" : "s",
			c->chain.urls.n > 1 ? "" : "s", (unsigned long long)c->chain.id);
	if (c->chain.safe_list.n > 0)
		problem(r, PROBLEM_UNCHECKED, config_origin_of(r, "chain.safe_list"),
			"chain.safe_list", NULL,
			"whose the addresses are: the chain was not asked");
	if (c->keys.passphrase_file || c->keys.credential || c->keys.passphrase)
		problem(r, PROBLEM_UNCHECKED, config_origin_of(r, "keys.passphrase_file"), "keys",
			NULL, "whether the passphrase opens the store's keys: neither was opened");
	if (c->funding.key.file)
		problem(r, PROBLEM_UNCHECKED, config_origin_of(r, "funding.key_file"),
			"funding.key_file", NULL,
			"whether it holds a key, and whose: it was not read");
}

void config_check(struct reader *r)
{
	check_chain(r);
	check_ports(r);
	config_check_tls(r);
	check_files(r);
	check_funding(r);
	check_validators(r);
	check_plugins(r);
	check_commands(r);
	check_answers(r);
	check_control(r);
	check_no_effect(r);
	config_check_profiles(r);
	config_check_wallets(r);
	say_unchecked(r);
}
