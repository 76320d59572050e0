/* tests/support/anvil.c - see anvil.h. */
#include "tests/support/anvil.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/wei.h"

#include "tests/support/ask.h"
#include "tests/support/stop.h"

/* The node's memory has no bound of its own. */
static const rlim_t MEMORY = 8000000ULL * 1024;
enum { START_MS = 20000, RECEIPT_MS = 20000 };

static struct anvil *live;

static void anvil_stop_all(void)
{
	while (live)
		anvil_stop(live);
}

/* Started once a process: $GF_ANVIL, else the pinned one, installed at need. */
static const char *binary(void)
{
	static char path[4096];

	if (path[0])
		return path;
	const char *named = getenv("GF_ANVIL");
	if (named) {
		snprintf(path, sizeof(path), "%s", named);
		return path;
	}
	FILE *f = popen("deploy/scripts/node-tools.sh deploy/tools", "r");
	char place[3900] = "";
	if (!f || !fgets(place, sizeof(place), f) || pclose(f) != 0)
		stop_test("no anvil: deploy/scripts/node-tools.sh deploy/tools failed");
	place[strcspn(place, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil",
		 place);
	return path;
}

static void become_node(const char *path, const struct anvil_options *o, int log, pid_t parent)
{
	char chain[24], genesis[24];
	const char *argv[24];
	size_t n = 0;

	snprintf(chain, sizeof(chain), "%llu",
		 (unsigned long long)(o->chain_id ? o->chain_id : 31337));
	argv[n++] = path;
	const char *fixed[] = { "--host", "127.0.0.1",          "--port",    "0", "--accounts",
				"1",      "--auto-impersonate", "--chain-id" };
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		argv[n++] = fixed[i];
	argv[n++] = chain;
	if (o->no_mining)
		argv[n++] = "--no-mining";
	else if (o->block_time) {
		argv[n++] = "--block-time";
		argv[n++] = o->block_time;
	}
	if (o->genesis_time) {
		snprintf(genesis, sizeof(genesis), "%llu", (unsigned long long)o->genesis_time);
		argv[n++] = "--timestamp";
		argv[n++] = genesis;
	}
	if (o->state) {
		argv[n++] = "--state";
		argv[n++] = o->state;
	}
	argv[n] = NULL;
	/* The test may die of anything: the node must not outlive it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(126);
	if (dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static bool listening(struct anvil *a, char *said, size_t room)
{
	ssize_t n = pread(a->log, said, room - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	const char *line = strstr(said, "Listening on 127.0.0.1:");
	if (!line || !strchr(line, '\n'))
		return false;
	a->port = (unsigned)strtoul(line + strlen("Listening on 127.0.0.1:"), NULL, 10);
	return true;
}

static void wait_until_up(struct anvil *a, const char *path)
{
	int64_t give_up = clock_mono_ms() + START_MS;
	char said[8192];

	while (!listening(a, said, sizeof(said))) {
		int status;
		if (waitpid(a->pid, &status, WNOHANG) == a->pid)
			stop_test("%s ended at start (status %d): %s", path, status, said);
		if (clock_mono_ms() > give_up)
			stop_test("%s did not listen within %d s: %s", path, START_MS / 1000, said);
		usleep(5000);
	}
	/* From outside, and only now: before its exec the child is a copy of the test, which may
	 * hold far more address space (the sanitizers do). */
	if (prlimit(a->pid, RLIMIT_AS, &(struct rlimit){ MEMORY, MEMORY }, NULL) != 0)
		stop_test("cannot bound anvil's memory: %s", strerror(errno));
	snprintf(a->url, sizeof(a->url), "http://127.0.0.1:%u", a->port);
}

struct anvil *anvil_start(const struct anvil_options *options)
{
	const struct anvil_options none = { 0 };
	const struct anvil_options *o = options ? options : &none;
	const char *path = binary();
	struct anvil *a = calloc(1, sizeof(*a));
	char name[] = "/tmp/anvil-log-XXXXXX";
	static bool registered;

	if (!registered)
		atexit(anvil_stop_all);
	registered = true;
	if (!a || (a->log = mkostemp(name, O_CLOEXEC)) < 0 || unlink(name) != 0)
		stop_test("cannot make a log file for anvil: %s", strerror(errno));
	pid_t parent = getpid();
	a->pid = fork();
	if (a->pid < 0)
		stop_test("fork: %s", strerror(errno));
	if (a->pid == 0)
		become_node(path, o, a->log, parent);
	a->next_live = live;
	live = a;
	wait_until_up(a, path);

	if (o->genesis_time) /* and time goes on from now, not from block 0 */
		json_decref(anvil_ask(a, "evm_setTime",
				      json_pack("[I]", (json_int_t)(clock_wall_ms() / 1000))));
	json_t *accounts = anvil_ask(a, "eth_accounts", NULL);
	if (!hex_get(json_string_value(json_array_get(accounts, 0)), a->owner.b, 20))
		stop_test("anvil has no account");
	json_decref(accounts);
	if (o->contracts) {
		struct wei core, yes = wei_u64(1);
		a->data_token = anvil_deploy(a, "DataToken", &a->owner);
		a->ghost_core = anvil_deploy(a, "GhostCore", &a->data_token);
		core = anvil_word(a->ghost_core);
		anvil_send(a, a->owner, a->data_token, wei_u64(0),
			   anvil_data("2836be24", &core, &yes)); /* setExcluded */
	}
	return a;
}

void anvil_stop(struct anvil *a)
{
	if (!a)
		return;
	for (struct anvil **p = &live; *p; p = &(*p)->next_live)
		if (*p == a) {
			*p = a->next_live;
			break;
		}
	kill(a->pid, SIGCONT);
	kill(a->pid, SIGINT);
	int64_t give_up = clock_mono_ms() + 10000;
	while (waitpid(a->pid, NULL, WNOHANG) == 0) {
		if (clock_mono_ms() > give_up)
			kill(a->pid, SIGKILL);
		usleep(2000);
	}
	close(a->log);
	free(a);
}

void anvil_freeze(struct anvil *a)
{
	int status;

	/* Until it stands: a signal alone leaves its threads time for one more answer. */
	if (kill(a->pid, SIGSTOP) != 0 || waitpid(a->pid, &status, WUNTRACED) != a->pid ||
	    !WIFSTOPPED(status))
		stop_test("anvil does not stand still");
}

void anvil_thaw(struct anvil *a)
{
	kill(a->pid, SIGCONT);
}

json_t *anvil_post(struct anvil *a, const char *body)
{
	return ask_http(a->url, body);
}

json_t *anvil_try(struct anvil *a, const char *method, json_t *params, json_t **error_out)
{
	json_t *ask = json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", 1, "method", method,
				"params", params ? params : json_array());
	char *body = json_dumps(ask, JSON_COMPACT);
	json_t *said = anvil_post(a, body);
	json_t *result = json_incref(json_object_get(said, "result"));

	if (error_out)
		*error_out = json_incref(json_object_get(said, "error"));
	json_decref(said);
	json_decref(ask);
	free(body);
	return result;
}

json_t *anvil_ask(struct anvil *a, const char *method, json_t *params)
{
	json_t *error = NULL;
	json_t *result = anvil_try(a, method, params, &error);

	if (!result) {
		char *text = json_dumps(error, JSON_COMPACT | JSON_ENCODE_ANY);
		stop_test("%s: %s", method, text ? text : "no result");
	}
	json_decref(error);
	return result;
}

static void hex_text(const void *p, size_t n, char *out)
{
	memcpy(out, "0x", 2);
	hex_put(p, n, out + 2);
}

static json_t *addr_json(struct eth_addr a)
{
	char text[43];
	hex_text(a.b, 20, text);
	return json_string(text);
}

static json_t *wei_json(struct wei w)
{
	char text[67];
	hex_text(w.be, 32, text);
	/* A quantity has no leading zeros. */
	size_t skip = 2;
	while (skip < 65 && text[skip] == '0')
		skip++;
	memmove(text + 2, text + skip, 67 - skip);
	return json_string(text);
}

static struct wei ask_wei(struct anvil *a, const char *method, json_t *params)
{
	struct wei out;
	json_t *said = anvil_ask(a, method, params);

	if (!hex_quantity_wei(json_string_value(said), &out))
		stop_test("%s: not a quantity: %s", method, json_string_value(said));
	json_decref(said);
	return out;
}

static uint64_t ask_u64(struct anvil *a, const char *method, json_t *params)
{
	uint64_t out = 0;

	if (!wei_to_u64(ask_wei(a, method, params), &out))
		stop_test("%s: more than 64 bits", method);
	return out;
}

void anvil_mine(struct anvil *a, unsigned blocks)
{
	json_decref(anvil_try(a, "anvil_mine", json_pack("[o]", wei_json(wei_u64(blocks))), NULL));
}

uint64_t anvil_block(struct anvil *a)
{
	return ask_u64(a, "eth_blockNumber", NULL);
}

void anvil_set_balance(struct anvil *a, struct eth_addr who, struct wei amount)
{
	json_decref(anvil_try(a, "anvil_setBalance",
			      json_pack("[o, o]", addr_json(who), wei_json(amount)), NULL));
}

struct wei anvil_balance(struct anvil *a, struct eth_addr who)
{
	return ask_wei(a, "eth_getBalance", json_pack("[o, s]", addr_json(who), "latest"));
}

uint64_t anvil_nonce(struct anvil *a, struct eth_addr who)
{
	return ask_u64(a, "eth_getTransactionCount", json_pack("[o, s]", addr_json(who), "latest"));
}

/* Sends, mines, and returns the receipt. */
static json_t *send_mined(struct anvil *a, json_t *tx)
{
	/* More than an estimate: the block it runs in may be a second later, and earnings a write.
	 */
	(void)json_object_set_new(tx, "gas", json_string("0x1e8480"));
	json_t *hash = anvil_ask(a, "eth_sendTransaction", json_pack("[o]", tx));
	int64_t give_up = clock_mono_ms() + RECEIPT_MS;
	json_t *receipt;

	anvil_mine(a, 1);
	for (;;) {
		receipt = anvil_ask(a, "eth_getTransactionReceipt", json_pack("[O]", hash));
		if (json_is_object(receipt))
			break;
		json_decref(receipt);
		if (clock_mono_ms() > give_up)
			stop_test("not mined: %s", json_string_value(hash));
		usleep(5000);
	}
	const char *status = json_string_value(json_object_get(receipt, "status"));
	if (!status || strcmp(status, "0x1") != 0)
		stop_test("transaction %s reverted", json_string_value(hash));
	json_decref(hash);
	return receipt;
}

void anvil_send(struct anvil *a, struct eth_addr from, struct eth_addr to, struct wei value,
		const char *data)
{
	json_decref(send_mined(a, json_pack("{s:o, s:o, s:o, s:s}", "from", addr_json(from), "to",
					    addr_json(to), "value", wei_json(value), "data",
					    data ? data : "0x")));
}

struct eth_addr anvil_deploy(struct anvil *a, const char *name, const struct eth_addr *argument)
{
	char path[200];
	struct eth_addr at;

	snprintf(path, sizeof(path), "deploy/contracts/build/%s.json", name);
	json_t *built = json_load_file(path, 0, NULL);
	const char *code = json_string_value(json_object_get(built, "bytecode"));
	if (!code)
		stop_test("%s is missing or has no bytecode", path);
	char word[65] = "";
	if (argument) {
		struct wei w = anvil_word(*argument);
		hex_put(w.be, 32, word);
	}
	size_t room = strlen(code) + sizeof(word);
	char *data = malloc(room);
	if (!data)
		stop_test("no memory");
	snprintf(data, room, "%s%s", code, word);
	json_t *receipt =
		send_mined(a, json_pack("{s:o, s:s}", "from", addr_json(a->owner), "data", data));
	if (!hex_get(json_string_value(json_object_get(receipt, "contractAddress")), at.b, 20))
		stop_test("no contract address for %s", name);
	json_decref(receipt);
	json_decref(built);
	free(data);
	return at;
}

struct wei anvil_read(struct anvil *a, struct eth_addr to, const char *data)
{
	struct wei out;
	json_t *said = anvil_ask(
		a, "eth_call",
		json_pack("[{s:o, s:s}, s]", "to", addr_json(to), "data", data, "latest"));
	const char *text = json_string_value(said);
	char word[65] = "";

	if (!text || strlen(text) < 66)
		stop_test("eth_call gave no word: %s", text ? text : "null");
	memcpy(word, text + 2, 64);
	if (!hex_get(word, out.be, 32))
		stop_test("eth_call gave no word: %s", text);
	json_decref(said);
	return out;
}

const char *anvil_data(const char *selector, const struct wei *a, const struct wei *b)
{
	static char texts[4][2 + 8 + 64 + 64 + 1];
	static unsigned turn;
	char *out = texts[turn++ % 4];
	size_t n = (size_t)snprintf(out, 11, "0x%s", selector);

	if (a) {
		hex_put(a->be, 32, out + n);
		n += 64;
	}
	if (b)
		hex_put(b->be, 32, out + n);
	return out;
}

struct wei anvil_word(struct eth_addr a)
{
	struct wei out = { { 0 } };

	memcpy(out.be + 12, a.b, 20);
	return out;
}

void anvil_mint(struct anvil *a, struct eth_addr who, struct wei amount)
{
	struct wei to = anvil_word(who);
	anvil_send(a, a->owner, a->data_token, wei_u64(0), anvil_data("40c10f19", &to, &amount));
}

struct wei anvil_data_balance(struct anvil *a, struct eth_addr who)
{
	struct wei w = anvil_word(who);
	return anvil_read(a, a->data_token, anvil_data("70a08231", &w, NULL));
}

struct wei anvil_stake(struct anvil *a, struct eth_addr who)
{
	struct wei w = anvil_word(who);
	return anvil_read(a, a->ghost_core, anvil_data("16c19739", &w, NULL));
}

void anvil_core(struct anvil *a, const char *selector, const struct wei *x, const struct wei *y)
{
	anvil_send(a, a->owner, a->ghost_core, wei_u64(0), anvil_data(selector, x, y));
}
