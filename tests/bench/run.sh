#!/bin/sh
# Measure against the limits: run.sh BUILD, where BUILD is a folder such as build/release.
#
# Commands run in turn, round after round, with a warm cache and their output into a pipe; what counts is
# the least wall time of each. Quote the ratios: milliseconds differ between machines and hours. The trees
# (about 1.5 GB) are made once, below BUILD. ROUNDS and ROUNDS_LARGE say how many rounds.
# Exit status: 0 every limit that could be measured is kept, 1 one is not.
set -eu

cd "$(dirname "$0")/../.."
[ $# -eq 1 ] || { echo 'usage: run.sh BUILD' >&2; exit 64; }
build=$(cd "$1" && pwd)
gaterun=$build/gaterun
out=$build/bench
rounds=${ROUNDS:-25} rounds_large=${ROUNDS_LARGE:-15}
missed=0
texts='--gate G011 --gate G030 --gate G031'
export LC_ALL=C

# What a plain hit looks like, for ripgrep.
pattern='\b100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d{1,3}\.\d{1,3}\b'

have() {
	command -v "$1" > /dev/null 2>&1
}

# at NAME COLUMN: a number of the last measurement (2 least ms, 3 median ms, 4 least CPU ms, 5 KiB)
at() {
	awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$out/measured"
}

measure() {
	"$out/measure" "$@" > "$out/measured"
	awk -F '\t' '{ printf "  %-22s %9.2f ms least %9.2f median %9.2f CPU %7.1f MiB\n", $1, $2, $3, $4, $5 / 1024 }' \
		"$out/measured"
}

# limit WHAT VALUE MOST: a ratio or an amount against its bar
limit() {
	if awk -v value="$2" -v most="$3" 'BEGIN { exit !(value <= most) }'; then
		verdict=ok
	else
		verdict=MISSED
		missed=1
	fi
	printf '  %-6s %s: %s (at most %s)\n' "$verdict" "$1" "$2" "$3"
}

# ended NAME STATUS: a program that did something else was not measured at all
ended() {
	[ "$(at "$1" 6)" = "$2" ] && return
	echo "  MISSED $1 ended with exit status $(at "$1" 6); expected $2"
	missed=1
}

# less NAME COLUMN START: what is left without the start
less() {
	awk -v all="$(at "$1" "$2")" -v start="$(at "$3" "$2")" 'BEGIN { printf "%.2f", all - start }'
}

ratio() {
	awk -v one="$1" -v other="$2" 'BEGIN { printf "%.3g", one / other }'
}

# ---- what is needed

helper() {
	${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -o "$out/$1" "tests/bench/$1.c" -lpthread
}

# tree NAME FILES BYTES: tracked files, and nothing else that a gate could look at
tree() {
	[ ! -e "$out/$1.made" ] || return 0
	echo "making a tree of $2 files in $out/$1" >&2
	rm -rf "${out:?}/$1"
	mkdir -p "$out/$1"
	git init -q "$out/$1"
	[ "$2" -eq 0 ] || "$out/make_tree" "$out/$1" "$2" "$3"
	printf 'version: 1\ngates: shipped\n' > "$out/$1/gaterun.yaml"
	git -C "$out/$1" ls-files > "$out/$1.list"
	: > "$out/$1.made"
}

# bindings DIR COUNT: that many targets and devices that agree
bindings() {
	mkdir -p "$1/bindings"
	printf 'version: 1\ngates: shipped\n' > "$1/gaterun.yaml"
	awk -v count="$2" 'BEGIN {
		print "ssh:\n  targets:"
		for (i = 1; i <= count; i++) {
			printf "    - id: host-%d\n      host: \"192.168.7.%d\"\n", i, i
			printf "      tailscale_ip: \"100.90.1.%d\"\n      user: ops\n", i
			printf "      access_policy: lan_first\n      description: machine number %d\n", i
			printf "      tags: [docker, production]\n"
		}
	}' > "$1/bindings/ssh.targets.yaml"
	awk -v count="$2" 'BEGIN {
		printf "version: 1\ntailnet: example.ts.net\ndevice_count: %d\ndevices:\n", count
		for (i = 1; i <= count; i++) {
			printf "  - id: host-%d\n    tailscale_ip: \"100.90.1.%d\"\n", i, i
			printf "    lan_ip: \"192.168.7.%d\"\n    fqdn: host-%d.example.ts.net\n", i, i
			printf "    access_policy: lan_first\n    os: linux\n    tags: [server]\n"
		}
	}' > "$1/bindings/tailscale.tailnet.snapshot.yaml"
}

# hooked NAME FROM: a repo of the same files, committed, in which no gate finds an address
hooked() {
	[ ! -e "$out/$1.made" ] || return 0
	echo "committing the files of $2 in $out/$1" >&2
	rm -rf "${out:?}/$1"
	mkdir "$out/$1"
	(cd "$out/$2" && tar cf - --exclude=.git .) | tar xf - -C "$out/$1"
	(
		cd "$out/$1"
		git init -q .
		grep -rl 'address 100' area* | xargs sed -i.old 's/address 100[0-9.]*/address/'
		find area* -name '*.old' -exec rm {} +
		git -c core.bigFileThreshold=1 -c core.compression=1 add .
		git -c user.name=bench -c user.email=bench@example.org commit -q -m bench
	)
	: > "$out/$1.made"
}

# ---- the measurements

# same_hits NAME: file, line and column as ripgrep gives them
same_hits() {
	(cd "$out/$1" && rg -n -o --column --no-heading --no-ignore --hidden -g '!.git' "$pattern") |
		cut -d : -f 1-3 | sort > "$out/$1.theirs"
	"$gaterun" --root "$out/$1" verify --gate G030 --mode static --no-receipt -o json |
		jq -r '.gates[].findings[] | select(.reason == "text.address") | "\(.file):\(.line):\(.column)"' |
		sort > "$out/$1.ours"
	if [ -s "$out/$1.ours" ] && cmp -s "$out/$1.ours" "$out/$1.theirs"; then
		echo "  ok     the same $(wc -l < "$out/$1.ours") hits as ripgrep, by file, line and column"
	else
		echo "  MISSED other hits than ripgrep: compare $out/$1.ours and $out/$1.theirs"
		missed=1
	fi
}

# scan NAME ROUNDS
#
# The limit is one for scanning: what the programs need to start (and gaterun to load its gates), measured
# in a tree without files, is taken off on both sides. On the small tree it is a good part of the whole.
scan() {
	name=$1 most=$2
	echo "address scan, $name: $(wc -l < "$out/$name.list") files"
	set -- limit "$out/limit" "../$name.list" -- limit-start "$out/limit" /dev/null \
		-- gaterun "$gaterun" verify --gate G030 --mode static --no-receipt \
		-- gaterun-start "$gaterun" --root "$out/empty" verify --gate G030 --mode static --no-receipt
	if have rg; then
		set -- "$@" -- rg rg --no-ignore --hidden -n "$pattern"
	fi
	(cd "$out/$name" && measure "$most" "$@")
	ended limit 0
	ended gaterun 1
	ended gaterun-start 2
	limit 'scanning / open+read+close, wall' \
		"$(ratio "$(less gaterun 2 gaterun-start)" "$(less limit 2 limit-start)")" 1.3
	echo "  -      the same with the start of both programs: $(ratio "$(at gaterun 2)" "$(at limit 2)")"
	echo "  -      the same in CPU time: $(ratio "$(less gaterun 4 gaterun-start)" "$(less limit 4 limit-start)")"
	limit 'peak memory in MiB' "$(ratio "$(at gaterun 5)" 1024)" 30
	against_rg "$name"
}

against_rg() {
	if ! have rg; then
		echo '  -      gaterun / rg: not measured, there is no rg'
		return
	fi
	case $(rg --version) in
	'ripgrep 15.'*) limit 'gaterun / rg 15, wall' "$(ratio "$(at gaterun 2)" "$(at rg 2)")" 0.75 ;;
	*) echo "  -      gaterun / rg, wall: $(ratio "$(at gaterun 2)" "$(at rg 2)") (the limit is for version 15)" ;;
	esac
	if have jq; then
		same_hits "$1"
	else
		echo '  -      the same hits as rg: not compared, there is no jq'
	fi
}

# hook NAME ROUNDS: what a pre-commit hook costs in which one file is another one than the last time
#
# Each measured command changes that file and stages it; what that costs is measured too, and taken off. So is
# what a run without any scan costs, where the scan alone is meant. (Run keys and logs stay below BUILD.)
hook() {
	name=$1 most=$2
	echo "hook, $name: $(git -C "$out/$name" ls-files | wc -l) files, one of them changed"
	export XDG_STATE_HOME="$out/state" XDG_CONFIG_HOME="$out/config"
	cat > "$out/change" <<'END'
#!/bin/sh
echo "$$" > changed.txt
git add changed.txt
[ $# -eq 0 ] || exec "$@"
END
	chmod +x "$out/change"
	(
		cd "$out/$name"
		"$out/change" "$gaterun" verify fast --staged > "$out/hook.out" 2>&1 || :
		measure "$most" change "$out/change" \
			-- all "$out/change" "$gaterun" verify fast --staged --no-cache \
			-- one "$out/change" "$gaterun" verify fast --staged \
			-- scan-all "$out/change" "$gaterun" verify $texts --staged --no-receipt --no-cache \
			-- scan-one "$out/change" "$gaterun" verify $texts --staged --no-receipt \
			-- scan-none "$out/change" "$gaterun" verify --gate G001 --staged --no-receipt
	)
	ended scan-all "$(at scan-one 6)"
	limit 'scan step, cached / uncached, wall' \
		"$(ratio "$(less scan-one 2 scan-none)" "$(less scan-all 2 scan-none)")" 0.02
	limit 'hook, cached / uncached, wall' "$(ratio "$(less one 2 change)" "$(less all 2 change)")" 0.05
}

# history NAME FILES: a repo of that many files of 3 KiB and 150 commits, each of which writes a line in 3 of them
history() {
	[ ! -e "$out/$1.made" ] || return 0
	echo "making $2 files and 150 commits in $out/$1" >&2
	rm -rf "${out:?}/$1"
	git init -q "$out/$1"
	awk -v files="$2" 'function put(file, number,  text, i) {
		for (i = 0; i < 60; i++) {
			text = text sprintf("host %d port %d is what line %d says %d\n", file, i * 7, i, (i == number % 60) * number)
		}
		printf "M 100644 inline area%02d/part%02d/file%04d.txt\ndata %d\n%s\n",
			file % 10, file / 10 % 50, file, length(text), text
	}
	BEGIN {
		for (commit = 1; commit <= 150; commit++) {
			printf "commit refs/heads/main\ncommitter bench <bench@example.org> %d +0000\n", 1e9 + commit
			printf "data 5\nbench\n"
			if (commit == 1) {
				printf "M 100644 inline gaterun.yaml\ndata 26\nversion: 1\ngates: shipped\n\n"
			}
			for (i = 0; i < (commit == 1 ? files : 3); i++) {
				put(commit == 1 ? i : (commit * 131 + i * 17) % files, commit)
			}
		}
	}' | git -C "$out/$1" fast-import --quiet
	git -C "$out/$1" symbolic-ref HEAD refs/heads/main
	git -C "$out/$1" reset -q --hard
	# Files as new as the index would be read by git each time.
	find "$out/$1" -name .git -prune -o -type f -exec touch -t 202001010000 {} +
	git -C "$out/$1" update-index -q --refresh
	: > "$out/$1.made"
}

# compared NAME ROUNDS: a run that also judges an earlier revision, against the question what changed since
compared() {
	name=$1 most=$2
	echo "baseline, $name: $(git -C "$out/$name" ls-files | wc -l) files, HEAD~100"
	export XDG_STATE_HOME="$out/state" XDG_CONFIG_HOME="$out/config"
	(
		cd "$out/$name"
		"$gaterun" verify fast --baseline HEAD~100 > "$out/compared.out" 2>&1 || :
		measure "$most" diff git diff --stat HEAD~100 \
			-- worktree "$gaterun" verify fast --baseline HEAD~100 \
			-- staged "$gaterun" verify fast --baseline HEAD~100 --staged \
			-- alone "$gaterun" verify fast
	)
	ended diff 0
	ended staged "$(at worktree 6)"
	limit 'verify --baseline / git diff --stat, wall' "$(ratio "$(at worktree 2)" "$(at diff 2)")" 3
	limit 'the same, staged' "$(ratio "$(at staged 2)" "$(at diff 2)")" 3
}

parity() {
	echo 'G020 against a shell gate, 19 targets'
	bindings "$out/parity" 19
	if ! have yq || ! have bash; then
		echo '  -      not measured, there is no yq'
		return
	fi
	if ! bash tests/bench/parity.sh "$out/parity" > /dev/null; then
		echo '  -      not measured, because this yq does not read the bindings'
		return
	fi
	measure "${ROUNDS_SHELL:-3}" gaterun "$gaterun" --root "$out/parity" verify --gate G020 --mode static \
		--no-receipt -- shell bash tests/bench/parity.sh "$out/parity"
	ended gaterun 0
	ended shell 0
	limit 'gaterun / shell, wall' "$(ratio "$(at gaterun 2)" "$(at shell 2)")" 0.002
}

# Three hundred loop scopes: listed, with every mistake, and judged.
loops() {
	echo 'loops, 300 scopes'
	bindings "$out/loops" 19
	(
		cd "$out/loops" || exit 1
		grep -q '^loops:' gaterun.yaml 2> /dev/null || echo 'loops: loops' >> gaterun.yaml
		mkdir -p loops
		awk -f "$OLDPWD/tests/lab/loops.awk"
	)
	measure "$rounds" list "$gaterun" --root "$out/loops" loop list -o json \
		-- check "$gaterun" --root "$out/loops" loop check --all -o json
	ended list 0
	limit 'loop list, wall in ms' "$(at list 2)" 50
	limit 'loop check --all, wall in ms' "$(at check 2)" 50
}

start() {
	echo 'start'
	measure 100 true /bin/true -- version "$gaterun" version
	ended version 0
	limit 'gaterun version / true, wall' "$(ratio "$(at version 2)" "$(at true 2)")" 4
}

mkdir -p "$out"
for each in limit make_tree measure; do helper "$each"; done
tree empty 0 0
tree ops 2500 15400000
tree large 80000 560000000
"$gaterun" version | sed -n 1p
uname -srm
if have rg; then rg --version | sed -n 1p; fi
if have yq; then yq --version; fi
start
scan ops "$rounds"
scan large "$rounds_large"
hooked hook large
hook hook "$rounds_large"
history history 5000
compared history "$rounds"
parity
loops
sh tests/bench/fanout.sh "$build" || [ $? -eq 69 ] || missed=1
sh tests/bench/tls.sh "$build" || [ $? -eq 69 ] || missed=1
sh tests/bench/log.sh "$build" || [ $? -eq 69 ] || missed=1
sh tests/bench/formats.sh "$build" || missed=1
[ "$missed" -eq 0 ] || { echo 'a limit is missed'; exit 1; }
