/* TLS under the gRPC door. C-core asks for the certificate at every handshake, so that a new pair
 * needs no new port: the connections that are there keep the one they began with. */
#include <string.h>

#include "server/door/grpc_inside.h"

static grpc_ssl_certificate_config_reload_status pair_wanted(
	void *door, grpc_ssl_server_certificate_config **out)
{
	struct grpc_door *d = door;
	struct tls_pair *p = tls_hold(d->tls);
	bool known = atomic_exchange(&d->tls_pair, p->number) == p->number;

	if (!known) {
		grpc_ssl_pem_key_cert_pair pair = { p->key, p->cert };

		/* Debian's C-core aborts without roots, also where it asks callers for nothing and
		 * so never looks at them. */
		*out = grpc_ssl_server_certificate_config_create(p->ca ? p->ca : p->cert, &pair, 1);
	}
	tls_let_go(p);
	return known ? GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED
		     : GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

grpc_server_credentials *door_credentials(struct grpc_door *d)
{
	static const grpc_ssl_client_certificate_request_type request[] = {
		[TLS_CLIENT_NONE] = GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
		[TLS_CLIENT_OPTIONAL] = GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY,
		[TLS_CLIENT_REQUIRED] = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY,
	};

	if (!d->tls)
		return grpc_insecure_server_credentials_create();
	struct tls_pair *p = tls_hold(d->tls);
	enum tls_client client = p->client;

	tls_let_go(p);
	d->asks_certificate = client != TLS_CLIENT_NONE;
	return grpc_ssl_server_credentials_create_with_options(
		grpc_ssl_server_credentials_create_options_using_config_fetcher(request[client],
										pair_wanted, d));
}

struct caller_cert caller_certificate(const struct call *c)
{
	struct caller_cert cc = { 0 };

	if (!c->door->asks_certificate)
		return cc;
	cc.context = grpc_call_auth_context(c->rpc);
	grpc_auth_property_iterator it = grpc_auth_context_find_properties_by_name(
		cc.context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
	const grpc_auth_property *pem = grpc_auth_property_iterator_next(&it);

	if (pem)
		cc.pem = (struct bytes){ (const uint8_t *)pem->value, pem->value_length };
	return cc;
}

void caller_let_go(struct caller_cert *cc)
{
	if (cc->context)
		grpc_auth_context_release(cc->context);
	*cc = (struct caller_cert){ 0 };
}
