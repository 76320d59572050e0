#include "server/kit_line.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/kits.h"

enum { EXIT_USAGE = 2, GAP_MOST = 1000000 };

enum {
	OPT_KIT = 256,
	OPT_RPC,
	OPT_TO,
	OPT_PASSPHRASE,
	OPT_FUNDER,
	OPT_GAP,
	OPT_WORDS,
	OPT_KEEP_FUNDER,
};

static const struct option options[] = {
	{ "kit", required_argument, NULL, OPT_KIT },
	{ "rpc", required_argument, NULL, OPT_RPC },
	{ "to", required_argument, NULL, OPT_TO },
	{ "passphrase-file", required_argument, NULL, OPT_PASSPHRASE },
	{ "funder-key-file", required_argument, NULL, OPT_FUNDER },
	{ "gap", required_argument, NULL, OPT_GAP },
	{ "words", no_argument, NULL, OPT_WORDS },
	{ "keep-funder", no_argument, NULL, OPT_KEEP_FUNDER },
	{ "yes", no_argument, NULL, 'y' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int usage(const char *what, const char *word)
{
	(void)fprintf(stderr, "ghost-fleet: %s%s; see ghost-fleet rescue --help\n", what, word);
	return EXIT_USAGE;
}

static int help(void)
{
	(void)fputs(
		"ghost-fleet kit verify --kit FILE [--passphrase-file F]\n"
		"ghost-fleet kit show   --kit FILE [--passphrase-file F] [--words]\n"
		"ghost-fleet rescue     --kit FILE --rpc URL --to SAFE [flags]\n"
		"\n"
		"What a recovery kit holds, and bringing everything home from it: on any machine,\n"
		"without the daemon, its store or its configuration.\n"
		"\n"
		"      --kit FILE             made by ghostctl kit create\n"
		"      --passphrase-file F    its passphrase, in the first line; else you are "
		"asked\n"
		"      --words                kit show: the seed words, also where this is no\n"
		"                             terminal\n"
		"      --rpc URL              the chain; given again: further endpoints\n"
		"      --to ADDRESS           home: an address of the kit's safe list, or you are\n"
		"                             asked to type it again; may be left out where the\n"
		"                             list has one\n"
		"      --funder-key-file F    this key lends gas where there is a stake or token "
		"and\n"
		"                             no ether; without it the kit's funder does\n"
		"      --keep-funder          do not empty the kit's funder at the end\n"
		"      --gap N                seed indices to look at behind the last used one "
		"(1000)\n"
		"  -y, --yes                  do not ask before the plan is run\n"
		"\n"
		"Try it:\n"
		"  ghost-fleet kit verify --kit fleet.kit\n"
		"  ghost-fleet rescue --kit fleet.kit --rpc https://... --to 0xSAFE\n"
		"\n"
		"Exit: 0 all is home, 1 failed, 2 usage, 3 not reached, 5 something is left (run "
		"it\n"
		"again).\n",
		stdout);
	return EXIT_SUCCESS;
}

static int take_gap(struct rescue_input *in)
{
	char *end;

	errno = 0;
	in->gap = strtoul(optarg, &end, 10);
	if (errno || *end || end == optarg || *optarg == '-' || in->gap > GAP_MOST)
		return usage("--gap takes a number up to 1000000, not ", optarg);
	return -1;
}

static int take(struct rescue_input *in, int c)
{
	switch (c) {
	case OPT_KIT:
		in->kit = optarg;
		break;
	case OPT_RPC:
		if (in->n_rpc == RESCUE_URLS)
			return usage("too many RPC URLs at ", optarg);
		in->rpc[in->n_rpc++] = optarg;
		break;
	case OPT_TO:
		in->to = optarg;
		break;
	case OPT_PASSPHRASE:
		in->passphrase_file = optarg;
		break;
	case OPT_FUNDER:
		in->funder_key_file = optarg;
		break;
	case OPT_GAP:
		return take_gap(in);
	case OPT_WORDS:
		in->words = true;
		break;
	case OPT_KEEP_FUNDER:
		in->keep_funder = true;
		break;
	case 'y':
		in->yes = true;
		break;
	case 'h':
		return help();
	default: /* getopt said it on stderr */
		return EXIT_USAGE;
	}
	return -1;
}

/* The words that are left: the command, and what kit is to do. */
static int take_words(struct kit_line *l, int n, char **words)
{
	if (strcmp(words[0], "rescue") == 0) {
		l->run = command_rescue;
		if (n > 1)
			return usage("rescue takes no word ", words[1]);
		if (!l->in.n_rpc)
			return usage("which chain? write --rpc URL", "");
	} else if (n == 2 && strcmp(words[1], "show") == 0) {
		l->run = command_kit_show;
	} else if (n == 2 && strcmp(words[1], "verify") == 0) {
		l->run = command_kit_verify;
	} else {
		return usage("kit show, or kit verify", "");
	}
	return l->in.kit ? -1 : usage("which kit? write --kit FILE", "");
}

bool kit_line_read(int argc, char **argv, struct kit_line *l)
{
	int c;

	if (argc < 2 || (strcmp(argv[1], "kit") != 0 && strcmp(argv[1], "rescue") != 0))
		return false;
	*l = (struct kit_line){ .exit = -1, .in.gap = KIT_GAP };
	while (l->exit < 0 && (c = getopt_long(argc, argv, "yh", options, NULL)) != -1)
		l->exit = take(&l->in, c);
	if (l->exit < 0)
		l->exit = take_words(l, argc - optind, argv + optind);
	return true;
}
