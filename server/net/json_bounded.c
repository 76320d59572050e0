#include "server/net/json_bounded.h"

enum { DEPTH_MAX = 32, VALUES_MAX = 400000 };

bool json_bounded(struct bytes b)
{
	size_t depth = 0, values = 1;
	bool in_string = false;

	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
			continue;
		}
		if (c == '"')
			in_string = true;
		else if (c == '[' || c == '{')
			depth++, values++;
		else if (c == ']' || c == '}')
			depth = depth ? depth - 1 : 0;
		else if (c == ',')
			values++;
		if (depth > DEPTH_MAX || values > VALUES_MAX)
			return false;
	}
	return true;
}
