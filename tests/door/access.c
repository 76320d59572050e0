/* AccessService through the gRPC door: identities made, listed and revoked. */
#include <stdlib.h>
#include <string.h>

#include "ghostfleet/v1/access.pb-c.h"
#include "server/api/rows.h"
#include "store/audit.h"
#include "tests/support/door.h"
#include "tests/support/test.h"

#define ACCESS "/ghostfleet.v1.AccessService/"

static int setup(void **state)
{
	struct door_fixture *d = malloc(sizeof(*d));

	door_open(d, access_rows, n_access_rows, (struct grpc_options){ 0 });
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	door_close(*state);
	free(*state);
	return 0;
}

static Ghostfleet__V1__Role viewer[] = { GHOSTFLEET__V1__ROLE__ROLE_VIEWER };
static Ghostfleet__V1__Role loopback[] = { GHOSTFLEET__V1__ROLE__ROLE_LOOPBACK };
static Ghostfleet__V1__Role admin[] = { GHOSTFLEET__V1__ROLE__ROLE_ADMIN };

static void create(struct door_fixture *d, const char *who, const char *name, const char *uri,
		   Ghostfleet__V1__Role *role, const char *id, struct grpc_said *said)
{
	Ghostfleet__V1__CreateIdentityRequest q = GHOSTFLEET__V1__CREATE_IDENTITY_REQUEST__INIT;

	q.name = (char *)name;
	q.certificate_uri = (char *)uri;
	q.roles = role;
	q.n_roles = role ? 1 : 0;
	q.request_id = (char *)id;
	door_ask(d, ACCESS "CreateIdentity", who, &q, said);
}

static void revoke_as(struct door_fixture *d, const char *who, const char *name,
		      struct grpc_said *said)
{
	Ghostfleet__V1__RevokeIdentityRequest q = GHOSTFLEET__V1__REVOKE_IDENTITY_REQUEST__INIT;

	q.name = (char *)name;
	q.reason = (char *)"a test";
	door_ask(d, ACCESS "RevokeIdentity", who, &q, said);
}

static void who_am_i(struct door_fixture *d, const char *token, struct grpc_said *said)
{
	grpc_ask(d->client,
		 &(struct grpc_ask){ .path = ACCESS "WhoAmI", .token = token, .body = "" }, said);
}

static char *token_of_new(struct door_fixture *d, const char *name, Ghostfleet__V1__Role *role)
{
	struct grpc_said said;

	create(d, "admin", name, "", role, "", &said);
	assert_said(&said, 0, NULL, NULL);
	Ghostfleet__V1__CreateIdentityResponse *r =
		said_message(&said, &ghostfleet__v1__create_identity_response__descriptor);
	char *token = strdup(r->token);

	protobuf_c_message_free_unpacked(&r->base, NULL);
	return token;
}

static void a_token_is_made_and_works(void **state)
{
	struct door_fixture *d = *state;
	char *token = token_of_new(d, "identities/ci", viewer);
	struct grpc_said said;

	assert_memory_equal(token, "gf_", 3);
	assert_int_equal(strlen(token), 46);
	who_am_i(d, token, &said);
	assert_said(&said, 0, NULL, NULL);
	Ghostfleet__V1__WhoAmIResponse *r =
		said_message(&said, &ghostfleet__v1__who_am_iresponse__descriptor);

	assert_string_equal(r->actor, "ci");
	assert_string_equal(r->proof, "token");
	assert_int_equal(r->n_roles, 1);
	assert_int_equal(r->roles[0], GHOSTFLEET__V1__ROLE__ROLE_VIEWER);
	protobuf_c_message_free_unpacked(&r->base, NULL);
	free(token);
}

static void a_token_is_told_once(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	create(d, "admin", "ci", "", viewer, "make-ci", &said);
	assert_said(&said, 0, NULL, NULL);
	create(d, "admin", "ci", "", viewer, "make-ci", &said);
	assert_said(&said, 6, "ALREADY_EXISTS", "its answer held a secret");
	assert_false(said.has_reply);
}

static void a_dry_run_makes_no_token(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__CreateIdentityRequest q = GHOSTFLEET__V1__CREATE_IDENTITY_REQUEST__INIT;
	struct grpc_said said;

	q.name = (char *)"ci";
	q.roles = viewer;
	q.n_roles = 1;
	q.validate_only = true;
	door_ask(d, ACCESS "CreateIdentity", "admin", &q, &said);
	assert_said(&said, 0, NULL, NULL);
	Ghostfleet__V1__CreateIdentityResponse *r =
		said_message(&said, &ghostfleet__v1__create_identity_response__descriptor);

	assert_string_equal(r->token, "");
	protobuf_c_message_free_unpacked(&r->base, NULL);
	revoke_as(d, "admin", "ci", &said);
	assert_said(&said, 5, "NOT_FOUND", "'ci'");
}

static void what_is_no_identity_is_refused_by_field(void **state)
{
	struct door_fixture *d = *state;
	static const struct {
		const char *name, *uri;
		Ghostfleet__V1__Role *role;
		const char *word;
	} cases[] = {
		{ "Alice", "", viewer, "name:" },
		{ "-alice", "", viewer, "name:" },
		{ "loopback", "", viewer, "name:" },
		{ "alice", "", NULL, "roles:" },
		{ "alice", "", loopback, "roles:" },
		{ "alice", "alice", viewer, "certificate_uri:" },
		{ "alice", "spiffe://a b", viewer, "certificate_uri:" },
	};
	struct grpc_said said;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		create(d, "admin", cases[i].name, cases[i].uri, cases[i].role, "", &said);
		assert_said(&said, 3, "INVALID_ARGUMENT", cases[i].word);
	}
}

static void a_name_and_a_uri_are_taken_for_good(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	create(d, "admin", "alice", "spiffe://ghost-fleet/alice", viewer, "", &said);
	assert_said(&said, 0, NULL, NULL);
	create(d, "admin", "bob", "spiffe://ghost-fleet/alice", viewer, "", &said);
	assert_said(&said, 6, "ALREADY_EXISTS", "URI");
	revoke_as(d, "admin", "identities/alice", &said);
	assert_said(&said, 0, NULL, NULL);
	create(d, "admin", "alice", "", viewer, "", &said);
	assert_said(&said, 6, "ALREADY_EXISTS", "'alice'");
}

static void only_an_admin_makes_and_revokes(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	create(d, "operator", "mallory", "", admin, "", &said);
	assert_said(&said, 7, "PERMISSION_DENIED", "admin");
	revoke_as(d, "treasurer", "admin", &said);
	assert_said(&said, 7, "PERMISSION_DENIED", "admin");
	door_ask_bytes(d, ACCESS "ListIdentities", "viewer", "", 0, &said);
	assert_said(&said, 7, "PERMISSION_DENIED", "admin or auditor");
}

static void the_last_admin_stays(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	revoke_as(d, "admin", "admin", &said);
	assert_said(&said, 9, "FAILED_PRECONDITION", "the last admin");
	char *token = token_of_new(d, "second", admin);

	revoke_as(d, "admin", "admin", &said);
	assert_said(&said, 0, NULL, NULL);
	/* At once, for the one who did it too. */
	revoke_as(d, "admin", "viewer", &said);
	assert_said(&said, 16, "UNAUTHENTICATED", NULL);
	who_am_i(d, token, &said);
	assert_said(&said, 0, NULL, NULL);
	free(token);
}

static void revoking_twice_changes_nothing(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	for (int i = 0; i < 2; i++) {
		revoke_as(d, "admin", "viewer", &said);
		assert_said(&said, 0, NULL, NULL);
		Ghostfleet__V1__RevokeIdentityResponse *r =
			said_message(&said, &ghostfleet__v1__revoke_identity_response__descriptor);

		assert_int_equal(r->changed, i == 0);
		assert_int_equal(r->identity->state,
				 GHOSTFLEET__V1__IDENTITY_STATE__IDENTITY_STATE_REVOKED);
		protobuf_c_message_free_unpacked(&r->base, NULL);
	}
}

static void the_list_pages_and_hides_the_revoked(void **state)
{
	struct door_fixture *d = *state;
	Ghostfleet__V1__ListIdentitiesRequest q = GHOSTFLEET__V1__LIST_IDENTITIES_REQUEST__INIT;
	struct grpc_said said;
	size_t seen = 0, pages = 0;
	char token[32] = "";

	revoke_as(d, "admin", "viewer", &said);
	q.page_size = 2;
	q.page_token = token;
	do {
		door_ask(d, ACCESS "ListIdentities", "admin", &q, &said);
		assert_said(&said, 0, NULL, NULL);
		Ghostfleet__V1__ListIdentitiesResponse *r =
			said_message(&said, &ghostfleet__v1__list_identities_response__descriptor);

		for (size_t i = 0; i < r->n_identities; i++)
			assert_string_not_equal(r->identities[i]->name, "identities/viewer");
		seen += r->n_identities;
		pages++;
		assert_true(strlen(r->next_page_token) < sizeof(token));
		memcpy(token, r->next_page_token, strlen(r->next_page_token) + 1);
		protobuf_c_message_free_unpacked(&r->base, NULL);
	} while (*token);
	assert_int_equal(seen, 5); /* of door_open's six */
	assert_true(pages >= 3);
}

static void no_token_is_in_the_audit(void **state)
{
	struct door_fixture *d = *state;
	char *token = token_of_new(d, "ci", viewer);
	struct audit_record *list;
	size_t n;

	assert_ok(&d->f, audit_list(fixture_turn(&d->f), 0, 100, &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].actor, "admin");
	assert_string_equal(list[0].action, "identity.added");
	assert_string_equal(list[0].subject, "identities/ci");
	assert_string_equal(list[0].detail, "viewer; token");
	assert_null(strstr(list[0].detail, token));
	free(token);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_made_and_works),
		TEST(a_token_is_told_once),
		TEST(a_dry_run_makes_no_token),
		TEST(what_is_no_identity_is_refused_by_field),
		TEST(a_name_and_a_uri_are_taken_for_good),
		TEST(only_an_admin_makes_and_revokes),
		TEST(the_last_admin_stays),
		TEST(revoking_twice_changes_nothing),
		TEST(the_list_pages_and_hides_the_revoked),
		TEST(no_token_is_in_the_audit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
