#include "loop/child_env.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"

#ifdef __APPLE__
extern char **environ; /* elsewhere <unistd.h> has it */
#endif

void environment_release(struct environment *env)
{
	for (size_t i = 0; i < env->len; i++) {
		free(env->at[i]);
	}
	VEC_RELEASE(env);
}

/** Add "NAME=value", in the place of an earlier value. */
static void set(struct environment *env, const char *pair)
{
	size_t name_len = strcspn(pair, "=") + 1;

	for (size_t i = 0; i < env->len; i++) {
		if (strncmp(env->at[i], pair, name_len) == 0) {
			free(env->at[i]);
			env->at[i] = mem_copy(pair, strlen(pair));
			return;
		}
	}
	*VEC_ADD(env) = mem_copy(pair, strlen(pair));
}

static bool is_passed_on(const char *pair)
{
	static const char *const prefixes[] = {
		"PATH=", "HOME=", "USER=", "LOGNAME=", "TZ=", "TMPDIR=", "XDG_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(pair, prefixes[i], strlen(prefixes[i])) == 0) {
			return true;
		}
	}
	return false;
}

void environment_fill(struct environment *env, const char *const *added)
{
	for (char **pair = environ; pair && *pair; pair++) {
		if (is_passed_on(*pair)) {
			set(env, *pair);
		}
	}
	set(env, "LANG=C");
	set(env, "LC_ALL=C");
	set(env, "GIT_TERMINAL_PROMPT=0");
	for (; added && *added; added++) {
		set(env, *added);
	}
	*VEC_ADD(env) = NULL;
}

static const char *value_of(const struct environment *env, const char *prefix)
{
	for (char **pair = env->at; pair && *pair; pair++) {
		if (strncmp(*pair, prefix, strlen(prefix)) == 0) {
			return *pair + strlen(prefix);
		}
	}
	return NULL;
}

bool environment_finds(const struct environment *env, const char *program)
{
	const char *path = value_of(env, "PATH=");
	struct text rest = text_of(path ? path : "");
	struct text folder = {0};

	if (strchr(program, '/') || !path) {
		return true; /* it is not looked up, or in folders that only execvp knows */
	}
	while (text_split(&rest, ':', &folder)) {
		AUTO(auto_str) struct str file = {0};

		str_add_bytes(&file, folder.len ? folder.at : ".", folder.len ? folder.len : 1);
		str_printf(&file, "/%s", program);
		if (access(str_text(&file), F_OK) == 0) {
			return true;
		}
	}
	return false;
}
