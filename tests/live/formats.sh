# Reports are what their consumers take: judged by other people's schemas and programs, for a run with one of
# everything, one with hostile names, one without a failure, and one in which nothing could run. Of each judge there is
# a report that it refuses.
# shellcheck shell=sh
# shellcheck source=tests/lab/tap.sh
. "$LAB/tap.sh"

lab=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/formats.XXXXXX")" && pwd -P)
trap 'rm -rf "$lab"' EXIT
trap 'exit 143' INT TERM HUP
if ! sh "$LAB/formats.sh" > "$lab/found" 2>&1; then
	echo "1..0 # SKIP $(tail -n 1 "$lab/found")"
	exit 0
fi
tools=$(tail -n 1 "$lab/found")
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
# shellcheck source=tests/cases/formats/lib.sh
. "$CASES/formats/lib.sh"
formats='json ndjson junit tap sarif prom github gitlab markdown'

# judge FORMAT FILE
judge() {
	case $1 in
	prom) "$tools/promtool" check metrics < "$2" ;;
	tap) prove -e cat "$2" ;;
	json) jq -e '.schema == "gaterun/run/v1"' "$2" ;;
	*) "$tools/python/bin/python3" "$LAB/formats/judge.py" "$1" "$tools" "$2" ;;
	esac
}
# parses FILE: is it TAP that prove understands, whatever its tests say?
parses() {
	prove -e cat "$1" > "$lab/prove" 2>&1
	! grep -E 'Parse errors|No plan|Bad plan|Non-zero' "$lab/prove"
}
refuses() {
	! judge "$@"
}
# reports NAME WORD...: all formats of one run, into $lab/NAME
reports() {
	name=$1
	shift
	mkdir -p "$lab/$name"
	words=''
	for each in $formats; do
		words="$words -o $each:$lab/$name/$each"
	done
	# shellcheck disable=SC2086  # words on purpose
	"$GATERUN" verify fast --no-receipt "$@" $words > "$lab/$name/text"
	status=$?
}
# taken NAME: all but TAP, whose judge also says whether all went well
taken() {
	for each in $formats; do
		[ "$each" = tap ] || holds "$1: $each is what its consumer takes" judge "$each" "$lab/$1/$each"
	done
	holds "$1: prove understands the TAP" parses "$lab/$1/tap"
}

mkdir "$lab/rich" "$lab/hostile" "$lab/good" "$lab/repo1" "$lab/repo2" "$lab/repo3"
cd "$lab/repo1" || exit 1
rich
reports rich --baseline first
holds 'the rich run fails' [ "$status" -eq 1 ]
taken rich
holds 'prove fails as gaterun does' refuses tap "$lab/rich/tap"

cd "$lab/repo2" || exit 1
hostile
reports hostile --baseline first
taken hostile
reports again --baseline first
holds 'the same repo gives the same bytes, but for times' \
	[ "$(sed 's/"\(start\|end\)TimeUtc.*//' "$lab/hostile/sarif" | cksum)" = "$(sed 's/"\(start\|end\)TimeUtc.*//' "$lab/again/sarif" | cksum)" ]
holds 'and gives forges the same' cmp "$lab/hostile/gitlab" "$lab/again/gitlab"

cd "$lab/repo3" || exit 1
fleet
reports good
holds 'the good run passes' [ "$status" -eq 0 ]
taken good
holds 'prove passes as gaterun does' judge tap "$lab/good/tap"
"$GATERUN" verify --gate G021 --mode static --no-receipt -o tap > "$lab/nothing.tap"
holds 'where nothing passed prove fails, as gaterun does' refuses tap "$lab/nothing.tap"

printf 'version: 1\ngates: shipped\ngats: "<b>]]>"\n"a\\u001b|`::": 1\n' > gaterun.yaml
for each in ndjson junit prom github markdown; do
	"$GATERUN" verify fast -o "$each" > "$lab/broken.$each" 2> "$lab/err"
	holds "broken: $each is what its consumer takes" judge "$each" "$lab/broken.$each"
done
"$GATERUN" verify fast -o tap > "$lab/broken.tap" 2> "$lab/err"
holds 'broken: prove fails' refuses tap "$lab/broken.tap"

# Without these the statements above would say nothing.
spoil() {
	sed "$2" "$lab/hostile/$1" > "$lab/spoilt.$1"
	! cmp -s "$lab/hostile/$1" "$lab/spoilt.$1" && refuses "$1" "$lab/spoilt.$1"
}
holds 'refused: a level that SARIF does not know' spoil sarif 's/"level": "error"/"level": "bad"/'
holds 'refused: a path that is no URI' spoil sarif 's/peers.txt/pe ers.txt/'
holds 'refused: an attribute that JUnit does not know' spoil junit 's/<testcase /&file="x" /'
holds 'refused: a sum of JUnit that is wrong' spoil junit 's/ tests="18"/ tests="19"/'
holds 'refused: what closes a text of XML' spoil junit 's/&lt;script&gt;/<script>/'
holds 'refused: a severity that GitLab does not know' spoil gitlab 's/"critical"/"high"/'
holds 'refused: a fingerprint that stands twice' spoil gitlab 's/"fingerprint": .*/"fingerprint": "x",/'
holds 'refused: a metric with two types' spoil prom 's/# TYPE gaterun_gates gauge/&\n&/'
holds 'refused: a label that is not closed' spoil prom 's/reason="keys.unpinned"/reason="keys.unpinned/'
holds 'refused: a command in a file name' spoil github 's/#\\x23\[error/##[error/'
holds 'refused: an eleventh annotation' spoil github '/^::error/{p;p;}'
holds 'refused: HTML that is no text' spoil markdown 's/^- \*\*fail\*\* .*/& <script>/'
holds 'refused: a last line that is missing' spoil ndjson '$d'
holds 'refused: a terminal escape' spoil markdown "s/\\\\x1b/$(printf '\033')/"
sed 's/^1\.\.[0-9]*/1..99/' "$lab/hostile/tap" > "$lab/spoilt.tap"
holds 'refused: a plan that is not kept' eval '! parses "$lab/spoilt.tap"'

# A full disk is said, does not hide a failure, and is no success.
cd "$lab/repo1" || exit 1
if [ -c /dev/full ]; then
	"$GATERUN" verify fast --no-receipt -o junit:/dev/full > "$lab/out" 2> "$lab/err"
	holds 'a full disk does not hide a failure' [ $? -eq 1 ]
	holds 'and is said' grep -q 'the result in junit is lost' "$lab/err"
	"$GATERUN" verify --gate G002 --no-receipt -o junit:/dev/full -o tap:"$lab/whole.tap" > "$lab/out" 2> "$lab/err"
	holds 'a full disk is no success' [ $? -eq 70 ]
	holds 'and the other report is whole' judge tap "$lab/whole.tap"
fi
(umask 077 && "$GATERUN" verify --gate G002 --no-receipt -o prom:"$lab/x.prom" -o json:"$lab/x.json" > "$lab/out")
holds 'metrics are for another user, whatever the umask' [ "$(ls -l "$lab/x.prom" | cut -c 1-10)" = -rw-r--r-- ]
holds 'other reports are not' [ "$(ls -l "$lab/x.json" | cut -c 1-10)" = -rw------- ]

# Ten times the findings are ten times the bytes, or the limit of the consumer.
sized() {
	mkdir "$lab/size$1" && cd "$lab/size$1" || exit 1
	fleet
	awk -v count="$1" 'BEGIN { for (i = 0; i < count; i++) print "100.64.1.9" > "f" i ".txt" }'
	commit
	reports "of$1"
}
linear() {
	one=$(wc -c < "$lab/of100/$1")
	ten=$(wc -c < "$lab/of1000/$1")
	[ "$ten" -le $((one * 11)) ]
}
sized 100
sized 1000
for each in $formats text; do
	holds "$each is linear" linear "$each"
done
taken of1000
done_testing
