/*
 * gaterun: argv in, verdict out.
 *
 *   base      text, memory, errors, files, time
 *   data      YAML and JSON as located trees; field tables; problems with their place
 *   crypto    digests and Ed25519 keys
 *   loop      one event loop, tasks, children, threads
 *   git       the tree: every read of repo content
 *   net       addresses, known_hosts, SSH
 *   model     the ops repo as the operator wrote it: bindings, gates, policy
 *   check     the kinds, one file each: what is true and what is not
 *   run       plan, execution, verdict, exit status
 *   receipt   signed statements, the log, verification
 *   report    a run in the words of one format
 *   cli       the command table, and everything that prints
 *
 * Each includes only those above it. README.md beside this file is the map.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/process.h"
#include "loop/confine.h"

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], CONFINE_WORD) == 0) {
		confine_main(argv + 1);
	}
	process_end(cli_run(argc, argv));
}
