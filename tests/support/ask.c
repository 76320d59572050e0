/* tests/support/ask.c - see ask.h. */
#include "tests/support/ask.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "tests/support/stop.h"

enum { ANSWER_S = 30, ANSWER_MAX = 64 * 1024 * 1024 };

struct answer {
	char *p;
	size_t n;
};

static size_t take(char *p, size_t size, size_t n, void *to)
{
	struct answer *said = to;
	size_t more = size * n;

	if (said->n + more > ANSWER_MAX)
		return 0;
	char *grown = realloc(said->p, said->n + more + 1);
	if (!grown)
		return 0;
	said->p = grown;
	memcpy(said->p + said->n, p, more);
	said->n += more;
	said->p[said->n] = '\0';
	return more;
}

json_t *ask_http(const char *url, const char *body)
{
	/* One handle a thread: its connections stay open between requests. */
	static _Thread_local CURL *c;
	struct answer said = { 0 };
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");

	if (!c && !(c = curl_easy_init()))
		stop_test("curl_easy_init failed");
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, url);
	if (body)
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ANSWER_S);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &said);
	CURLcode rc = curl_easy_perform(c);
	curl_slist_free_all(headers);
	if (rc != CURLE_OK)
		stop_test("%s did not answer: %s (asked: %.200s)", url, curl_easy_strerror(rc),
			  body ? body : "");
	json_t *root = json_loads(said.p ? said.p : "", 0, NULL);
	if (!root)
		stop_test("%s answered no JSON: %.200s", url, said.p ? said.p : "");
	free(said.p);
	return root;
}
