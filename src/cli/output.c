#include "cli/output.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/process.h"
#include "report/report.h"

const char *const plain_formats[] = {"text", "json", NULL};

/** Is the path a name of standard output? To replace what stands under such a name, as a file is
 * replaced, would be to replace what standard output was redirected to. */
static bool is_standard_output(const char *path)
{
	static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", NULL};

	for (size_t i = 0; names[i]; i++) {
		if (strcmp(names[i], path) == 0) {
			return true;
		}
	}
	return false;
}

/** Split "json:out.json". */
static int parse_output(struct cli *cli, const char *given, const char *const *formats,
			struct output *out, struct err *err)
{
	const char *colon = strchr(given, ':');
	size_t len = colon ? (size_t)(colon - given) : strlen(given);
	const char *format = arena_copy(&cli->arena, given, len);
	const char *path = colon && !is_standard_output(colon + 1) ? colon + 1 : NULL;
	AUTO(auto_str) struct str all = {0};
	AUTO(auto_str) struct str scratch = {0};

	if (path && !*path) {
		return err_set(err, ERR_INPUT, "'-o %s' names no file behind the colon", given);
	}
	for (size_t i = 0; formats[i]; i++) {
		if (strcmp(formats[i], format) == 0) {
			*out = (struct output){formats[i], path};
			return 0;
		}
		str_printf(&all, "%s%s", i ? ", " : "", formats[i]);
	}
	return err_set(err, ERR_INPUT, "'%s' is no output format; there are %s%s", format,
		       str_text(&all), did_you_mean(&scratch, "", format, formats));
}

/** Can a file be put there? Asked before anything runs, so that no run is made for nothing. */
static int check_path(const struct output *output, struct err *err)
{
	struct stat info = {0};
	const char *slash = strrchr(output->path, '/');
	size_t len = slash > output->path ? (size_t)(slash - output->path) : 1;
	AUTO(auto_free) char *parent = mem_copy(slash ? output->path : ".", slash ? len : 1);

	if (stat(output->path, &info) == 0) {
		if (S_ISDIR(info.st_mode)) {
			return err_set(err, ERR_INPUT, "'-o %s:%s' names a directory, not a file",
				       output->format, output->path);
		}
		if (!S_ISREG(info.st_mode)) {
			return 0;
		}
	}
	if (stat(parent, &info) < 0 || !S_ISDIR(info.st_mode)) {
		return err_set(err, ERR_INPUT,
			       "there is no directory '%s' for '-o %s:%s'; make it first", parent,
			       output->format, output->path);
	}
	if (access(parent, W_OK | X_OK) < 0) {
		return err_errno(err, "no file can be made in '%s' for '-o %s:%s'", parent,
				 output->format, output->path);
	}
	return 0;
}

/** Is it the file of an output before it? Of two, one would be lost. */
static int check_twice(const struct cli *cli, const struct output *output, struct err *err)
{
	struct stat info = {0};

	if (stat(output->path, &info) == 0 && !S_ISREG(info.st_mode)) {
		return 0;
	}
	for (size_t i = 0; i < cli->outputs.len; i++) {
		if (same_string(cli->outputs.at[i].path, output->path)) {
			return err_set(err, ERR_INPUT,
				       "'%s' is given twice; a file holds one format",
				       output->path);
		}
	}
	return 0;
}

int output_choose(struct cli *cli, const char *const *formats, struct err *err)
{
	size_t to_stdout = 0;

	for (size_t i = 0; i < cli->args.outputs.len; i++) {
		struct output output = {0};

		if (parse_output(cli, cli->args.outputs.at[i], formats, &output, err)) {
			return -1;
		}
		if (output.path && (check_path(&output, err) || check_twice(cli, &output, err))) {
			return -1;
		}
		to_stdout += !output.path;
		*VEC_ADD(&cli->outputs) = output;
	}
	if (to_stdout > 1) {
		return err_set(err, ERR_INPUT,
			       "standard output holds one format; give the other one a file: "
			       "-o FORMAT:PATH");
	}
	if (to_stdout == 0) {
		*VEC_ADD(&cli->outputs) = (struct output){"text", NULL};
	}
	return 0;
}

/** Write to something that is no regular file and therefore cannot be replaced. */
static int write_through(const char *path, struct text bytes, struct err *err)
{
	AUTO(auto_close) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		return err_errno(err, "open '%s'", path);
	}
	if (process_write(fd, bytes, err)) {
		return err_wrap(err, "'%s'", path);
	}
	return 0;
}

/** Put bytes where an output goes: collected for standard output, atomically into a file. What is
 * not a regular file (a terminal, /dev/null, a FIFO) is written to as it is. */
static int output_place(struct cli *cli, const struct output *output, struct text bytes,
			struct err *err)
{
	struct stat info = {0};
	AUTO(auto_free) char *real = NULL;
	const struct report_format *row = report_format_find(output->format);
	mode_t mode = row && row->is_for_all ? 0644 : 0666 & ~cli->umask;

	if (!output->path) {
		str_add_text(&cli->out, bytes);
		return 0;
	}
	if (stat(output->path, &info) == 0 && !S_ISREG(info.st_mode)) {
		return write_through(output->path, bytes, err);
	}
	/* A link to a file stays a link. */
	real = realpath(output->path, NULL);
	return file_replace(real ? real : output->path, bytes, mode, FILE_SYNC_NO, err);
}

void output_write(struct cli *cli, const struct output *output, cli_writer *write, void *cookie)
{
	AUTO(auto_str) struct str bytes = {.max = OUT_BYTES};
	struct style style = cli->out_style;
	struct err err = {0};

	if (output->path) {
		style.has_colour = cli->args.color && strcmp(cli->args.color, "always") == 0;
		style.width = STYLE_WIDTH;
	}
	write(output->format, &style, cookie, &bytes);
	if (bytes.overflow) {
		(void)err_set(&err, ERR_LIMIT, "more than %zu bytes", OUT_BYTES);
	}
	if (err.code || output_place(cli, output, str_view(&bytes), &err)) {
		cli_say(cli, "the result in %s is lost: %s", output->format, err.text);
		cli->has_lost_output = true;
	}
}

void cli_write(struct cli *cli, cli_writer *write, void *cookie)
{
	for (size_t i = 0; i < cli->outputs.len; i++) {
		output_write(cli, &cli->outputs.at[i], write, cookie);
	}
}
