#include "net/dns_name.h"

#include <string.h>
#include <strings.h>

struct text dns_name_bare(struct text name)
{
	name.len -= name.len > 0 && name.at[name.len - 1] == '.';
	return name;
}

const char *dns_name_copy(struct arena *arena, const char *name)
{
	struct text bare = name ? dns_name_bare(text_of(name)) : (struct text){0};

	return bare.len > 0 ? arena_copy(arena, bare.at, bare.len) : NULL;
}

static bool is_same(struct text left, struct text right)
{
	return left.len == right.len && strncasecmp(left.at, right.at, left.len) == 0;
}

bool dns_name_same(const char *left, const char *right)
{
	return is_same(dns_name_bare(text_of(left)), dns_name_bare(text_of(right)));
}

bool dns_name_is_below(const char *name, const char *suffix)
{
	struct text all = dns_name_bare(text_of(name));
	struct text end = dns_name_bare(text_of(suffix ? suffix : ""));
	size_t before = all.len > end.len ? all.len - end.len : 0;

	return end.len > 0 && before > 1 && all.at[before - 1] == '.' &&
	       is_same((struct text){all.at + before, end.len}, end);
}
