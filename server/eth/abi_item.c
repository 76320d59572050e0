#include "server/eth/abi_item.h"

#include <string.h>

#include "server/eth/abi_type.h"
#include "store/base/buf.h"
#include "store/base/turn.h"

/* Reading one line; the canonical text of what was read grows in `out`. */
struct scan {
	struct turn *t;
	const char *all, *at;
	unsigned depth;
	bool event;
};

static enum err bad(const struct scan *s, const char *what)
{
	return fail(s->t, ERR_INVALID, "interface \"%.160s\": %s, at character %zu", s->all, what,
		    (size_t)(s->at - s->all) + 1);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_space(struct scan *s)
{
	while (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')
		s->at++;
}

static bool take_sign(struct scan *s, char c)
{
	skip_space(s);
	if (*s->at != c)
		return false;
	s->at++;
	return true;
}

/* The length of the word that comes next; 0: none does. */
static size_t word_ahead(struct scan *s)
{
	size_t n = 0;

	skip_space(s);
	while (is_letter(s->at[n]) || (n && is_digit(s->at[n])))
		n++;
	return n;
}

static bool take_word(struct scan *s, const char *word)
{
	size_t n = word_ahead(s);

	if (n != strlen(word) || memcmp(s->at, word, n) != 0)
		return false;
	s->at += n;
	return true;
}

static const char *take_name(struct scan *s)
{
	size_t n = word_ahead(s);
	const char *name = turn_printf(s->t, "%.*s", (int)n, s->at);

	s->at += n;
	return name;
}

static enum err params(struct scan *s, struct buf *out, struct abi_param *named, size_t *n_out);

static enum err array_marks(struct scan *s, struct buf *out)
{
	while (take_sign(s, '[')) {
		buf_char(out, '[');
		skip_space(s);
		while (is_digit(*s->at))
			buf_char(out, *s->at++);
		if (!take_sign(s, ']'))
			return bad(s, "a ']' is missing");
		buf_char(out, ']');
	}
	return OK;
}

static enum err type(struct scan *s, struct buf *out)
{
	size_t n;

	if (take_word(s, "tuple") || (skip_space(s), *s->at == '(')) {
		TRY(params(s, out, NULL, NULL));
	} else if (take_word(s, "uint")) {
		buf_str(out, "uint256");
	} else if (take_word(s, "int")) {
		buf_str(out, "int256");
	} else {
		n = word_ahead(s);
		if (n == 0)
			return bad(s, "a type is missing");
		buf_add(out, s->at, n);
		s->at += n;
		/* An address that may be sent ether is the same type. */
		if (n == 7 && memcmp(s->at - n, "address", n) == 0)
			(void)take_word(s, "payable");
	}
	return array_marks(s, out);
}

/* What may stand between type and name; where a value lies is of no matter here. */
static enum err marks(struct scan *s, bool *indexed)
{
	*indexed = false;
	for (;;) {
		if (take_word(s, "memory") || take_word(s, "calldata") || take_word(s, "storage"))
			continue;
		if (!take_word(s, "indexed"))
			return OK;
		if (!s->event || s->depth > 1)
			return bad(s, "only an event's own parameters are indexed");
		*indexed = true;
	}
}

/* "(type name, ...)"; `named` has room for ABI_ARGS_MAX, or is NULL. */
static enum err params(struct scan *s, struct buf *out, struct abi_param *named, size_t *n_out)
{
	size_t n = 0;

	if (!take_sign(s, '('))
		return bad(s, "a '(' is missing");
	if (++s->depth > ABI_DEPTH_MAX)
		return bad(s, "types are nested too deeply");
	buf_char(out, '(');
	while (!take_sign(s, ')')) {
		struct abi_param p;
		size_t from;

		if (n == ABI_ARGS_MAX)
			return bad(s, "too many parameters");
		if (n && !take_sign(s, ','))
			return bad(s, "a ',' or ')' is missing");
		if (n++)
			buf_char(out, ',');
		from = out->n;
		TRY(type(s, out));
		p.type = turn_printf(s->t, "%.*s", (int)(out->n - from),
				     (const char *)out->p + from);
		TRY(marks(s, &p.indexed));
		p.name = take_name(s);
		if (named)
			named[n - 1] = p;
	}
	buf_char(out, ')');
	s->depth--;
	if (n_out)
		*n_out = n;
	return OK;
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

/* What follows the parameters of a function. */
static enum err function_tail(struct scan *s, struct abi_item *out)
{
	static const char *const idle[] = { "external", "public",     "internal", "private",
					    "virtual",  "nonpayable", "override" };
	struct buf returned = buf_in(s->t->mem, ABI_ITEM_MAX);

	while (word_ahead(s)) {
		const char *from = s->at, *word;

		if (take_word(s, "returns")) {
			TRY(params(s, &returned, NULL, NULL));
			out->outputs = buf_text(&returned);
			return OK;
		}
		word = take_name(s);
		if (strcmp(word, "view") == 0 || strcmp(word, "pure") == 0 ||
		    strcmp(word, "constant") == 0) {
			out->reads_only = true;
		} else if (strcmp(word, "payable") == 0) {
			out->payable = true;
		} else if (!is_one_of(word, idle, sizeof(idle) / sizeof(idle[0]))) {
			s->at = from;
			return bad(s, "not a word that stands here");
		}
	}
	return OK;
}

static enum abi_item_kind kind(struct scan *s)
{
	if (take_word(s, "event"))
		return ABI_EVENT;
	if (take_word(s, "error"))
		return ABI_ERROR;
	if (take_word(s, "constructor"))
		return ABI_CONSTRUCTOR;
	(void)take_word(s, "function");
	return ABI_FUNCTION;
}

static enum err check_indexed(struct scan *s, const struct abi_item *item)
{
	size_t n = 0;

	for (size_t i = 0; i < item->n_params; i++)
		n += item->params[i].indexed;
	if (n + !item->anonymous > ABI_TOPICS_MAX)
		return bad(s, "more indexed parameters than a log has topics");
	return OK;
}

/* The canonical form, checked by the parser that everything else uses. */
static enum err finish(struct scan *s, struct abi_item *out)
{
	struct abi_type checked;

	skip_space(s);
	(void)take_sign(s, ';');
	skip_space(s);
	if (*s->at)
		return bad(s, "text after the end");
	out->signature = turn_printf(s->t, "%s%s", out->name, out->inputs);
	if (strlen(out->signature) > ABI_SIGNATURE_MAX)
		return fail(s->t, ERR_INVALID, "a signature is longer than %d characters",
			    ABI_SIGNATURE_MAX);
	TRY(abi_type_tuple(s->t, out->inputs, &checked));
	return abi_type_tuple(s->t, out->outputs, &checked);
}

enum err abi_item_parse(struct turn *t, const char *text, struct abi_item *out)
{
	struct scan s = { .t = t, .all = text, .at = text };
	struct buf inputs = buf_in(t->mem, ABI_ITEM_MAX);
	struct abi_param *named = turn_array(t, ABI_ARGS_MAX, sizeof(*named));

	if (strlen(text) > ABI_ITEM_MAX)
		return fail(t, ERR_INVALID, "an interface line is longer than %d characters",
			    ABI_ITEM_MAX);
	*out = (struct abi_item){ .kind = kind(&s), .params = named, .outputs = "()" };
	s.event = out->kind == ABI_EVENT;
	out->name = out->kind == ABI_CONSTRUCTOR ? "" : take_name(&s);
	if (!*out->name && out->kind != ABI_CONSTRUCTOR)
		return bad(&s, "a name is missing");
	TRY(params(&s, &inputs, named, &out->n_params));
	out->inputs = buf_text(&inputs);
	if (out->kind == ABI_EVENT)
		out->anonymous = take_word(&s, "anonymous");
	else if (out->kind != ABI_ERROR)
		TRY(function_tail(&s, out));
	TRY(check_indexed(&s, out));
	return finish(&s, out);
}

enum err abi_item_decode(struct turn *t, const struct abi_item *item, struct bytes data,
			 const struct abi_value **out, size_t *n_out)
{
	const size_t skip = sizeof(struct abi_selector);

	if (!abi_selector_is(data, item->signature))
		return fail(t, ERR_INVALID, "the data does not begin with the selector of %s",
			    item->signature);
	return abi_decode(t, item->inputs, (struct bytes){ data.p + skip, data.n - skip }, out,
			  n_out);
}
