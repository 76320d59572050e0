/* ghostctl completion: what a shell needs. */
#include <string.h>

#include "client/commands.h"
#include "client/complete.h"
#include "store/base/turn.h"

static const char bash[] = "# ghostctl for bash: source <(ghostctl completion bash)\n"
			   "_ghostctl() {\n"
			   "	local line IFS=$'\\n'\n"
			   "	COMPREPLY=()\n"
			   "	while read -r line; do\n"
			   "		if [ \"$line\" = :files ]; then\n"
			   "			compopt -o default 2>/dev/null\n"
			   "			return\n"
			   "		fi\n"
			   "		line=${line%%$'\\t'*}\n"
			   "		# bash has cut the word at '=' already.\n"
			   "		case $line in --*=*) line=${line#*=} ;; esac\n"
			   "		COMPREPLY+=(\"$line\")\n"
			   "	done < <(\"${COMP_WORDS[0]}\" completion words -- \\\n"
			   "		\"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
			   "}\n"
			   "complete -F _ghostctl ghostctl\n";

static const char zsh[] = "#compdef ghostctl\n"
			  "# ghostctl for zsh: source <(ghostctl completion zsh), or as _ghostctl "
			  "in a folder of $fpath\n"
			  "_ghostctl() {\n"
			  "	local -a said pairs\n"
			  "	local line\n"
			  "	said=(\"${(@f)$(\"${words[1]}\" completion words -- \\\n"
			  "		\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
			  "	if [[ ${said[1]} == :files ]]; then\n"
			  "		_files\n"
			  "		return\n"
			  "	fi\n"
			  "	for line in $said; do\n"
			  "		pairs+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
			  "	done\n"
			  "	_describe -V ghostctl pairs\n"
			  "}\n"
			  "if [[ ${funcstack[1]} == _ghostctl ]]; then\n"
			  "	_ghostctl \"$@\"\n"
			  "else\n"
			  "	compdef _ghostctl ghostctl\n"
			  "fi\n";

static const char fish[] =
	"# ghostctl for fish: ghostctl completion fish | source\n"
	"function __ghostctl_words\n"
	"	set -l line (commandline -opc)\n"
	"	set -l said ($line[1] completion words -- $line[2..-1] \\\n"
	"		(commandline -ct | string collect --allow-empty) 2>/dev/null)\n"
	"	if test \"$said\" = :files\n"
	"		__fish_complete_path (commandline -ct)\n"
	"	else\n"
	"		printf '%s\\n' $said\n"
	"	end\n"
	"end\n"
	"complete -c ghostctl -f -a '(__ghostctl_words)'\n";

enum err cmd_completion(struct turn *t, struct cli *c)
{
	static const struct {
		const char *shell, *script;
	} scripts[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
	const char *said = c->args.word[0];

	if (strcmp(said, "words") == 0 && c->args.n_words > 1)
		return complete(t, c, c->args.word + 1, c->args.n_words - 1, stdout);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (strcmp(said, scripts[i].shell) == 0 && c->args.n_words == 1) {
			(void)fputs(scripts[i].script, stdout);
			return OK;
		}
	return usage(t, c, "completion takes bash, zsh or fish, not '%s'", said);
}
