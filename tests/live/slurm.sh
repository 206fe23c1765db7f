# A split run as a real Slurm job array on one machine: all parts good, one that fails, one that was killed,
# one that ran again; and the merged receipt verifies in a fresh clone.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/slurm.XXXXXX")" && pwd -P)
trap 'sh "$LAB/slurm.sh" down "$lab/slurm"; rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
if ! sh "$LAB/slurm.sh" up "$lab/slurm" > "$lab/found" 2>&1; then
	echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
	exit 0
fi
# shellcheck source=/dev/null
. "$lab/slurm/slurm.env"
EXAMPLES=$(cd "$LAB/../examples" && pwd)
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
mkdir "$lab/ops" "$lab/bin" "$lab/keys" "$lab/state" "$lab/parts"
ln -s "$GATERUN" "$lab/bin/gaterun"
export PATH="$lab/bin:$PATH" TMPDIR="$lab" REPO="$lab/ops" KEYS="$lab/keys" STATE="$lab/state"
# (The fleet grants nothing but files to this context.)
export CONTEXT=local N=3
cd "$lab/ops" || exit 1
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# A key for each part, and one for who merges, all trusted by the repo.
cp -R "$CASES/fleet/." .
mkdir -p receipts/trust
for each in 1 2 3 merge; do
	XDG_CONFIG_HOME=$lab/config-$each gaterun key new > "$lab/said" 2>&1
	cp "$lab/config-$each/gaterun/signing_ed25519" "$KEYS/$each"
	XDG_CONFIG_HOME=$lab/config-$each gaterun key show |
		sed -n 's/.*\(ssh-ed25519 [^ ]*\).*/'"part-$each"' namespaces="gaterun-receipt" \1/p' \
			>> receipts/trust/allowed_signers
done
commit

# array: how the job array ends, and what the merged receipt says, in $PARTS/whole.json
array() {
	PARTS=$lab/parts/$1
	export PARTS
	shift
	mkdir -p "$PARTS"
	sh "$EXAMPLES/slurm.sh" fast > "$lab/jobs" 2> "$lab/said" || cat "$lab/said"
	array=$(head -n 1 "$lab/jobs")
	"$@"
	until_true has_ended "$(tail -n 1 "$lab/jobs")"
}
has_ended() {
	case $(scontrol -o show job "$1" | sed 's/.*JobState=\([A-Z]*\).*/\1/') in
	COMPLETED | FAILED | CANCELLED | TIMEOUT) ;;
	*) return 1 ;;
	esac
}
# WAITS of until_true: Slurm looks for jobs to start every second or so.
export WAITS=3000

# ended JOB CODE: did the job end with this status?
ended() {
	scontrol -o show job "$1" | grep -q "ExitCode=$2:0 "
}
# says FILTER: does the jq filter hold of the merged receipt?
says() {
	jq -r .payload "$PARTS/whole.json" | base64 -d | jq '.predicate["urn:gaterun:receipt:v1"]' > "$lab/whole"
	jq -e "$1" "$lab/whole"
}
verifies() {
	XDG_CONFIG_HOME=$lab/nobody gaterun --root "$REPO" receipt verify "$PARTS/whole.json"
}

array good true
merger=$(tail -n 1 "$lab/jobs")
holds 'three parts ran' ended "${array}_1" 0
holds 'the merged run passes' ended "$merger" 0
holds 'it names three parts' says '[.inputs.merged[].shard] == ["1/3", "2/3", "3/3"]'
holds 'of three signers' says '[.inputs.merged[].signer] | unique | length == 3'
holds 'nothing is unknown' says '.totals.unknown == 0 and .totals.pass == 8'
holds 'it verifies for somebody without a key' verifies
key=$(jq -r .payload "$PARTS/whole.json" | base64 -d | jq -r '.predicate["urn:gaterun:receipt:v1"].identity.runKey')
XDG_CONFIG_HOME=$lab/config-merge XDG_STATE_HOME=$STATE/merge gaterun receipt keep "$key" > "$lab/said" 2>&1
git add -A -f receipts/evidence && git commit -q -m evidence
git clone -q "$REPO" "$lab/clone"
holds 'and in a fresh clone, once it is kept' env XDG_CONFIG_HOME="$lab/nobody" XDG_STATE_HOME="$lab/none" \
	gaterun --root "$lab/clone" receipt verify "$key"

edit bindings/known_hosts '/^drain /d'
git commit -q -a -m 'drain has no key'
array bad true
holds 'a part that fails, fails the merged run' ended "$(tail -n 1 "$lab/jobs")" 1
holds 'for what it found, and nothing else' \
	says '[.results[].findings[] | select(.verdict == "fail") | .subject] == ["target:drain"]'
holds 'the failure verifies, too' verifies
git revert --no-edit -q HEAD 2> "$lab/said" || git revert --no-edit HEAD > "$lab/said" 2>&1

# The second part never ends by itself: it is killed once it has begun.
cat > "$lab/bin/slow" <<END
#!/bin/sh
case " \$* " in
*' --shard 2/3 '*) touch "$lab/begun"; exec sleep 600 ;;
esac
exec "$GATERUN" "\$@"
END
chmod +x "$lab/bin/slow"
ln -sf slow "$lab/bin/gaterun"
kill_second() {
	until_true test -e "$lab/begun"
	scancel --signal=KILL --full "${array}_2"
	scancel "${array}_2"
}
array missing kill_second
holds 'a part that was killed leaves the run unknown' ended "$(tail -n 1 "$lab/jobs")" 2
holds 'and is named' says '[.results[].findings[] | select(.reason == "shard.missing") | .subject] | unique == ["shard:2/3"]'
holds 'the two others are in it' says '[.inputs.merged[].shard] == ["1/3", "3/3"]'
holds 'what is unknown verifies, too' verifies

# It is run again, and nothing else is.
ln -sf "$GATERUN" "$lab/bin/gaterun"
again=$(sbatch --parsable --array=2 --output="$lab/again" --wrap="sh '$EXAMPLES/shard.sh' part \$SLURM_ARRAY_TASK_ID 3 fast")
merger=$(sbatch --parsable --dependency="afterany:$again" --output="$lab/merged" --wrap="sh '$EXAMPLES/shard.sh' merge 0 3")
until_true has_ended "$merger"
holds 'with the part that was run again it passes' ended "$merger" 0
holds 'and is whole' says '.totals.unknown == 0 and (.inputs.merged | length) == 3'

# Both receipts of one part: it is for a human to say which of them counts.
cp "$PARTS/2.json" "$PARTS/first"
sh "$EXAMPLES/shard.sh" part 2 3 fast > "$lab/said" 2>&1
twice() {
	! XDG_CONFIG_HOME=$lab/config-merge gaterun receipt merge "$PARTS"/[123].json "$PARTS/first" > "$lab/said" 2>&1 &&
		grep -q 'both of shard 2/3; name the one that counts' "$lab/said"
}
holds 'two receipts of one part are not put together' twice

stopped() {
	sh "$LAB/slurm.sh" down "$lab/slurm" && nobody_runs "$lab/slurm"
}
holds 'nothing of the cluster is left' stopped
done_testing
