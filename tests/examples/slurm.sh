#!/bin/sh
# A run in three parts as a Slurm job array, and the job that merges them when all have ended, however
# they ended:  REPO=~/ops PARTS=/shared/gaterun/$(date +%s) sh slurm.sh core
# KEYS and STATE as in shard.sh; needed as soon as the parts run on more than one machine.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
N=${N:-3}
export N REPO PARTS

# Status 75, the lock of a log was not had, is the one that is worth another try (RequeueExit=75 in
# slurm.conf); 1 and 2 are answers.
job=$(sbatch --parsable --array="1-$N" --output="${TMPDIR:-/tmp}/gaterun-%A-%a.txt" \
	--wrap="sh '$here/shard.sh' part \$SLURM_ARRAY_TASK_ID $N $*")
echo "$job"
sbatch --parsable --dependency="afterany:$job" --output="${TMPDIR:-/tmp}/gaterun-%A.txt" \
	--wrap="sh '$here/shard.sh' merge 0 $N"
