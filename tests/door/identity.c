/* The first token: the daemon's own admin, made at the first start and kept in step with its file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/door/identity.h"
#include "store/audit.h"
#include "store/identities.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

struct admin {
	struct fixture f;
	char path[200];
};

static int setup(void **state)
{
	struct admin *a = malloc(sizeof(*a));

	fixture_open(&a->f, (struct store_options){ 0 });
	(void)snprintf(a->path, sizeof(a->path), "%s/admin.token", a->f.dir);
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct admin *a = *state;

	fixture_close(&a->f);
	free(a);
	return 0;
}

static enum err start(struct admin *a)
{
	return identity_bootstrap(fixture_turn(&a->f), a->f.store, a->path);
}

static void read_file(struct admin *a, char out[100])
{
	int fd = open(a->path, O_RDONLY);
	ssize_t n = read(fd, out, 99);

	assert_true(fd >= 0 && n >= 0);
	out[n] = '\0';
	(void)close(fd);
}

static void write_file(struct admin *a, const char *text, mode_t mode)
{
	(void)unlink(a->path);
	int fd = open(a->path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

/* Whether the store takes the token in the file for the admin's. */
static bool good(struct admin *a, const char *line)
{
	struct eth_hash hash;
	struct identity i;

	token_hash(line, strcspn(line, "\n"), &hash);
	enum err e = identity_by_token(fixture_turn(&a->f), &hash, &i);

	return e == OK && strcmp(i.name, "admin") == 0 && i.roles == ROLE_ADMIN;
}

static void the_first_start_makes_a_token_for_us_alone(void **state)
{
	struct admin *a = *state;
	struct stat st;
	char first[100], second[100];

	assert_ok(&a->f, start(a));
	read_file(a, first);
	assert_int_equal(strlen(first), TOKEN_TEXT); /* its NUL became a line feed */
	assert_memory_equal(first, "gf_", 3);
	assert_true(good(a, first));
	assert_int_equal(stat(a->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* Later starts change nothing. */
	assert_ok(&a->f, start(a));
	read_file(a, second);
	assert_string_equal(first, second);
}

static void tokens_differ(void **state)
{
	struct admin *a = *state;
	char one[TOKEN_TEXT], two[TOKEN_TEXT];

	identity_token(fixture_turn(&a->f), one);
	identity_token(fixture_turn(&a->f), two);
	assert_int_equal(strlen(one), TOKEN_TEXT - 1);
	assert_int_equal(strlen(two), TOKEN_TEXT - 1);
	assert_string_not_equal(one, two);
}

static void a_file_that_is_gone_is_left_and_its_token_counts(void **state)
{
	struct admin *a = *state;
	char line[100];

	assert_ok(&a->f, start(a));
	read_file(a, line);
	assert_int_equal(unlink(a->path), 0);
	assert_ok(&a->f, start(a));
	assert_int_not_equal(access(a->path, F_OK), 0);
	assert_true(good(a, line));
}

static void an_empty_file_gets_a_new_token(void **state)
{
	struct admin *a = *state;
	char old[100], line[100];

	assert_ok(&a->f, start(a));
	read_file(a, old);
	write_file(a, "", 0600);
	assert_ok(&a->f, start(a));
	read_file(a, line);
	assert_true(good(a, line));
	assert_false(good(a, old));
}

/* A crash between the file and the store: the next start goes on from there. */
static void a_file_without_its_identity_is_finished(void **state)
{
	struct admin *a = *state;
	char token[TOKEN_TEXT];

	identity_token(fixture_turn(&a->f), token);
	write_file(a, token, 0600);
	assert_ok(&a->f, start(a));
	assert_true(good(a, token));
}

static void files_that_are_not_ours_alone_are_refused(void **state)
{
	static const mode_t modes[] = { 0644, 0640, 0604, 0660, 0601 };
	struct admin *a = *state;
	char token[TOKEN_TEXT];

	identity_token(fixture_turn(&a->f), token);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_file(a, token, modes[i]);
		assert_fails(&a->f, start(a), ERR_REFUSED, "may be read by others");
	}
	assert_false(good(a, token));
	(void)unlink(a->path);
	assert_int_equal(symlink("fleet.db", a->path), 0);
	assert_fails(&a->f, start(a), ERR_AWAY, "admin.token");
	(void)unlink(a->path);
	assert_int_equal(mkdir(a->path, 0700), 0);
	assert_fails(&a->f, start(a), ERR_AWAY, "admin.token");
	assert_int_equal(rmdir(a->path), 0);
}

static void a_file_without_a_token_is_refused(void **state)
{
	static const char *const list[] = { "hello\n", "gf_short\n",
					    "gf_0123456789012345678901234567890123456789 01\n",
					    "gf_0123456789012345678901234567890123456789012x\n" };
	struct admin *a = *state;

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		write_file(a, list[i], 0600);
		assert_fails(&a->f, start(a), ERR_REFUSED, "holds no token");
	}
}

static void what_was_done_is_in_the_audit(void **state)
{
	struct admin *a = *state;
	struct audit_record *list;
	size_t n;

	assert_ok(&a->f, start(a));
	write_file(a, "", 0600);
	assert_ok(&a->f, start(a));
	assert_ok(&a->f, audit_list(fixture_turn(&a->f), 0, 10, &list, &n));
	assert_int_equal(n, 2);
	assert_string_equal(list[0].action, "identity.added");
	assert_string_equal(list[1].action, "identity.token_renewed");
	assert_null(strstr(list[1].detail, "gf_"));
}

#define admin_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		admin_test(the_first_start_makes_a_token_for_us_alone),
		admin_test(tokens_differ),
		admin_test(a_file_that_is_gone_is_left_and_its_token_counts),
		admin_test(an_empty_file_gets_a_new_token),
		admin_test(a_file_without_its_identity_is_finished),
		admin_test(files_that_are_not_ours_alone_are_refused),
		admin_test(a_file_without_a_token_is_refused),
		admin_test(what_was_done_is_in_the_audit),
	};

	return cmocka_run_group_tests_name("door.identity", tests, NULL, NULL);
}
