/**
 * The files that a gate looks into, as located trees: YAML, JSON, HuJSON, or the front matter of a
 * text.
 *
 * What cannot be read or parsed becomes a finding here, the same one in every kind: a file that is
 * not there, syntax, repeated keys.
 */
#ifndef CHECK_ROWS_DOCUMENTS_H
#define CHECK_ROWS_DOCUMENTS_H

#include "check/check.h"

/** How the bytes are read. */
enum document_format {
	FORMAT_BY_NAME, /**< .json and .hujson as they say, .md by its front matter, else YAML */
	FORMAT_YAML,
	FORMAT_JSON,
	FORMAT_HUJSON,
	FORMAT_FRONT_MATTER,
};

extern const struct choice document_formats[];

/** Settings: which files. */
struct document_source {
	const char *file;    /**< one file; NULL: see `files` */
	struct texts files;  /**< globs over the tracked files */
	struct texts except; /**< globs of files that are left out */
	int format;          /**< enum document_format */
};

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): a struct and a member of it */
/** Rows of a field table for the `struct document_source` that is member `m` of `struct s`. */
#define DOCUMENT_SOURCE_FIELDS(s, m) \
	{"file", FIELD_TEXT, offsetof(struct s, m.file), .doc = "the file to look into"}, \
	{"files", FIELD_TEXTS, offsetof(struct s, m.files), \
	 .doc = "or globs over the tracked files"}, \
	{"except", FIELD_TEXTS, offsetof(struct s, m.except), \
	 .doc = "globs of files that are left out"}, \
	{"format", FIELD_CHOICE, offsetof(struct s, m.format), .choices = document_formats, \
	 .fallback = "by_name", .doc = "how they are read"}
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

/**
 * Exactly one of `file` and `files`, and globs that are globs; mistakes are problems.
 *
 * @param who    what the settings are of, for messages: "a yaml_assert gate"
 * @param place  where it is said if neither is there
 */
void document_source_check(struct decode *decode, const struct document_source *source,
			   const char *who, struct place place);

/** What a walk over documents does with each. */
struct document_visit {
	/** A document; its tree is in the arena of the walk. NULL: nothing, and the arena is
	 * cleared after each file. */
	void (*document)(const struct node *document, void *cookie);
	/** A file that was there to be parsed, well-formed or not; NULL: nothing. */
	void (*file)(const char *file, void *cookie);
	void *cookie;
};

/**
 * Read the files and visit their documents, in order of their paths; ends at the deadline of the
 * check, with a finding.
 *
 * @param named  the map in which `source` stands, for places; may be NULL
 * @param arena  gets the trees
 */
void documents_visit(struct check *check, const struct document_source *source,
		     const struct node *named, struct arena *arena,
		     const struct document_visit *visit);

#endif
