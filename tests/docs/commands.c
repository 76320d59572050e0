/* docs/reference/commands.md and docs/man/ghostctl.1: the client's commands. */
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "tests/docs/man.h"
#include "tests/docs/pages.h"
#include "tests/support/page.h"

static const char *name_of(struct turn *t, const struct command *c)
{
	return c->verb ? turn_printf(t, "%s %s", c->noun, c->verb) : c->noun;
}

static void anchor(struct buf *out, const char *name)
{
	buf_str(out, "ghostctl-");
	for (const char *s = name; *s; s++)
		buf_char(out, *s == ' ' ? '-' : *s);
}

/* "-y, `--yes`" */
static void put_option(struct buf *out, enum opt_id id)
{
	const struct option_row *o = &option_table[id];

	buf_str(out, "| ");
	if (o->letter)
		buf_printf(out, "`-%c`, ", o->letter);
	buf_printf(out, "`--%s%s%s` | ", o->name, o->value ? " " : "", o->value ? o->value : "");
	page_cell(out, o->text);
	buf_str(out, " |\n");
}

static void put_options(struct buf *out, option_set set)
{
	buf_str(out, "| option | |\n|---|---|\n");
	for (int i = 0; i < OPTIONS; i++)
		if (set & OPTION_BIT(i))
			put_option(out, (enum opt_id)i);
	buf_char(out, '\n');
}

static option_set common(void)
{
	return OPTION_BIT(OPT_FIRST_OWN) - 1;
}

static void put_command(struct turn *t, struct buf *out, const struct command *c)
{
	buf_printf(out, "### ghostctl %s\n\n`ghostctl %s%s%s%s`: %s.\n\n", name_of(t, c),
		   name_of(t, c), *c->args ? " " : "", c->args, c->options ? " [options]" : "",
		   c->purpose);
	if (c->more)
		buf_printf(out, "%s\n\n", c->more);
	buf_printf(out, "    %s\n\n", c->example);
	if (c->options)
		put_options(out, c->options);
}

void page_commands(struct turn *t, struct buf *out)
{
	buf_str(out, "# Commands of ghostctl\n"
		     "\n"
		     "`ghostctl <noun> <verb> [arguments] [options]`; options may stand anywhere. "
		     "`ghostctl help\n"
		     "COMMAND` says what stands here. Anything that spends shows its plan and "
		     "asks, unless `--yes`.\n"
		     "On a terminal it prints tables, with `-o json` and `-o jsonl` the server's "
		     "own messages, for\n"
		     "programs. Secrets are never arguments. What each exit code means: "
		     "[errors.md](errors.md).\n"
		     "\n"
		     "Made from `client/commands.c` and `client/args.h`; a test compares. The same "
		     "as manual pages:\n"
		     "`docs/man`. Shell completion: `ghostctl completion bash`, `zsh` or `fish`.\n"
		     "\n"
		     "| command | |\n|---|---|\n");
	for (size_t i = 0; i < n_commands; i++) {
		buf_printf(out, "| [`%s%s%s`](#", name_of(t, &commands[i]),
			   *commands[i].args ? " " : "", commands[i].args);
		anchor(out, name_of(t, &commands[i]));
		buf_str(out, ") | ");
		page_cell(out, commands[i].purpose);
		buf_str(out, " |\n");
	}
	buf_str(out, "\n## With every command\n\n");
	put_options(out, common());
	buf_str(out, "## One by one\n\n");
	for (size_t i = 0; i < n_commands; i++)
		put_command(t, out, &commands[i]);
}

static void man_option(struct turn *t, struct buf *out, enum opt_id id)
{
	const struct option_row *o = &option_table[id];

	man_item(out,
		 turn_printf(t, "%s--%s%s%s", o->letter ? turn_printf(t, "-%c, ", o->letter) : "",
			     o->name, o->value ? " " : "", o->value ? o->value : ""));
	man_text(out, o->text);
}

static void man_command(struct turn *t, struct buf *out, const struct command *c)
{
	man_item(out, turn_printf(t, "%s%s%s", name_of(t, c), *c->args ? " " : "", c->args));
	man_text(out, turn_printf(t, "%s.", c->purpose));
	if (c->more)
		man_text(out, c->more);
	if (c->options) {
		struct buf list = buf_in(t->mem, 2000);

		for (int i = OPT_FIRST_OWN; i < OPTIONS; i++)
			if (c->options & OPTION_BIT(i))
				buf_printf(&list, "%s--%s",
					   list.n ? ", " : "Options: ", option_table[i].name);
		buf_char(&list, '.');
		man_text(out, buf_text(&list));
	}
	man_example(out, c->example);
}

void man_ghostctl(struct turn *t, struct buf *out)
{
	man_head(out, "ghostctl", 1, "work with a running ghost-fleet");
	man_section(out, "SYNOPSIS");
	man_text(out, "ghostctl NOUN [VERB] [ARGUMENT] [OPTION...]");
	man_section(out, "DESCRIPTION");
	man_text(out,
		 "ghostctl asks the daemon ghost-fleet(1) by gRPC: what is wrong, who holds what, "
		 "and\n"
		 "to fund, pause, reset and bring home. Anything that spends shows its plan and "
		 "asks,\n"
		 "unless --yes. Interrupted at any moment it loses nothing: what was ordered goes "
		 "on in\n"
		 "the server, and a change that is repeated under its --request-id is done once.");
	man_section(out, "COMMANDS");
	for (size_t i = 0; i < n_commands; i++)
		man_command(t, out, &commands[i]);
	man_section(out, "OPTIONS OF EVERY COMMAND");
	for (int i = 0; i < OPT_FIRST_OWN; i++)
		man_option(t, out, (enum opt_id)i);
	man_section(out, "OPTIONS OF SOME COMMANDS");
	for (int i = OPT_FIRST_OWN; i < OPTIONS; i++)
		man_option(t, out, (enum opt_id)i);
	man_section(out, "EXIT STATUS");
#define X(name, code, means)                                                                       \
	man_item(out, #code);                                                                      \
	man_text(out, means);
	CLI_EXIT_TABLE(X)
#undef X
	man_section(out, "ENVIRONMENT");
	man_item(out, "GHOST_FLEET_ADDRESS");
	man_text(out, "where the daemon listens, as --address");
	man_item(out, "GHOST_FLEET_TOKEN_FILE");
	man_text(out, "the file that holds the token, as --token-file");
	man_section(out, "FILES");
	man_item(out, "~/.config/ghostctl/config");
	man_text(out, "the contexts that --context chooses from");
	man_item(out, "~/.config/ghostctl/token");
	man_text(out, "the token, where nothing else names one");
	man_section(out, "SEE ALSO");
	man_text(out, "ghost-fleet(1), ghost-fleet.toml(5)");
}
