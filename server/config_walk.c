#include <string.h>

#include "server/config_read.h"
#include "server/core/wallet.h"

enum { WALLETS_MAX = 150000, PROFILES_LIMIT = 64, NAME_LONGEST = 40 };

/* One thing that settings belong to: the file as a whole, a profile, a wallet. */
struct instance {
	enum setting_scope scope;
	void *base;
	const char *name;              /* "profiles.degen", "wallets.wallet-001"; "" for ROOT */
	struct config_origin *origins; /* by setting; where each was found */
	struct config_origin at;       /* where the thing itself begins */
};

static const char *key_text(struct reader *r, const struct instance *in, const char *path)
{
	return *in->name ? note(r, "%s.%s", in->name, path) : path;
}

static void set_defaults(struct reader *r, struct instance *in)
{
	for (size_t i = 0; i < n_settings; i++) {
		struct given g = { .setting = &settings[i], .text = settings[i].deflt };

		if (settings[i].scope != in->scope || !g.text)
			continue;
		g.key = settings[i].path;
		if (!value_set(r, in->base, &g))
			log_broken(r->t, "the default of %s is not a value", g.key);
	}
}

/* What could stand in a section, when nothing near what was typed does. */
static const char *section_keys(struct reader *r, enum setting_scope scope, const char *section)
{
	struct buf b = buf_in(r->mem, 1024);
	size_t n = strlen(section);

	for (size_t i = 0; i < n_settings; i++) {
		const char *path = settings[i].path;

		if (settings[i].scope != scope || (settings[i].flags & SETTING_NO_EFFECT))
			continue;
		if (n > 0 && (strncmp(path, section, n) != 0 || path[n] != '.'))
			continue;
		path += n > 0 ? n + 1 : 0;
		if (!strchr(path, '.'))
			buf_printf(&b, "%s%s", b.n ? ", " : "known here: ", path);
	}
	return b.n ? buf_text(&b) : NULL;
}

static void unknown(struct reader *r, const struct instance *in, const char *section,
		    const char *path, const struct toml_node *node)
{
	bool table = node->kind == KIND_TABLE ||
		     (node->kind == KIND_ARRAY && node->first && node->first->kind == KIND_TABLE);
	const char *meant =
		table && in->scope == ROOT ? setting_suggest_section(r->scratch, path) : NULL;
	const char *help;

	if (!meant)
		meant = setting_suggest(in->scope, path);
	if (meant)
		help = note(r, "did you mean %s?", key_text(r, in, meant));
	else
		help = section_keys(r, in->scope, section);
	problem(r, PROBLEM_ERROR, file_place(r, node->key_at), key_text(r, in, path), help,
		"is no %s we know", table ? "section" : "setting");
}

static void found(struct reader *r, struct instance *in, const struct setting *s,
		  const struct toml_node *node)
{
	struct given g = { .setting = s,
			   .node = node,
			   .at = file_place(r, node->at),
			   .key = key_text(r, in, s->path) };

	in->origins[s - settings] = g.at;
	if (!value_set(r, in->base, &g) || !(s->flags & SETTING_NO_EFFECT))
		return;
	if (r->n_no_effect++ == 0) {
		r->no_effect_first = g.key;
		r->no_effect_at = file_place(r, node->key_at);
	}
}

/* The members of one table; sections inside it in turn. Depth is that of the known sections. */
static void walk(struct reader *r, struct instance *in, const char *section,
		 const struct toml_node *table)
{
	for (const struct toml_node *m = table->first; m; m = m->next) {
		const char *path = *section ? note(r, "%s.%s", section, m->key) : m->key;
		const struct setting *s = setting_find(in->scope, path);

		if (in->scope == ROOT && !*section &&
		    (strcmp(path, "wallets") == 0 || strcmp(path, "profiles") == 0))
			continue;
		if (s)
			found(r, in, s, m);
		else if (setting_is_section(in->scope, path) && m->kind == KIND_TABLE)
			walk(r, in, path, m);
		else if (setting_is_section(in->scope, path))
			problem(r, PROBLEM_ERROR, file_place(r, m->at), key_text(r, in, path),
				note(r, "write [%s] and its settings below it",
				     key_text(r, in, path)),
				"is a section");
		else
			unknown(r, in, section, path, m);
	}
}

/* Where a missing setting would stand: the thing itself, or the section of the file. */
static struct config_origin missing_at(struct reader *r, const struct instance *in,
				       const char *path)
{
	const struct toml_node *section =
		toml_member(r->root, note(r, "%.*s", (int)strcspn(path, "."), path));

	return in->scope == ROOT && section ? file_place(r, section->at) : in->at;
}

static void check_required(struct reader *r, const struct instance *in)
{
	for (size_t i = 0; i < n_settings; i++) {
		const struct setting *s = &settings[i];

		if (s->scope == in->scope && (s->flags & SETTING_REQUIRED) &&
		    in->origins[i].from == FROM_DEFAULT)
			problem(r, PROBLEM_ERROR, missing_at(r, in, s->path),
				key_text(r, in, s->path),
				note(r, "write %s%s%s", setting_wants(s->kind),
				     s->env ? ", or set " : "", s->env ? s->env : ""),
				"is missing");
	}
}

/* As the store takes names. */
static bool name_fits(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= NAME_LONGEST &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

static void walk_profiles(struct reader *r, const struct toml_node *profiles)
{
	struct config *c = r->c;
	size_t i = 0;

	if (!profiles)
		return;
	if (profiles->kind != KIND_TABLE || profiles->n > PROFILES_LIMIT) {
		problem(r, PROBLEM_ERROR, file_place(r, profiles->at), "profiles",
			"write [profiles.NAME] for each profile; 64 are the most",
			"is no table of profiles");
		return;
	}
	c->profiles = arena_alloc(r->mem, (profiles->n + 1) * sizeof(*c->profiles));
	r->profile_origins = arena_alloc(r->scratch, (profiles->n + 1) * n_settings *
							     sizeof(*r->profile_origins));
	r->profile_at = arena_alloc(r->scratch, (profiles->n + 1) * sizeof(*r->profile_at));
	for (const struct toml_node *m = profiles->first; m; m = m->next) {
		struct instance in = { .scope = PROFILE,
				       .base = &c->profiles[i],
				       .name = note(r, "profiles.%s", m->key),
				       .origins = r->profile_origins + i * n_settings,
				       .at = file_place(r, m->key_at) };

		if (m->kind != KIND_TABLE || !name_fits(m->key)) {
			problem(r, PROBLEM_ERROR, in.at, in.name,
				"write [profiles.NAME]: small letters, digits, - and _, at most 40",
				m->kind == KIND_TABLE ? "is no name for a profile" : "is no table");
			continue;
		}
		c->profiles[i].name = say(r, "%s", m->key);
		r->profile_at[i] = in.at;
		set_defaults(r, &in);
		walk(r, &in, "", m);
		check_required(r, &in);
		i++;
	}
	c->n_profiles = i;
}

/* By its id where that can be read, else by its number. */
static const char *wallet_name(struct reader *r, const struct toml_node *w, size_t number)
{
	const struct toml_node *id = toml_member(w, "id");

	if (id && id->kind == KIND_TEXT && wallet_name_ok(id->text))
		return note(r, "wallets.%s", id->text);
	return note(r, "wallets[%zu]", number);
}

static void walk_wallets(struct reader *r, const struct toml_node *wallets)
{
	struct config *c = r->c;
	struct config_origin *origins;
	size_t number = 0;

	if (!wallets)
		return;
	if (wallets->kind != KIND_ARRAY || wallets->n > WALLETS_MAX) {
		problem(r, PROBLEM_ERROR, file_place(r, wallets->at), "wallets",
			"write [[wallets]], with two brackets, before each wallet; 150000 are the "
			"most",
			"is no list of wallets");
		return;
	}
	c->wallets = arena_alloc(r->mem, (wallets->n + 1) * sizeof(*c->wallets));
	r->wallet_nodes = arena_alloc(r->scratch, (wallets->n + 1) * sizeof(*r->wallet_nodes));
	origins = arena_alloc(r->scratch, n_settings * sizeof(*origins));
	for (const struct toml_node *m = wallets->first; m; m = m->next, number++) {
		struct instance in = { .scope = WALLET,
				       .base = &c->wallets[c->n_wallets],
				       .name = wallet_name(r, m, number),
				       .origins = origins,
				       .at = file_place(r, m->at) };

		if (m->kind != KIND_TABLE) {
			problem(r, PROBLEM_ERROR, in.at, in.name, "write [[wallets]] before it",
				"is no table");
			continue;
		}
		memset(origins, 0, n_settings * sizeof(*origins));
		c->wallets[c->n_wallets].line = in.at.line;
		r->wallet_nodes[c->n_wallets] = m;
		set_defaults(r, &in);
		walk(r, &in, "", m);
		check_required(r, &in);
		c->n_wallets++;
	}
}

void config_walk(struct reader *r)
{
	struct instance in = { .scope = ROOT, .base = r->c, .name = "", .origins = r->origins };

	if (r->root)
		walk(r, &in, "", r->root);
	env_apply(r);
	if (r->root) {
		walk_profiles(r, toml_member(r->root, "profiles"));
		walk_wallets(r, toml_member(r->root, "wallets"));
	}
	check_required(r, &in);
}

void config_defaults(struct reader *r)
{
	struct instance in = { .scope = ROOT, .base = r->c, .name = "" };

	set_defaults(r, &in);
}
