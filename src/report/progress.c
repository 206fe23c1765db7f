#include "report/progress.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "report/layout.h"

/** Carriage return and "erase to the end of the line" (ECMA-48, EL). */
#define ERASE_LINE "\r\033[K"

static void put(const struct progress *progress, struct text text)
{
	/* The line is a courtesy: when it cannot be shown, nothing is lost. */
	ssize_t ignored = write(progress->fd, text.at, text.len);

	(void)ignored;
}

void progress_start(struct progress *progress, int fd, const struct style *style)
{
	const char *ci = getenv("CI");
	const char *term = getenv("TERM");

	*progress = (struct progress){
		.fd = fd,
		.unit = "gates",
		.is_wanted =
			isatty(fd) && !(ci && *ci) && !(term && text_is(text_of(term), "dumb")),
		.started_ms = clock_monotonic_ms(),
		.style = *style,
	};
}

void progress_show(size_t done, size_t planned, const char *running, void *cookie)
{
	struct progress *progress = cookie;
	int64_t elapsed_ms = clock_monotonic_ms() - progress->started_ms;
	AUTO(auto_str) struct str line = {0};

	if (!progress->is_wanted || elapsed_ms < PROGRESS_AFTER_MS) {
		return;
	}
	str_printf(&line, ERASE_LINE "%zu of %zu %s %s %lld s", done, planned, progress->unit,
		   mark_text(&progress->style, MARK_DOT), (long long)elapsed_ms / 1000);
	if (running) {
		str_printf(&line, " %s ", mark_text(&progress->style, MARK_DOT));
		str_add_printable(&line, text_of(running));
	}
	put(progress, str_view(&line));
	progress->is_shown = true;
}

void progress_erase(struct progress *progress)
{
	if (progress->is_shown) {
		put(progress, text_of(ERASE_LINE));
	}
	progress->is_shown = false;
}
