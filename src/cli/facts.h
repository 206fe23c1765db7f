/**
 * What the help and the manual say beyond the commands: exit statuses, environment, files.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

/** A thing and what it means; tables end with {0}. */
struct fact {
	const char *name;
	const char *doc; /**< a sentence without a full stop */
};

extern const struct fact exit_facts[];
extern const struct fact environment_facts[];
extern const struct fact file_facts[];

#endif
