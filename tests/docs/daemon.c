/* docs/man/ghost-fleet.1: the daemon's commands and options. */
#include "server/usage.h"
#include "tests/docs/man.h"
#include "tests/docs/pages.h"

static void put_options(struct turn *t, struct buf *out, const struct usage *u)
{
	for (size_t i = 0; i < u->n_options; i++) {
		const struct usage_option *o = &u->options[i];

		man_item(out, turn_printf(t, "%s--%s%s%s",
					  o->letter ? turn_printf(t, "-%c, ", o->letter) : "",
					  o->name, o->value ? " " : "", o->value ? o->value : ""));
		man_text(out, turn_printf(t, "%s%s%s", o->of, *o->of ? ": " : "", o->text));
	}
}

void man_ghost_fleet(struct turn *t, struct buf *out)
{
	man_head(out, "ghost-fleet", 1,
		 "a fleet of wallets and validators behind one control plane");
	man_section(out, "SYNOPSIS");
	man_text(out, "ghost-fleet --config FILE [COMMAND] [OPTION...]");
	man_section(out, "DESCRIPTION");
	man_text(out, "The daemon: it keeps the wallets' keys sealed, plans and sends what people "
		      "order with\n"
		      "ghostctl(1), lets wallets act, watches them, and brings everything home. "
		      "SIGTERM ends\n"
		      "it after what it is doing. It may be killed at any moment: it goes on where "
		      "it was.");
	man_section(out, "COMMANDS");
	for (size_t i = 0; i < n_usage_commands; i++) {
		const struct usage_command *c = &usage_commands[i];

		man_item(out, turn_printf(t, "%s%s%s", c->name, *c->words ? " " : "", c->words));
		man_text(out, turn_printf(t, "%s.", c->purpose));
		man_example(out, c->example);
	}
	man_section(out, "OPTIONS");
	put_options(t, out, &usage_server);
	man_section(out, "OPTIONS OF KIT AND RESCUE");
	put_options(t, out, &usage_kit);
	man_section(out, "EXIT STATUS");
	man_text(out, "0 done, 1 failed or not usable, 2 usage, 3 not reached, 4 not healthy; of\n"
		      "rescue: 5 something is left.");
	man_section(out, "FILES");
	man_item(out, "data/ghost-fleet.db");
	man_text(
		out,
		"the store, where the configuration does not name another; beside it admin.token,\n"
		"made at the first start, the reserve and the pause latch");
	man_section(out, "SEE ALSO");
	man_text(out, "ghostctl(1), ghost-fleet.toml(5)");
}
