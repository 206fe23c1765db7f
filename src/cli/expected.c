#include "cli/expected.h"

#include "base/cleanup.h"
#include "receipt/log.h"

void expected_load(const struct cli *cli, struct durations *out)
{
	AUTO(auto_str) struct str state = {0};
	struct err ignored = {0};

	if (log_state_folder(&state, &ignored) == 0) {
		durations_load(str_text(&state), cli->repo.root, out);
	}
}

void expected_learn(const struct cli *cli, const struct run *run, struct durations *durations)
{
	const struct run_options *options = run->options;
	AUTO(auto_str) struct str state = {0};
	struct err ignored = {0};

	if (options->is_staged || options->revision || run->signal) {
		return;
	}
	if (durations_learn(durations, run) && log_state_folder(&state, &ignored) == 0) {
		durations_save(str_text(&state), cli->repo.root, durations);
	}
}
