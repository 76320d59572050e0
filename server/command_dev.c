/* `ghost-fleet dev`: a daemon for tests. Everything it needs it makes, everything it made goes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/commands.h"
#include "server/dev/home.h"
#include "server/dev/node.h"
#include "server/dev/stub_chain.h"
#include "server/dev_fixture.h"
#include "server/dev_run.h"
#include "server/net/el.h"
#include "server/ops/health.h"
#include "server/serve.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/chain.h"

enum { ASK_MS = 10000, READY_MS = 15000, LOOK_MS = 20 };
enum { TEST_CHAIN = 31337 };

struct dev {
	const struct dev_options *o;
	int64_t began_ms; /* monotonic */
	const char *chain_kind, *url;
	uint64_t chain_id;
	struct dev_node node;
	struct stub_chain *stub;
	struct dev_home *home;
	struct dev_fixture fixture;
	int exit; /* of the command we ran */
};

/* ---- the chain ---- */

/* Keys that everybody knows: on a chain where money is, whatever comes to them is gone. */
static enum err chain_there(struct turn *t, struct dev *d)
{
	d->chain_kind = "rpc";
	d->url = d->o->rpc;
	TRY(el_chain_id(t, d->url, ASK_MS, &d->chain_id));
	if (!d->fixture.watch_only && d->chain_id != TEST_CHAIN)
		return fail(t, ERR_REFUSED,
			    "--rpc serves chain %llu, and dev's wallets have keys that everybody "
			    "knows: use a test chain with id %d, or watch without keys: "
			    "--addresses FILE",
			    (unsigned long long)d->chain_id, TEST_CHAIN);
	return OK;
}

static enum err chain_of_ours(struct turn *t, struct dev *d)
{
	/* Who watches validators alone asks no chain. */
	bool stub = d->o->stub || (d->fixture.watch_only && !d->o->anvil);
	const char *anvil = stub ? NULL : d->o->anvil ? d->o->anvil : dev_node_find(t);
	unsigned port;

	d->chain_id = TEST_CHAIN;
	d->chain_kind = anvil ? "anvil" : "stub";
	if (!anvil) {
		if (!stub)
			(void)fputs(
				"ghost-fleet: warning: there is no anvil here: this is the stub "
				"chain, which takes no transactions; for those: --anvil PATH or "
				"--rpc URL\n",
				stderr);
		return OK;
	}
	TRY(dev_node_start(t, anvil, &d->node));
	port = d->node.port;
	d->url = turn_printf(t, "http://127.0.0.1:%u", port);
	return OK;
}

/* After the home: it has a thread. */
static enum err stub_if_wanted(struct turn *t, struct dev *d)
{
	if (d->url)
		return OK;
	TRY(stub_chain_open(t, d->chain_id, d->fixture.funder, &d->stub));
	d->url = turn_printf(t, "http://127.0.0.1:%u", stub_chain_port(d->stub));
	return OK;
}

/* ---- ready ---- */

/* Who only watches wants to see what is wrong, too. */
static enum err has_head(struct turn *t, const struct dev *d, bool *out)
{
	struct chain c;

	TRY(chain_get(t, &c));
	*out = c.seen_ms != 0 && (d->fixture.watch_only || health_worst(NULL) != HEALTH_UNHEALTHY);
	return OK;
}

/* As /health/ready says it. ERR_GONE: we are to end. */
static enum err wait_until_ready(struct turn *t, const struct dev *d)
{
	int64_t until = clock_mono_ms() + READY_MS;
	struct health_component worst = { .name = NULL };
	bool ready = false;

	for (;;) {
		TRY(has_head(t, d, &ready));
		if (ready)
			return OK;
		if (clock_mono_ms() >= until)
			break;
		if (dev_signal(LOOK_MS) != 0)
			return ERR_GONE;
	}
	(void)health_worst(&worst);
	return fail(t, ERR_AWAY, "%s: the chain at %s is not ready within %d s%s%s", d->chain_kind,
		    endpoint_url_shown(t, d->url), READY_MS / 1000, worst.name ? ": " : "",
		    worst.name ? worst.why : "");
}

static struct dev_told told(struct turn *t, const struct dev *d, struct serve_ports ports)
{
	return (struct dev_told){
		.grpc = ports.grpc,
		.http = ports.http,
		.token_file = turn_printf(t, "%s/data/admin.token", dev_home_path(d->home)),
		.home = d->home,
		.chain_kind = d->chain_kind,
		.url = d->url,
		.chain_id = d->chain_id,
		.fixture = &d->fixture,
		.ready_ms = clock_mono_ms() - d->began_ms,
	};
}

static enum err tell(struct turn *t, const struct dev *d, const struct dev_told *w)
{
	const char *json = dev_told_json(t, w);

	if (d->o->ready_file)
		TRY(serve_write_file(t, d->o->ready_file, json));
	if (d->o->command)
		return OK;
	(void)fputs(d->o->print_env ? dev_told_env(t, w) : json, stdout);
	(void)fflush(stdout);
	return OK;
}

static enum err stay(struct turn *t, const struct app *a, struct serve_ports ports, void *arg)
{
	struct dev *d = arg;
	enum err e = wait_until_ready(t, d);

	(void)a;
	if (e != OK)
		return e == ERR_GONE ? OK : e;
	struct dev_told w = told(t, d, ports);

	TRY(tell(t, d, &w));
	return dev_stay(t, &w, d->o->command, &d->exit);
}

/* ---- all of it ---- */

static enum err configure(struct turn *t, struct dev *d, struct config **out)
{
	const char *level = getenv("GHOST_FLEET_LOG_LEVEL"),
		   *format = getenv("GHOST_FLEET_LOG_FORMAT");
	const char *vars[3] = { turn_printf(t, "GHOST_FLEET_LOG_LEVEL=%s", level ? level : "warn"),
				format ? turn_printf(t, "GHOST_FLEET_LOG_FORMAT=%s", format)
				       : NULL };
	struct config_problems problems;
	const char *path;

	TRY(dev_fixture_write(t, &d->fixture, d->home, d->url, d->chain_id, &path));
	enum err e = config_load(t, path, &(struct config_env){ .vars = vars }, out, &problems);

	if (e != OK)
		config_free(*out);
	else
		log_open((struct log_options){ .least = (enum log_level)(*out)->log.level,
					       .json = (*out)->log.format == LOG_FORMAT_JSON,
					       .fd = STDERR_FILENO });
	return e;
}

static enum err open_home(struct turn *t, struct dev *d, const struct command_input *in)
{
	const struct dev_home_options o = {
		.outlive_parent = d->o->outlive_parent,
		.node = d->node.pid,
		.node_said = d->node.pid ? d->node.said : -1,
		.files = { in->ports_file, d->o->ready_file },
	};

	return dev_home_open(t, &o, &d->home);
}

static enum err run(struct turn *t, const struct command_input *in, struct dev *d)
{
	struct config *c;

	TRY(dev_fixture_make(t, d->o, &d->fixture));
	TRY(d->o->rpc ? chain_there(t, d) : chain_of_ours(t, d));
	TRY(open_home(t, d, in));
	TRY(stub_if_wanted(t, d));
	TRY(configure(t, d, &c));
	return serve_run(t, c,
			 &(struct serving){ .start_paused = in->start_paused,
					    .ports_file = in->ports_file,
					    .stay = stay,
					    .arg = d });
}

int command_dev(struct turn *t, const struct command_input *in)
{
	struct dev d = { .o = &in->dev, .began_ms = clock_mono_ms() };

	dev_signals();
	enum err e = run(t, in, &d);

	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	stub_chain_close(d.stub);
	dev_home_close(d.home);
	return e != OK ? err_exit(e) : d.exit;
}
