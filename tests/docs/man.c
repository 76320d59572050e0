#include "tests/docs/man.h"

#include <string.h>

/* A backslash, a minus, and a line that begins with a point or an apostrophe mean something to
 * roff. */
static void escaped(struct buf *out, const char *text)
{
	for (const char *s = text; *s; s++) {
		bool begins = s == text || s[-1] == '\n';

		if (begins && (*s == '.' || *s == '\''))
			buf_str(out, "\\&");
		if (*s == '\\')
			buf_str(out, "\\e");
		else if (*s == '-')
			buf_str(out, "\\-");
		else if (*s == '~')
			buf_str(out, "\\(ti");
		else if (*s == '^')
			buf_str(out, "\\(ha");
		else
			buf_char(out, *s);
	}
}

void man_head(struct buf *out, const char *name, int section, const char *purpose)
{
	buf_str(out,
		".\\\" Made from the tables of the program by tests/docs; a test compares.\n.TH ");
	for (const char *s = name; *s; s++)
		buf_char(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s);
	buf_printf(out, " %d \"\" \"Ghost Fleet " GF_VERSION "\" \"Ghost Fleet\"\n.nh\n.ad l\n",
		   section);
	man_section(out, "NAME");
	escaped(out, name);
	buf_str(out, " \\- ");
	escaped(out, purpose);
	buf_char(out, '\n');
}

void man_section(struct buf *out, const char *title)
{
	buf_printf(out, ".SH %s\n", title);
}

void man_item(struct buf *out, const char *what)
{
	buf_str(out, ".TP\n.B ");
	escaped(out, what);
	buf_char(out, '\n');
}

void man_text(struct buf *out, const char *text)
{
	escaped(out, text);
	buf_char(out, '\n');
}

void man_example(struct buf *out, const char *text)
{
	buf_str(out, ".IP\n.EX\n");
	escaped(out, text);
	buf_str(out, "\n.EE\n");
}
