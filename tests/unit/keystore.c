/* Key files of version 3: the published vectors, and hostile or damaged files. */
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/key.h"
#include "server/eth/keystore.h"
#include "store/base/hex.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

#define FILE_OF(kdf, params, iv, text, mac)                                                        \
	"{\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"" iv                   \
	"\"},\"ciphertext\":\"" text "\",\"kdf\":\"" kdf "\",\"kdfparams\":{\"dklen\":32," params  \
	"},\"mac\":\"" mac "\"},\"id\":\"3198bc9c-6672-5ab3-d995-4942343ae5b6\",\"version\":3}"

#define OFFICIAL "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
#define IV       "83dbcc02d8ccb40e466191a123791e0e"
#define TEXT     "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c"
#define SALT     "\"salt\":\"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19\""
#define MAC      "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"
#define SCRYPT   "\"n\":262144,\"r\":1,\"p\":8," SALT

/* The specification's two, and keys of 31 and 30 bytes that old programs wrote. */
static const struct {
	const char *json, *passphrase, *key;
} vectors[] = {
	{ FILE_OF("scrypt", SCRYPT, IV, TEXT, MAC), "testpassword", OFFICIAL },
	{ FILE_OF("pbkdf2",
		  "\"c\":262144,\"prf\":\"hmac-sha256\",\"salt\":"
		  "\"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd\"",
		  "6087dab2f9fdbbfaddc31a909735c1e6",
		  "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
		  "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"),
	  "testpassword", OFFICIAL },
	{ FILE_OF("scrypt",
		  "\"n\":2,\"r\":8,\"p\":1,\"salt\":"
		  "\"711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63\"",
		  "e0c41130a323adc1446fc82f724bca2f",
		  "9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984",
		  "d5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5"),
	  "foo", "00fa7b3db73dc7dfdf8c5fbdb796d741e4488628c41fc4febd9160a866ba0f35" },
	{ FILE_OF("scrypt",
		  "\"n\":2,\"r\":8,\"p\":1,\"salt\":"
		  "\"d0769e608fb86cda848065642a9c6fa046845c928175662b8e356c77f914cd3b\"",
		  "3ca92af36ad7c2cd92454c59cea5ef00",
		  "108b7d34f3442fc26ab1ab90ca91476ba6bfa8c00975a49ef9051dc675aa",
		  "75d0e6759f7b3cefa319c3be41680ab6beea7d8328653474bd06706d4cc67420"),
	  "foo", "000081c29e8142bb6a81bef5a92bda7a8328a5c85bb2f9542e76f9b0f94fc018" },
};

static struct bytes text(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

static void published_files_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *pass = vectors[i].passphrase;
		struct secret key;
		struct eth_addr addr, expected;
		char hex[65];

		assert_int_equal(
			keystore_read(&t, text(vectors[i].json), pass, strlen(pass), &key, &addr),
			OK);
		hex_put(key.b, 32, hex);
		assert_string_equal(hex, vectors[i].key);
		key_address(&key, &expected);
		assert_true(addr_eq(addr, expected));
	}
}

static void what_is_written_is_read(void **state)
{
	const struct keyring_cost cheap = { 4, 8, 1 };
	struct secret key, back;
	struct eth_addr addr, owner;
	const char *json;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		key_random(&t, &key);
		key_address(&key, &owner);
		assert_int_equal(keystore_write(&t, &key, cheap, "p\xc3\xa4ss", 5, &json), OK);
		assert_int_equal(keystore_read(&t, text(json), "p\xc3\xa4ss", 5, &back, &addr), OK);
		assert_memory_equal(back.b, key.b, 32);
		assert_true(addr_eq(addr, owner));
		assert_non_null(strstr(json, hex_of(&t, owner.b, 20) + 2));
	}
	assert_int_equal(keystore_write(&t, &key, KEYSTORE_LIGHT, "p", 1, &json), OK);
	assert_non_null(strstr(json, "\"n\":4096,\"r\":8,\"p\":6"));
	assert_int_equal(keystore_write(&t, &key, cheap, "", 0, &json), ERR_INVALID);
	assert_non_null(strstr(t.why, "empty"));
	assert_int_equal(keystore_write(&t, &key, (struct keyring_cost){ 30, 8, 1 }, "p", 1, &json),
			 ERR_INVALID);
	assert_non_null(strstr(t.why, "out of range"));
}

static void refuses(const char *json, enum reason reason, const char *word)
{
	struct secret key = { { 1 } };
	struct eth_addr addr;

	assert_int_equal(keystore_read(&t, text(json), "testpassword", 12, &key, &addr),
			 reason_err(reason));
	assert_int_equal(t.reason, reason);
	if (!strstr(t.why, word))
		fail_msg("\"%s\" lacks \"%s\"\n", t.why, word);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(key.b[i], 0);
}

#define CHEAP "\"n\":2,\"r\":8,\"p\":1," SALT

static void a_wrong_passphrase_or_changed_file_does_not_open(void **state)
{
	(void)state;
	refuses(FILE_OF("scrypt", CHEAP, IV, TEXT, MAC), REASON_WRONG_PASSPHRASE, "does not open");
}

static void hostile_costs_are_not_tried(void **state)
{
	static const char *const params[] = {
		"\"n\":524288,\"r\":8,\"p\":1," SALT,
		"\"n\":262144,\"r\":8,\"p\":2," SALT,
		"\"n\":262144,\"r\":255,\"p\":255," SALT,
		"\"n\":1,\"r\":8,\"p\":1," SALT,
		"\"n\":262144,\"r\":0,\"p\":8," SALT,
		"\"n\":262144,\"r\":-1,\"p\":8," SALT,
		"\"n\":4294967296,\"r\":1,\"p\":1," SALT,
		"\"n\":9223372036854775807,\"r\":1,\"p\":1," SALT,
		"\"n\":262144,\"r\":257,\"p\":1," SALT,
		"\"n\":\"262144\",\"r\":1,\"p\":8," SALT,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
		refuses(turn_printf(&t, FILE_OF("scrypt", "%s", IV, TEXT, MAC), params[i]),
			REASON_INVALID_ARGUMENT, "256 MiB");
	refuses(FILE_OF("scrypt", "\"n\":3,\"r\":8,\"p\":1," SALT, IV, TEXT, MAC),
		REASON_INVALID_ARGUMENT, "power of two");
	refuses(FILE_OF("pbkdf2", "\"c\":10000001,\"prf\":\"hmac-sha256\"," SALT, IV, TEXT, MAC),
		REASON_INVALID_ARGUMENT, "above 10000000");
	refuses(FILE_OF("pbkdf2", "\"c\":1,\"prf\":\"hmac-sha1\"," SALT, IV, TEXT, MAC),
		REASON_INVALID_ARGUMENT, "hmac-sha256");
}

static void malformed_files_are_refused_without_repeating_them(void **state)
{
	(void)state;
	refuses("", REASON_INVALID_ARGUMENT, "not JSON, line 1");
	refuses("0x4c0883a69102937d6231471b5dbb6204fe512961708279f8b0b0b0b0b0b0b0b0",
		REASON_INVALID_ARGUMENT, "not JSON");
	assert_null(strstr(t.why, "4c0883a6"));
	refuses("{}", REASON_INVALID_ARGUMENT, "version 3");
	refuses("[3]", REASON_INVALID_ARGUMENT, "version 3");
	refuses("{\"version\":3,\"version\":3}", REASON_INVALID_ARGUMENT, "not JSON");
	refuses("{\"version\":1,\"crypto\":{}}", REASON_INVALID_ARGUMENT, "version 3");
	refuses("{\"version\":3,\"crypto\":{}}", REASON_INVALID_ARGUMENT, "cipher");
	refuses(FILE_OF("bcrypt", SCRYPT, IV, TEXT, MAC), REASON_INVALID_ARGUMENT,
		"neither scrypt");
	refuses(FILE_OF("scrypt", SCRYPT, "83db", TEXT, MAC), REASON_INVALID_ARGUMENT, "16 bytes");
	refuses(FILE_OF("scrypt", SCRYPT, IV, TEXT "00", MAC), REASON_INVALID_ARGUMENT,
		"at most 32 bytes");
	refuses(FILE_OF("scrypt", SCRYPT, IV, "", MAC), REASON_INVALID_ARGUMENT, "ciphertext");
	refuses(FILE_OF("scrypt", SCRYPT, IV, TEXT, "zz"), REASON_INVALID_ARGUMENT, "mac");
	refuses(FILE_OF("scrypt", "\"n\":2,\"r\":8,\"p\":1,\"salt\":1", IV, TEXT, MAC),
		REASON_INVALID_ARGUMENT, "salt");
}

static void an_address_of_another_key_is_refused(void **state)
{
	struct secret key = { { [31] = 1 } };
	const char *json;

	(void)state;
	assert_int_equal(keystore_write(&t, &key, (struct keyring_cost){ 4, 1, 1 }, "testpassword",
					12, &json),
			 OK);
	char *changed = turn_strdup(&t, json), *at = strstr(changed, "7e5f4552");

	assert_non_null(at);
	*at = '6';
	refuses(changed, REASON_ADDRESS_MISMATCH,
		"holds the key of 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(published_files_open, fresh, done),
		cmocka_unit_test_setup_teardown(what_is_written_is_read, fresh, done),
		cmocka_unit_test_setup_teardown(a_wrong_passphrase_or_changed_file_does_not_open,
						fresh, done),
		cmocka_unit_test_setup_teardown(hostile_costs_are_not_tried, fresh, done),
		cmocka_unit_test_setup_teardown(malformed_files_are_refused_without_repeating_them,
						fresh, done),
		cmocka_unit_test_setup_teardown(an_address_of_another_key_is_refused, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
