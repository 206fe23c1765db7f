# The manifests under examples/ are what their engines accept, by the schemas of these, and start each part
# once and the merging with all of them. Nobody but Slurm (live/slurm) is really there.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/examples.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
if ! sh "$LAB/manifests.sh" > "$lab/found" 2>&1; then
	echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
	exit 0
fi
tools=$(tail -n 1 "$lab/found")
cp -R "$LAB/../examples/." "$lab"
here=$(dirname "$LAB")/live
mkdir "$lab/bin" "$lab/root"
cd "$lab" || exit 1

# schema FILE: is it what its engine takes?
schema() {
	case $1 in
	kubernetes*) "$tools/kubernetes-validate" --strict "$1" ;;
	nomad*) "$tools/python" -c 'import sys, hcl2; hcl2.load(open(sys.argv[1]))' "$1" ;;
	github*) "$tools/check-jsonschema" --builtin-schema vendor.github-workflows "$1" ;;
	gitlab*) "$tools/check-jsonschema" --builtin-schema vendor.gitlab-ci "$1" ;;
	esac
}
# What is wrong in one place is refused: without this the tests above would say nothing.
refuses() {
	sed "$2" "$1" > "$lab/${1%%.*}.wrong.${1##*.}"
	! cmp -s "$1" "$lab/${1%%.*}.wrong.${1##*.}" && ! schema "${1%%.*}.wrong.${1##*.}"
}
for each in kubernetes.yaml nomad.hcl github.yml gitlab.yml; do
	holds "$each is what its engine takes" schema "$each"
done
holds 'a misspelt field is refused: Kubernetes' refuses kubernetes.yaml 's/completionMode/completionMood/'
holds 'and a brace too few: Nomad' refuses nomad.hcl '$d'
holds 'and a misspelt field: GitHub' refuses github.yml 's/runs-on/run-on/'
holds 'and a misspelt field: GitLab' refuses gitlab.yml 's/parallel: 3/parallel: three/'

for each in shard.sh slurm.sh; do
	holds "$each is a shell script" sh -n "$each"
done
if command -v shellcheck > "$lab/which"; then
	holds 'and shellcheck has nothing to say' shellcheck shard.sh slurm.sh
fi

# What the pods may do. (jq reads no YAML.)
"$tools/python" -c 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))' \
	< kubernetes.yaml > jobs.json
pods() {
	jq -e "[.[].spec.template.spec] | length == 2 and all($1)" jobs.json
}
holds 'no pod runs as root' pods '.securityContext | .runAsNonRoot and .runAsUser > 0'
holds 'or can write to its image' pods '.containers | all(.securityContext.readOnlyRootFilesystem)'
holds 'or become more' \
	pods '.containers | all(.securityContext | .allowPrivilegeEscalation == false and .capabilities.drop == ["ALL"])'
holds 'keys are mounted read-only, mode 0400' \
	pods '([.volumes[] | select(.secret) | .secret.defaultMode] | unique == [256]) and
		(.containers[0].volumeMounts | map(select(.name == "keys" or .name == "login")) | all(.readOnly))'
holds 'no pod has a token of the cluster' pods '.automountServiceAccountToken == false'
holds 'the merging waits longer than the parts may take' jq -e \
	'(.[1].spec.template.spec.containers[0].args[0] | capture("merge (?<s>[0-9]+)").s | tonumber) > .[0].spec.activeDeadlineSeconds' jobs.json

# Programs that only say what they were told; a part leaves a receipt.
cat > bin/gaterun <<'END'
#!/bin/sh
echo "$*" >> "$SAID"
for each; do
	case $each in
	json:*) file=${each#json:} ;;
	--root) root=next ;;
	*) [ "${root:-}" != next ] || root=$each ;;
	esac
done
[ -n "${file:-}" ] || exit 0
mkdir -p "$root/receipts"
echo '{}' > "$root/receipts/RUN-1.json"
echo '    "file": "receipts/RUN-1.json",' > "$file"
END
printf '#!/bin/sh\n' > bin/git
chmod +x bin/gaterun bin/git
mkdir -p root/keys root/login root/scripts root/shared root/local root/parts
for each in 1 2 3 merge id_ed25519; do echo "$each" > "root/keys/$each"; done
echo key > root/login/id_ed25519
cp shard.sh root/scripts
cp shard.sh root/shared
echo '{}' > root/parts/RUN-1.json
export LAB_ROOT="$lab/root" PATH="$lab/bin:$PATH"

# starts FILE: each part once, by its number from 1, and then all of them are merged
starts() {
	export SAID="$lab/said.$1"
	: > "$SAID"
	"$tools/python" "$here/examples.py" "$1" 2 0 1 merge > "$lab/ended"
	[ "$(sort -u "$lab/ended")" = 0 ] &&
		[ "$(sed -n 's/.*verify core --context scheduled --shard \([^ ]*\).*/\1/p' "$SAID" | tr '\n' ' ')" = '3/3 1/3 2/3 ' ] &&
		tail -n 1 "$SAID" | grep -q 'receipt merge .*\.json'
}
for each in kubernetes.yaml nomad.hcl github.yml gitlab.yml; do
	# (Where the parts' receipts are in the folder itself.)
	mkdir -p receipts && cp root/parts/RUN-1.json receipts
	holds "$each starts each part once and merges them" starts "$each"
done
holds 'three parts are there to be merged: Kubernetes' grep -q 'merge .*/1.json .*/2.json .*/3.json' said.kubernetes.yaml
holds 'and Nomad' grep -q 'merge .*/1.json .*/2.json .*/3.json' said.nomad.hcl
holds 'who logs in is said' grep -q -e '--identity' said.kubernetes.yaml
done_testing
