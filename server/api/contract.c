#include "server/api/contract.h"

#include <nettle/sha2.h>
#include <pthread.h>
#include <string.h>

#include "proto/descriptors.h"
#include "server/door/status.h"
#include "store/base/hex.h"

static char digest[2 * SHA256_DIGEST_SIZE + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Methods come sorted by path, so the files do in the order of their services' names. */
static void make_digest(void)
{
	const ProtobufCServiceDescriptor *last = NULL;
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	size_t n;
	const struct proto_method *m = proto_methods(&n);

	sha256_init(&sha);
	for (size_t i = 0; i < n; i++) {
		if (m[i].service == last ||
		    strncmp(m[i].service->name, STATUS_DOMAIN ".", strlen(STATUS_DOMAIN ".")) != 0)
			continue;
		last = m[i].service;
		const struct proto_file *f = proto_file_of_symbol(last->name);

		sha256_update(&sha, f->raw.len, f->raw.data);
	}
	sha256_digest(&sha, sizeof(sum), sum);
	hex_put(sum, sizeof(sum), digest);
}

const char *contract_digest(void)
{
	(void)pthread_once(&once, make_digest);
	return digest;
}
