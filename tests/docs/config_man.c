/* docs/man/ghost-fleet.toml.5: every setting. */
#include "server/config_read.h"
#include "tests/docs/man.h"
#include "tests/docs/pages.h"

static const char *what_to_write(struct turn *t, const struct setting *s)
{
	struct buf b = buf_in(t->mem, 400);

	if (s->kind == SETTING_CHOICE)
		for (uint64_t c = 0; choice_name(t->mem, s->choices, c); c++)
			buf_printf(&b, "%s\"%s\"", c ? " or " : "",
				   choice_name(t->mem, s->choices, c));
	else
		buf_str(&b, setting_wants(s->kind));
	if (s->hi > 0 &&
	    (s->kind == SETTING_U64 || s->kind == SETTING_SECONDS || s->kind == SETTING_FLOAT))
		buf_printf(&b, ", %.0f to %.0f", s->lo, s->hi);
	return buf_text(&b);
}

static void put(struct turn *t, struct buf *out, const struct setting *s)
{
	man_item(out, s->path);
	man_text(out, turn_printf(t, "%s.", s->help));
	man_text(out, turn_printf(t, "Takes %s%s%s%s%s.", what_to_write(t, s),
				  s->deflt ? "; default " : "", s->deflt ? s->deflt : "",
				  s->flags & SETTING_REQUIRED ? "; required" : "",
				  s->flags & SETTING_SECRET ? "; secret, never shown" : ""));
	if (s->env)
		man_text(out, turn_printf(t, "Environment: %s.", s->env));
}

static void section(struct turn *t, struct buf *out, enum setting_scope scope, const char *title)
{
	man_section(out, title);
	for (size_t i = 0; i < n_settings; i++)
		if (settings[i].scope == scope)
			put(t, out, &settings[i]);
}

void man_config(struct turn *t, struct buf *out)
{
	man_head(out, "ghost-fleet.toml", 5, "the configuration of ghost-fleet");
	man_section(out, "DESCRIPTION");
	man_text(out, "One file in TOML. The environment wins over the file, the file over the "
		      "defaults;\n"
		      "files of --env-file win over the file too, and the environment over them. "
		      "Relative\n"
		      "paths are taken from the file's folder. ghost-fleet validate says every "
		      "problem with\n"
		      "its place; ghost-fleet show --sources says where each value comes from.");
	section(t, out, ROOT, "SETTINGS");
	section(t, out, PROFILE, "A PROFILE: [profiles.NAME]");
	section(t, out, WALLET, "A WALLET: [[wallets]]");
	man_section(out, "SEE ALSO");
	man_text(out, "ghost-fleet(1), ghostctl(1)");
}
