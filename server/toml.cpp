#include "server/toml.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

extern "C" {
#include "store/base/types.h"
}

namespace
{

toml_place place_of(const toml::source_region &r)
{
	return { static_cast<unsigned>(r.begin.line), static_cast<unsigned>(r.begin.column) };
}

bool before(const toml_place &a, const toml_place &b)
{
	return a.line != b.line ? a.line < b.line : a.column < b.column;
}

/* NUL-terminated copy in the arena; nullptr when it is full. */
const char *copy(arena *mem, const std::string &s)
{
	char *p = static_cast<char *>(arena_try(mem, s.size() + 1));

	if (p)
		memcpy(p, s.data(), s.size());
	return p;
}

toml_node *convert(arena *mem, toml::node &from);

bool convert_table(arena *mem, toml::table &from, toml_node *to)
{
	std::vector<std::pair<const toml::key *, toml::node *>> members;
	toml_node **tail = &to->first;

	for (auto &&[key, value] : from)
		members.emplace_back(&key, &value);
	std::sort(members.begin(), members.end(), [](const auto &a, const auto &b) {
		return before(place_of(a.first->source()), place_of(b.first->source()));
	});
	for (auto &[key, value] : members) {
		toml_node *child = convert(mem, *value);

		if (!child)
			return false;
		child->key = copy(mem, std::string(key->str()));
		if (!child->key)
			return false;
		child->key_at = place_of(key->source());
		*tail = child;
		tail = &child->next;
		to->n++;
	}
	return true;
}

bool convert_array(arena *mem, toml::array &from, toml_node *to)
{
	toml_node **tail = &to->first;

	for (toml::node &value : from) {
		toml_node *child = convert(mem, value);

		if (!child)
			return false;
		*tail = child;
		tail = &child->next;
		to->n++;
	}
	return true;
}

/* The text may be a key: toml++'s own copy is cleared as soon as ours is made. */
bool convert_text(arena *mem, std::string &from, toml_node *to)
{
	to->n = from.size();
	to->text = copy(mem, from);
	wipe(from.data(), from.size());
	return to->text != nullptr;
}

/* Depth is bounded by toml++ (256). */
toml_node *convert(arena *mem, toml::node &from)
{
	auto *to = static_cast<toml_node *>(arena_try(mem, sizeof(toml_node)));
	bool fits = true;

	if (!to)
		return nullptr;
	to->at = place_of(from.source());
	if (toml::table *table = from.as_table()) {
		to->kind = KIND_TABLE;
		fits = convert_table(mem, *table, to);
	} else if (toml::array *array = from.as_array()) {
		to->kind = KIND_ARRAY;
		fits = convert_array(mem, *array, to);
	} else if (auto *text = from.as_string()) {
		to->kind = KIND_TEXT;
		fits = convert_text(mem, text->get(), to);
	} else if (auto *integer = from.as_integer()) {
		to->kind = KIND_INT;
		to->i = integer->get();
	} else if (auto *real = from.as_floating_point()) {
		to->kind = KIND_FLOAT;
		to->f = real->get();
	} else if (auto *boolean = from.as_boolean()) {
		to->kind = KIND_BOOL;
		to->b = boolean->get();
	} else {
		to->kind = KIND_DATE;
	}
	return fits ? to : nullptr;
}

void say(toml_fault *fault, toml_place at, const char *what, size_t n)
{
	fault->at = at;
	(void)snprintf(fault->what, sizeof(fault->what), "%.*s", static_cast<int>(n), what);
}

} // namespace

extern "C" bool toml_read(arena *mem, const char *text, size_t n, const toml_node **root_out,
			  toml_fault *fault_out)
{
	try {
		toml::parse_result parsed = toml::parse(std::string_view(text, n));

		if (!parsed) {
			std::string_view what = parsed.error().description();

			say(fault_out, place_of(parsed.error().source()), what.data(), what.size());
			return false;
		}
		*root_out = convert(mem, parsed.table());
		if (*root_out)
			return true;
		say(fault_out, { 1, 1 }, "the file is too large", 21);
	} catch (...) {
		/* Only memory can throw here: toml++ is built without exceptions. */
		say(fault_out, { 1, 1 }, "out of memory", 13);
	}
	return false;
}

extern "C" const toml_node *toml_member(const toml_node *table, const char *key)
{
	if (!table || table->kind != KIND_TABLE)
		return nullptr;
	for (const toml_node *m = table->first; m; m = m->next)
		if (strcmp(m->key, key) == 0)
			return m;
	return nullptr;
}
