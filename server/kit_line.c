#include "server/kit_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/usage.h"
#include "store/kits.h"

enum { EXIT_USAGE = 2, GAP_MOST = 1000000 };

enum opt {
#define X(id, letter, name, value, of, text) OPT_##id,
	KIT_OPTIONS(X)
#undef X
		OPTIONS
};

static int usage(const char *what, const char *word)
{
	(void)fprintf(stderr, "ghost-fleet: %s%s; see ghost-fleet rescue --help\n", what, word);
	return EXIT_USAGE;
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

static int take(struct rescue_input *in, enum opt id)
{
	switch (id) {
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
	case OPT_YES:
		in->yes = true;
		break;
	case OPT_HELP:
		usage_help_kit(stdout);
		return EXIT_SUCCESS;
	case OPTIONS: /* getopt said it on stderr */
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
	while (l->exit < 0 && (c = usage_next(&usage_kit, argc, argv)) != -1)
		l->exit = take(&l->in, (enum opt)c);
	if (l->exit < 0)
		l->exit = take_words(l, argc - optind, argv + optind);
	return true;
}
