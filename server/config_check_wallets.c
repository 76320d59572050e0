#include <stdlib.h>
#include <string.h>

#include "server/config_read.h"
#include "server/core/wallet.h"
#include "server/eth/addr.h"
#include "server/eth/key.h"

/* The accounts of "test test test test test test test test test test test junk", which anvil,
 * hardhat and everybody else can spend from. */
static const char *const public_accounts[] = {
	"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
	"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
	"0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
	"0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
	"0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
};

bool config_public_account(struct eth_addr a)
{
	for (size_t i = 0; i < sizeof(public_accounts) / sizeof(public_accounts[0]); i++) {
		struct eth_addr known;
		const char *why;

		if (addr_parse(public_accounts[i], &known, &why) && addr_eq(known, a))
			return true;
	}
	return false;
}

/* The place of a wallet's setting; of the wallet where it has none. */
static struct config_origin place(const struct reader *r, size_t i, const char *key)
{
	const struct toml_node *m = toml_member(r->wallet_nodes[i], key);

	return file_place(r, m ? m->at : r->wallet_nodes[i]->at);
}

static const char *name_of(struct reader *r, size_t i, const char *key)
{
	const char *id = r->c->wallets[i].id;

	return id ? note(r, "wallets.%s.%s", id, key) : note(r, "wallets[%zu].%s", i, key);
}

/* "wallet-012" is 12 after "wallet-". */
static size_t stem_of(const char *id)
{
	size_t n = strlen(id);

	while (n > 0 && id[n - 1] >= '0' && id[n - 1] <= '9')
		n--;
	return n;
}

static unsigned long number_of(const char *id)
{
	return strtoul(id + stem_of(id), NULL, 10);
}

/* The highest id with the stem of `id`: new ones go on from there. */
static const char *highest_like(const struct config *c, const char *id)
{
	size_t n = stem_of(id);
	const char *highest = id;

	for (size_t i = 0; i < c->n_wallets; i++) {
		const char *other = c->wallets[i].id;

		if (other && stem_of(other) == n && strncmp(other, id, n) == 0 &&
		    number_of(other) > number_of(highest))
			highest = other;
	}
	return highest;
}

static int by_id(const void *a, const void *b)
{
	const struct config_wallet *x = *(const struct config_wallet *const *)a,
				   *y = *(const struct config_wallet *const *)b;
	int id = strcmp(x->id, y->id);

	return id ? id : x < y ? -1 : 1;
}

static int by_address(const void *a, const void *b)
{
	const struct config_wallet *x = *(const struct config_wallet *const *)a,
				   *y = *(const struct config_wallet *const *)b;
	int address = memcmp(&x->address, &y->address, sizeof(x->address));

	return address ? address : x < y ? -1 : 1;
}

static void check_ids(struct reader *r, const struct config_wallet **sorted)
{
	struct config *c = r->c;
	const char *highest = NULL;
	unsigned long next = 0;
	size_t n = 0;

	for (size_t i = 0; i < c->n_wallets; i++)
		if (c->wallets[i].id)
			sorted[n++] = &c->wallets[i];
	qsort(sorted, n, sizeof(*sorted), by_id);
	for (size_t i = 1; i < n; i++) {
		const struct config_wallet *w = sorted[i], *first = sorted[i - 1];
		size_t at = (size_t)(w - c->wallets);

		if (strcmp(w->id, first->id) != 0)
			continue;
		if (r->problems->n == CONFIG_PROBLEMS_MAX) {
			r->problems->errors++;
			continue;
		}
		/* Ids that collide come in runs of one stem: the highest is looked for once a
		 * run. */
		if (!highest || stem_of(highest) != stem_of(w->id) ||
		    strncmp(highest, w->id, stem_of(w->id)) != 0) {
			highest = highest_like(c, w->id);
			next = number_of(highest);
		}
		next++;
		problem(r, PROBLEM_ERROR, place(r, at, "id"), name_of(r, at, "id"),
			note(r, "write \"%.*s%03lu\": ids go on from the highest, which is %s",
			     (int)stem_of(w->id), w->id, next, highest),
			"%s is defined twice, lines %u and %u", w->id, first->line, w->line);
	}
}

static void check_addresses(struct reader *r, const struct config_wallet **sorted)
{
	struct config *c = r->c;
	struct eth_addr none = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < c->n_wallets; i++)
		if (!addr_eq(c->wallets[i].address, none))
			sorted[n++] = &c->wallets[i];
	qsort(sorted, n, sizeof(*sorted), by_address);
	for (size_t i = 1; i < n; i++) {
		const struct config_wallet *w = sorted[i], *first = sorted[i - 1];
		size_t at = (size_t)(w - c->wallets);

		if (addr_eq(w->address, first->address))
			problem(r, PROBLEM_ERROR, place(r, at, "address"),
				name_of(r, at, "address"), "remove one of the two",
				"is the address of wallet %s in line %u as well",
				first->id ? first->id : "without id", first->line);
	}
}

/* An account whose key everybody knows, on a chain that is not only ours. */
static void check_public(struct reader *r, struct eth_addr a, struct config_origin at,
			 const char *key)
{
	if (r->c->chain.id && !config_local_chain(r->c->chain.id) && config_public_account(a))
		problem(r, PROBLEM_ERROR, at, key,
			"make a key of your own; this one is for anvil (31337) only",
			"is a public development account: everybody has its key");
}

static void check_id(struct reader *r, size_t i)
{
	const char *id = r->c->wallets[i].id;

	if (id && strcmp(id, FUNDER_NAME) == 0)
		problem(r, PROBLEM_ERROR, place(r, i, "id"), name_of(r, i, "id"),
			"give it another id", "is the name of the wallet that pays");
	else if (id && !wallet_name_ok(id))
		problem(r, PROBLEM_ERROR, place(r, i, "id"), note(r, "wallets[%zu].id", i),
			"write small letters, digits and -, a letter first, at most 40",
			"is \"%.60s\", which is no name for a wallet", id);
}

static void check_key(struct reader *r, size_t i)
{
	const struct config_wallet *w = &r->c->wallets[i];
	struct eth_addr owner, none = { 0 };
	char text[ADDR_TEXT];

	if (w->private_key.given && w->keyfile)
		problem(r, PROBLEM_ERROR, place(r, i, "keyfile"), name_of(r, i, "keyfile"),
			"keep one of them", "stands beside private_key");
	config_check_key_file(r, w->keyfile, place(r, i, "keyfile"), name_of(r, i, "keyfile"));
	if (!addr_eq(w->address, none))
		check_public(r, w->address, place(r, i, "address"), name_of(r, i, "address"));
	if (!w->private_key.given || addr_eq(w->address, none))
		return;
	key_address(&w->private_key.key, &owner);
	if (addr_eq(owner, w->address))
		return;
	addr_text(&owner, text);
	problem(r, PROBLEM_ERROR, place(r, i, "private_key"), name_of(r, i, "private_key"),
		note(r, "write address = \"%s\", or the key that belongs to the address", text),
		"belongs to another address");
}

static void check_profile(struct reader *r, size_t i)
{
	const struct config *c = r->c;
	const char *name = c->wallets[i].profile;

	if (!name || config_profile(c, name))
		return;
	for (size_t p = 0; p < c->n_profiles; p++)
		if (word_near(name, c->profiles[p].name)) {
			problem(r, PROBLEM_ERROR, place(r, i, "profile"), name_of(r, i, "profile"),
				note(r, "did you mean \"%s\"?", c->profiles[p].name),
				"is \"%s\", which there is not", name);
			return;
		}
	problem(r, PROBLEM_ERROR, place(r, i, "profile"), name_of(r, i, "profile"),
		note(r, "write a section [profiles.%s], or name one there is", name),
		"is \"%s\", which there is not", name);
}

/* Where money is brought home to must not be what it is brought home from. */
static void check_safe(struct reader *r, struct eth_addr a, const char *whose)
{
	const struct config_addrs *safe = &r->c->chain.safe_list;

	for (size_t i = 0; i < safe->n; i++)
		if (addr_eq(safe->v[i], a))
			problem(r, PROBLEM_ERROR,
				r->origins[setting_find(ROOT, "chain.safe_list") - settings],
				note(r, "chain.safe_list[%zu]", i),
				"write an address whose key is not on this machine",
				"is the address of %s", whose);
}

static void check_funder(struct reader *r)
{
	const struct config *c = r->c;
	struct config_origin at = r->origins[setting_find(ROOT, "funding.key_file") - settings];
	struct eth_addr owner;

	if (!c->funding.key.key.given)
		return;
	key_address(&c->funding.key.key.key, &owner);
	check_public(r, owner, at, "funding.key_file");
	check_safe(r, owner, "the funder");
	for (size_t i = 0; i < c->n_wallets; i++)
		if (addr_eq(c->wallets[i].address, owner))
			problem(r, PROBLEM_ERROR, place(r, i, "address"), name_of(r, i, "address"),
				"give the funder a key of its own", "is the funder's");
}

static void check_safe_list(struct reader *r)
{
	const struct config_addrs *safe = &r->c->chain.safe_list;

	for (size_t i = 0; i < safe->n; i++) {
		struct config_origin at =
			r->origins[setting_find(ROOT, "chain.safe_list") - settings];
		const char *key = note(r, "chain.safe_list[%zu]", i);

		check_public(r, safe->v[i], at, key);
		for (size_t j = 0; j < i; j++)
			if (addr_eq(safe->v[i], safe->v[j]))
				problem(r, PROBLEM_ERROR, at, key, "remove one of the two",
					"stands in the list twice");
	}
}

void config_check_wallets(struct reader *r)
{
	struct config *c = r->c;
	const struct config_wallet **sorted =
		arena_alloc(r->scratch, (c->n_wallets + 1) * sizeof(const struct config_wallet *));

	check_ids(r, sorted);
	check_addresses(r, sorted);
	for (size_t i = 0; i < c->n_wallets; i++) {
		check_id(r, i);
		check_key(r, i);
		check_profile(r, i);
		check_safe(r, c->wallets[i].address,
			   c->wallets[i].id ? note(r, "wallet %s", c->wallets[i].id) : "a wallet");
	}
	check_funder(r);
	check_safe_list(r);
}
