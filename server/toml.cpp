#include "server/toml.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

/* toml++ 3.3 asserts where a file is malformed in some ways ("[}", "[[" and a line's end), which
 * with NDEBUG it would take for granted. Here it throws, in every build. */
struct misfit {
};
static constexpr void must(bool fits)
{
	if (!fits)
		throw misfit{};
}
#undef NDEBUG
#define TOML_ASSERT(expr) must(static_cast<bool>(expr))
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

void say(toml_fault *fault, toml_place at, const char *what)
{
	fault->at = at;
	(void)snprintf(fault->what, sizeof(fault->what), "%s", what);
}

bool misfits(std::string_view text)
{
	try {
		toml::table parsed = toml::parse(text);
	} catch (const misfit &) {
		return true;
	} catch (const toml::parse_error &) {
		return false; /* it only ends too soon */
	}
	return false;
}

/* A misfit has no place of its own. The parser goes from the front to the back, so the shortest
 * file that has it ends with its line. */
unsigned misfit_line(std::string_view text)
{
	std::vector<size_t> ends;
	size_t low = 0, high;

	for (size_t i = 0; i < text.size(); i++)
		if (text[i] == '\n')
			ends.push_back(i + 1);
	for (high = ends.size(); low < high;) {
		size_t middle = (low + high) / 2;

		if (misfits(text.substr(0, ends[middle])))
			high = middle;
		else
			low = middle + 1;
	}
	return static_cast<unsigned>(low + 1);
}

} // namespace

extern "C" bool toml_read(arena *mem, const char *text, size_t n, const toml_node **root_out,
			  toml_fault *fault_out)
{
	try {
		toml::table parsed = toml::parse(std::string_view(text, n));

		*root_out = convert(mem, parsed);
		if (*root_out)
			return true;
		say(fault_out, { 1, 1 }, "the file is too large");
	} catch (const toml::parse_error &e) {
		say(fault_out, place_of(e.source()), std::string(e.description()).c_str());
	} catch (const misfit &) {
		say(fault_out, { misfit_line(std::string_view(text, n)), 1 },
		    "a bracket, a key or a value is missing here");
	} catch (const std::exception &e) {
		say(fault_out, { 1, 1 }, e.what());
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
