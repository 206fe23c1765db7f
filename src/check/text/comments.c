#include "check/text/comments.h"

#include <string.h>
#include <strings.h>

#define STARTS(...)                                                                 \
	{                                                                           \
		.at = (const char *[]){__VA_ARGS__},                                \
		.len = sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *) \
	}

const struct texts comments_usual = STARTS("#", "//", ";", "<!--");

static const struct texts hash = STARTS("#");
static const struct texts slashes = STARTS("//", "/*");
static const struct texts dashes = STARTS("--");
static const struct texts markup = STARTS("<!--");
static const struct texts settings = STARTS("#", ";");
static const struct texts semicolon = STARTS(";");
static const struct texts percent = STARTS("%");
static const struct texts quote = STARTS("\"");
static const struct texts batch = STARTS("rem ", "REM ", "@rem ", "::");
static const struct texts terraform = STARTS("#", "//", "/*");
static const struct texts nothing = {0};

/** By the end of a name, or the whole of it. */
static const struct {
	const char *ends; /**< words between blanks */
	const struct texts *starts;
} types[] = {
	{" .sh .bash .zsh .ksh .fish .py .rb .pl .yaml .yml .toml .mk .nix .awk .jq .cmake .r ",
	 &hash},
	{" Makefile Dockerfile Containerfile justfile crontab .gitignore .gitattributes ", &hash},
	{" .c .h .cc .cpp .hpp .m .js .mjs .ts .tsx .jsx .go .rs .java .kt .swift .cs .scala ",
	 &slashes},
	{" .hujson .jsonc .json5 .css .scss .less .proto .zig .dart ", &slashes},
	{" .sql .lua .hs .elm .ada ", &dashes},
	{" .md .html .htm .xml .plist .svg .vue ", &markup},
	{" .ini .cfg .service .timer .socket .mount .path .target .container .network .desktop ",
	 &settings},
	{" .el .lisp .clj .scm .zone ", &semicolon},
	{" .tex .erl ", &percent},
	{" .vim .vimrc ", &quote},
	{" .bat .cmd ", &batch},
	{" .tf .hcl .php ", &terraform},
	{" .json .txt .csv .tsv ", &nothing},
};

/** Is `word` one of the words? */
static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *at = words;

	while (len > 0 && (at = strcasestr(at, word))) {
		if (at[-1] == ' ' && at[len] == ' ') {
			return true;
		}
		at++;
	}
	return false;
}

const struct texts *comments_by_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (has_word(types[i].ends, name) || (dot && has_word(types[i].ends, dot))) {
			return types[i].starts;
		}
	}
	return &comments_usual;
}

bool comments_start(const struct texts *starts, struct text bytes, size_t start)
{
	struct text line = {bytes.at + start, bytes.len - start};

	while (line.len > 0 && (*line.at == ' ' || *line.at == '\t')) {
		line.at++;
		line.len--;
	}
	for (size_t i = 0; i < starts->len; i++) {
		if (text_starts(line, starts->at[i])) {
			return true;
		}
	}
	return false;
}
