/* GET /metrics: the text format, read back by a strict parser, and by promtool where it is. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/ops/health.h"
#include "server/ops/metrics.h"
#include "store/base/arena.h"
#include "tests/support/test.h"

enum { PAGE_MAX = 1 << 20 };

static struct arena *mem;

static int fresh(void **state)
{
	(void)state;
	mem = arena_new(16 << 20);
	metrics_reset();
	health_reset();
	return 0;
}

static int done(void **state)
{
	(void)state;
	arena_free(mem);
	metrics_reset();
	return 0;
}

static const char *page(const struct metric_sample *given, size_t n)
{
	struct buf b = buf_in(mem, PAGE_MAX);

	metrics_write(&b, given, n);
	assert_false(b.full);
	return buf_text(&b);
}

static bool is_name(const char *s, size_t n)
{
	if (n == 0 || (s[0] >= '0' && s[0] <= '9'))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789",
			    s[i]))
			return false;
	return true;
}

/* {a="x",b="y"}: returns what follows it. */
static const char *check_labels(const char *s)
{
	do {
		const char *eq = strchr(++s, '=');

		assert_non_null(eq);
		assert_true(is_name(s, (size_t)(eq - s)));
		assert_int_equal(eq[1], '"');
		for (s = eq + 2; *s != '"'; s++) {
			assert_true(*s && *s != '\n');
			if (*s == '\\') {
				s++;
				assert_true(*s == '\\' || *s == '"' || *s == 'n');
			}
		}
		s++;
	} while (*s == ',');
	assert_int_equal(*s, '}');
	return s + 1;
}

/* Every line follows the grammar; every series stands under its own HELP and TYPE; none twice. */
static void check_page(const char *text)
{
	char family[128] = "";
	const char *seen[4096];
	size_t n_seen = 0;

	assert_int_equal(text[strlen(text) - 1], '\n');
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		size_t n = strcspn(line, "\n");
		char *end;

		if (strncmp(line, "# HELP ", 7) == 0) {
			size_t name = strcspn(line + 7, " ");

			assert_true(is_name(line + 7, name) && name < sizeof(family));
			memcpy(family, line + 7, name);
			family[name] = 0;
			continue;
		}
		if (strncmp(line, "# TYPE ", 7) == 0) {
			assert_memory_equal(line + 7, family, strlen(family));
			continue;
		}
		size_t name = strcspn(line, "{ ");

		assert_true(is_name(line, name));
		assert_true(strlen(family) > 0 && strncmp(line, family, strlen(family)) == 0);
		const char *rest = line + name;

		if (*rest == '{')
			rest = check_labels(rest);
		assert_int_equal(*rest, ' ');
		(void)strtod(rest + 1, &end);
		assert_ptr_equal(end, line + n);

		size_t key = (size_t)(rest - line);

		for (size_t i = 0; i < n_seen; i++)
			assert_false(strncmp(seen[i], line, key + 1) == 0);
		assert_true(n_seen < 4096);
		seen[n_seen++] = line;
	}
}

static void counters_count_by_label_and_keep_both_names(void **state)
{
	(void)state;
	metric_add(METRIC_ERRORS, "endpoint", NULL, 2);
	metric_add(METRIC_ERRORS, "wallet", NULL, 1);
	metric_add(METRIC_ERRORS, "endpoint", NULL, 3);
	metric_add(METRIC_BREAKER_TRIPS, NULL, NULL, 4);
	const char *text = page(NULL, 0);

	check_page(text);
	assert_non_null(strstr(text, "\nghost_fleet_errors_total{owner=\"endpoint\"} 5\n"));
	assert_non_null(strstr(text, "\nghost_fleet_errors_total{owner=\"wallet\"} 1\n"));
	assert_non_null(strstr(text, "\nghost_fleet_circuit_breaker_trips_total 4\n"));
	assert_non_null(strstr(text, "\nghost_fleet_circuit_breaker_trips 4\n"));
	assert_non_null(strstr(text, "# TYPE ghost_fleet_circuit_breaker_trips counter\n"));
}

static void a_counter_without_labels_is_there_before_its_first_count(void **state)
{
	(void)state;
	assert_non_null(strstr(page(NULL, 0), "\nghost_fleet_circuit_breaker_trips_total 0\n"));
}

static void histograms_are_cumulative_in_seconds(void **state)
{
	(void)state;
	metric_observe(METRIC_TURN_SECONDS, "grpc", "read", 90);
	metric_observe(METRIC_TURN_SECONDS, "grpc", "read", 100);
	metric_observe(METRIC_TURN_SECONDS, "grpc", "read", 2000);
	metric_observe(METRIC_TURN_SECONDS, "grpc", "read", 60000000);
	const char *text = page(NULL, 0);

	check_page(text);
	assert_non_null(strstr(text, "_bucket{door=\"grpc\",kind=\"read\",le=\"0.0001\"} 2\n"));
	assert_non_null(strstr(text, "_bucket{door=\"grpc\",kind=\"read\",le=\"0.001\"} 2\n"));
	assert_non_null(strstr(text, "_bucket{door=\"grpc\",kind=\"read\",le=\"0.0025\"} 3\n"));
	assert_non_null(strstr(text, "_bucket{door=\"grpc\",kind=\"read\",le=\"10\"} 3\n"));
	assert_non_null(strstr(text, "_bucket{door=\"grpc\",kind=\"read\",le=\"+Inf\"} 4\n"));
	assert_non_null(strstr(text, "_sum{door=\"grpc\",kind=\"read\"} 60.00219\n"));
	assert_non_null(strstr(text, "_count{door=\"grpc\",kind=\"read\"} 4\n"));
}

static void given_samples_stand_in_their_family(void **state)
{
	const struct metric_sample given[] = {
		{ METRIC_OPERATIONS, { "RUNNING", NULL }, 2 },
		{ METRIC_PAUSED, { NULL, NULL }, 1 },
		{ METRIC_OPERATIONS, { "DONE", NULL }, 40 },
		{ METRIC_WALLET_BALANCE, { "wallet-001", NULL }, 0.05 },
	};

	(void)state;
	const char *text = page(given, 4);

	check_page(text);
	assert_non_null(strstr(text, "ghost_fleet_operations{state=\"RUNNING\"} 2\n"
				     "ghost_fleet_operations{state=\"DONE\"} 40\n"));
	assert_non_null(strstr(text, "\nghost_fleet_paused 1\n"));
	assert_non_null(strstr(text, "\nghost_fleet_wallet_balance{wallet=\"wallet-001\"} 0.05\n"));
}

static void label_values_are_escaped_and_cut(void **state)
{
	char shout[200];

	(void)state;
	memset(shout, 'x', sizeof(shout) - 1);
	shout[sizeof(shout) - 1] = 0;
	metric_add(METRIC_ERRORS, "a\"b\\c\nd", NULL, 1);
	metric_add(METRIC_ERRORS, shout, NULL, 1);
	metric_add(METRIC_ERRORS, shout, NULL, 1);
	const char *text = page(NULL, 0);

	check_page(text);
	assert_non_null(strstr(text, "{owner=\"a\\\"b\\\\c\\nd\"} 1\n"));
	assert_non_null(strstr(text, "xxx\"} 2\n"));
}

static void too_many_label_values_are_counted_as_other(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < 400; i++) {
		(void)snprintf(name, sizeof(name), "endpoint-%d", i);
		metric_add(METRIC_RPC_REQUESTS, name, "ok", 1);
	}
	const char *text = page(NULL, 0);

	check_page(text);
	assert_non_null(strstr(text, "{endpoint=\"other\",outcome=\"other\"} 145\n"));
	assert_null(strstr(text, "endpoint-399"));
}

static void a_page_that_does_not_fit_says_so(void **state)
{
	struct buf b = buf_in(mem, 100);

	(void)state;
	metrics_write(&b, NULL, 0);
	assert_true(b.full);
}

static void the_process_tells_about_itself(void **state)
{
	struct metric_sample own[32];

	(void)state;
	health_set("store", HEALTH_DEGRADED, "the disk is nearly full");
	size_t n = metrics_process(1795000000000, own, 32);
	const char *text = page(own, n);

	check_page(text);
	assert_non_null(strstr(text, "ghost_fleet_build_info{version=\"" GF_VERSION "\"} 1\n"));
	assert_non_null(strstr(text, "ghost_fleet_uptime_seconds "));
	assert_non_null(strstr(text, "ghost_fleet_health{component=\"store\"} 1\n"));
	assert_non_null(strstr(text, "\nprocess_resident_memory_bytes "));
	assert_non_null(strstr(text, "\nprocess_open_fds "));
	assert_non_null(strstr(text, "\nprocess_threads 1\n"));
}

static void *count_many(void *arg)
{
	char name[32];

	(void)arg;
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "owner-%d", i % 20);
		metric_add(METRIC_ERRORS, name, NULL, 1);
		metric_observe(METRIC_TURN_SECONDS, "http", "read", i);
	}
	return NULL;
}

static void many_threads_lose_no_count(void **state)
{
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count_many, NULL), 0);
	for (int i = 0; i < 10; i++)
		check_page(page(NULL, 0));
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	const char *text = page(NULL, 0);

	assert_non_null(strstr(text, "{owner=\"owner-19\"} 1000\n"));
	assert_non_null(strstr(text, "_count{door=\"http\",kind=\"read\"} 20000\n"));
}

/* promtool also checks the naming rules; the runbook's two old names break them knowingly. */
static void promtool_accepts_the_page(void **state)
{
	struct metric_sample own[64];
	char path[] = "/tmp/metrics-XXXXXX", cmd[256], line[512];
	size_t n = metrics_process(1795000000000, own, 32);

	(void)state;
	if (system("command -v promtool >/dev/null") != 0)
		skip();
	own[n++] = (struct metric_sample){ METRIC_WALLET_BALANCE, { "wallet-001", NULL }, 1 };
	own[n++] = (struct metric_sample){ METRIC_STORE_COMMITS, { NULL, NULL }, 12 };
	own[n++] = (struct metric_sample){ METRIC_STORE_WAL_BYTES, { NULL, NULL }, 4096 };
	own[n++] = (struct metric_sample){ METRIC_PAUSED, { NULL, NULL }, 0 };
	metric_add(METRIC_ACTIONS, "jack_in", "ok", 1);
	metric_add(METRIC_RPC_REQUESTS, "anvil", "ok", 1);
	metric_observe(METRIC_RPC_SECONDS, "anvil", NULL, 1200);
	metric_observe(METRIC_TURN_SECONDS, "grpc", "read", 90);
	const char *text = page(own, n);
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	(void)snprintf(cmd, sizeof(cmd), "promtool check metrics < %s 2>&1", path);
	FILE *f = popen(cmd, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "ghost_fleet_circuit_breaker_trips counter", 41) != 0)
			fail_msg("promtool: %s", line);
	int status = pclose(f);

	assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3));
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counters_count_by_label_and_keep_both_names, fresh,
						done),
		cmocka_unit_test_setup_teardown(
			a_counter_without_labels_is_there_before_its_first_count, fresh, done),
		cmocka_unit_test_setup_teardown(histograms_are_cumulative_in_seconds, fresh, done),
		cmocka_unit_test_setup_teardown(given_samples_stand_in_their_family, fresh, done),
		cmocka_unit_test_setup_teardown(label_values_are_escaped_and_cut, fresh, done),
		cmocka_unit_test_setup_teardown(too_many_label_values_are_counted_as_other, fresh,
						done),
		cmocka_unit_test_setup_teardown(a_page_that_does_not_fit_says_so, fresh, done),
		cmocka_unit_test_setup_teardown(the_process_tells_about_itself, fresh, done),
		cmocka_unit_test_setup_teardown(many_threads_lose_no_count, fresh, done),
		cmocka_unit_test_setup_teardown(promtool_accepts_the_page, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
