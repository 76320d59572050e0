/* The small CA of `ghostctl access issue`. */
#include "client/ca.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/turn.h"
#include "tests/support/pki.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

static const int64_t DAY_MS = 86400000;

static struct world {
	char dir[128], ca[160];
	struct arena *mem;
	struct turn t;
} w;

static int setup(void **state)
{
	(void)state;
	test_dir(w.dir, sizeof(w.dir));
	(void)snprintf(w.ca, sizeof(w.ca), "%s/ca", w.dir);
	w.mem = arena_new(16 << 20);
	turn_begin(&w.t, NULL, NULL, w.mem, "test", "tester", 10000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(w.mem);
	test_dir_remove(w.ca);
	test_dir_remove(w.dir);
	return 0;
}

static enum err issue(const char *name, const char *uri, const char *hosts, int64_t valid_ms,
		      struct ca_issued *out)
{
	char *list[4] = { NULL };
	size_t n = 0;

	for (char *rest = hosts ? turn_strdup(&w.t, hosts) : NULL, *one;
	     (one = strsep(&rest, ",")) != NULL;)
		list[n++] = one;
	struct ca_ask ask = { .dir = w.ca,
			      .name = name,
			      .uri = uri,
			      .hosts = list,
			      .n_hosts = n,
			      .valid_ms = valid_ms };

	return ca_issue(&w.t, &ask, out);
}

static gnutls_x509_crt_t read_crt(const char *path)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t d;

	assert_int_equal(gnutls_load_file(path, &d), 0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(d.data);
	return crt;
}

/* How GnuTLS, as the HTTP door, takes it: 0 is good. */
static unsigned verify(const char *cert, const char *ca, const char *purpose)
{
	gnutls_typed_vdata_st vdata = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
					.data = (unsigned char *)(uintptr_t)purpose };
	gnutls_x509_crt_t crt = read_crt(cert), root = read_crt(ca);
	gnutls_x509_trust_list_t trust;
	unsigned status = ~0u;

	assert_int_equal(gnutls_x509_trust_list_init(&trust, 0), 0);
	assert_int_equal(gnutls_x509_trust_list_add_cas(trust, &root, 1, 0), 1);
	assert_int_equal(
		gnutls_x509_trust_list_verify_crt2(trust, &crt, 1, &vdata, 1, 0, &status, NULL), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_trust_list_deinit(trust, 1);
	return status;
}

static void a_caller_has_one_uri_and_a_server_none(void **state)
{
	struct ca_issued alice, fleet;
	char name[300];
	size_t n = sizeof(name);

	(void)state;
	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, 30 * DAY_MS, &alice),
			 OK);
	assert_true(alice.made_ca);
	assert_int_equal(issue("fleet", NULL, "fleet.example,10.0.0.5,::1", 30 * DAY_MS, &fleet),
			 OK);
	assert_false(fleet.made_ca);
	assert_string_not_equal(alice.serial, fleet.serial);
	assert_int_equal(verify(alice.cert, alice.ca, GNUTLS_KP_TLS_WWW_CLIENT), 0);
	assert_int_not_equal(verify(alice.cert, alice.ca, GNUTLS_KP_TLS_WWW_SERVER), 0);
	assert_int_equal(verify(fleet.cert, fleet.ca, GNUTLS_KP_TLS_WWW_SERVER), 0);
	gnutls_x509_crt_t crt = read_crt(alice.cert);

	assert_int_equal(gnutls_x509_crt_get_subject_alt_name(crt, 0, name, &n, NULL),
			 GNUTLS_SAN_URI);
	assert_int_equal(n, strlen("spiffe://ghost-fleet/alice"));
	n = sizeof(name);
	assert_int_equal(gnutls_x509_crt_get_subject_alt_name(crt, 1, name, &n, NULL),
			 GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(gnutls_x509_crt_get_ca_status(crt, NULL), 0);
	gnutls_x509_crt_deinit(crt);
	crt = read_crt(fleet.cert);
	assert_int_equal(gnutls_x509_crt_check_hostname(crt, "fleet.example"), 1);
	assert_int_equal(gnutls_x509_crt_check_hostname(crt, "10.0.0.5"), 1);
	assert_int_equal(gnutls_x509_crt_check_hostname(crt, "::1"), 1);
	assert_int_equal(gnutls_x509_crt_check_hostname(crt, "alice"), 0);
	gnutls_x509_crt_deinit(crt);
}

static void keys_are_for_us_alone(void **state)
{
	struct ca_issued i;
	struct stat st;

	(void)state;
	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, DAY_MS, &i), OK);
	assert_int_equal(stat(i.key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(pki_path(w.ca, "ca", "key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(w.ca, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void folders_above_are_made_for_us_alone(void **state)
{
	char parent[sizeof(w.ca)];
	struct ca_issued i;
	struct stat st;

	(void)state;
	(void)snprintf(parent, sizeof(parent), "%s/home", w.dir);
	(void)snprintf(w.ca, sizeof(w.ca), "%s/home/ca", w.dir);
	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, DAY_MS, &i), OK);
	assert_int_equal(stat(parent, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	test_dir_remove(w.ca);
	test_dir_remove(parent);
}

static void a_file_in_the_way_of_the_folder_is_said(void **state)
{
	struct ca_issued i;
	FILE *f = fopen(w.ca, "w");

	(void)state;
	assert_non_null(f);
	(void)fclose(f);
	char *in_file = turn_printf(&w.t, "%s/below", w.ca);
	struct ca_ask ask = { .dir = in_file, .name = "alice", .valid_ms = DAY_MS };

	assert_int_equal(ca_issue(&w.t, &ask, &i), ERR_REFUSED);
	assert_non_null(strstr(w.t.why, "cannot be made: Not a directory"));
	assert_int_equal(unlink(w.ca), 0);
}

static void nothing_is_overwritten(void **state)
{
	struct ca_issued i;

	(void)state;
	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, DAY_MS, &i), OK);
	char *before = pki_text(w.ca, "alice", "key");

	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, DAY_MS, &i),
			 ERR_EXISTS);
	assert_non_null(strstr(w.t.why, "not overwritten"));
	char *after = pki_text(w.ca, "alice", "key");

	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void half_a_ca_or_an_open_one_is_refused(void **state)
{
	struct ca_issued i;

	(void)state;
	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, DAY_MS, &i), OK);
	assert_int_equal(chmod(pki_path(w.ca, "ca", "key"), 0644), 0);
	assert_int_equal(issue("bob", "spiffe://ghost-fleet/bob", NULL, DAY_MS, &i), ERR_REFUSED);
	assert_non_null(strstr(w.t.why, "chmod 600"));
	assert_int_equal(unlink(pki_path(w.ca, "ca", "key")), 0);
	assert_int_equal(issue("bob", "spiffe://ghost-fleet/bob", NULL, DAY_MS, &i), ERR_REFUSED);
	assert_non_null(strstr(w.t.why, "half a CA"));
}

static void no_certificate_outlives_its_ca(void **state)
{
	struct ca_issued i;

	(void)state;
	assert_int_equal(issue("alice", "spiffe://ghost-fleet/alice", NULL, 36500 * DAY_MS, &i),
			 OK);
	assert_true(i.until_ms < w.t.now_ms + 3700 * DAY_MS);
}

static void a_host_must_be_one(void **state)
{
	struct ca_issued i;

	(void)state;
	assert_int_equal(issue("fleet", NULL, "fleet example", DAY_MS, &i), ERR_INVALID);
	assert_non_null(strstr(w.t.why, "no DNS name and no IP address"));
	assert_int_not_equal(access(pki_path(w.ca, "fleet", "key"), F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_caller_has_one_uri_and_a_server_none),
		TEST(keys_are_for_us_alone),
		TEST(folders_above_are_made_for_us_alone),
		TEST(a_file_in_the_way_of_the_folder_is_said),
		TEST(nothing_is_overwritten),
		TEST(half_a_ca_or_an_open_one_is_refused),
		TEST(no_certificate_outlives_its_ca),
		TEST(a_host_must_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
