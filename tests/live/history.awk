# A made-up history of an ops repo, as a stream for git fast-import, and what a comparison of each
# commit with its parent must say.
#
#	awk -v commits=300 -v seed=1 -v expected=FILE -f history.awk FLEET-FILE... > STREAM
#
# The files of the fleet keep all rules. Beside them there are notes with addresses (G030) and keys
# (G031), and scripts that open logins (G011); a device is counted wrongly (G020), and host keys are
# not pinned (G013). What is found in a commit follows from what was put into it, so that the program
# under test has no part in what is expected: of findings that are alike (gate, subject, and what
# stands there) there are N before and M after, min(N, M) of them pre-existing, the rest introduced or
# fixed.

# The next number of a sequence that is the same for every awk, below `limit`.
function chance(limit) {
	state = (state * 16807) % 2147483647
	return state % limit
}

BEGIN {
	state = seed
	notes = 10
	scripts = 4
	for (i = 0; i < notes; i++) {
		path[i] = "notes/" i ".txt"
		lines[i] = 0
	}
	for (i = 0; i < scripts; i++) {
		path[notes + i] = "bin/" i ".sh"
		lines[notes + i] = 0
	}
	files = notes + scripts
	drift = 0
}

# The files of the fleet, but for known_hosts, whose lines come and go.
FILENAME ~ /known_hosts$/ {
	pins++
	pin[pins] = $0
	is_pinned[pins] = 1
	next
}
{
	name = FILENAME
	sub(/^.*\/fleet\//, "", name)
	fleet[name] = fleet[name] $0 "\n"
}

function insert(file, at, text,    i) {
	for (i = lines[file]; i > at; i--) {
		line[file, i] = line[file, i - 1]
	}
	line[file, at] = text
	lines[file]++
}

function remove(file, at,    i) {
	for (i = at; i < lines[file] - 1; i++) {
		line[file, i] = line[file, i + 1]
	}
	lines[file]--
}

# Something that is found: an address of a few, so that equal ones meet; or a key.
function harm() {
	if (chance(4) == 0) {
		return "ts" "key-auth-k12345CNTRL-" (1000000000 + chance(3))
	}
	return sprintf("peer 100.%d.7.%d", 64, chance(6))
}

# One change.
function change(    what, file, at) {
	what = chance(12)
	file = chance(notes)
	at = chance(lines[file] + 1)
	if (what < 3) {
		insert(file, at, harm())
	} else if (what == 3 && lines[file] > 0) {
		insert(file, at, line[file, chance(lines[file])])
	} else if (what < 6 && lines[file] > 0) {
		remove(file, chance(lines[file]))
	} else if (what == 6) {
		insert(file, 0, "a note, so that the rest moves down")
	} else if (what == 7) {
		path[file] = "notes/" renames++ "/" file ".txt"
	} else if (what == 8) {
		drift = 1 - drift
	} else if (what == 9) {
		at = 1 + chance(pins)
		is_pinned[at] = 1 - is_pinned[at]
	} else if (what == 10) {
		file = notes + chance(scripts)
		insert(file, chance(lines[file] + 1), "tailscale up")
	} else {
		file = notes + chance(scripts)
		if (lines[file] > 0) {
			remove(file, chance(lines[file]))
		}
	}
}

function put(name, text) {
	printf "M 100644 inline %s\ndata %d\n%s\n", name, length(text), text
}

function commit(number,    i, k, name, text) {
	printf "commit refs/heads/main\nmark :%d\ncommitter t <t@example.org> %d +0000\ndata 1\nx\n", number, 1700000000 + number
	if (number > 1) {
		printf "from :%d\n", number - 1
	}
	print "deleteall"
	for (name in fleet) {
		text = fleet[name]
		if (drift) {
			sub(/device_count: 4/, "device_count: 5", text)
		}
		put(name, text)
	}
	text = "# pinned\n"
	for (i = 1; i <= pins; i++) {
		text = text (is_pinned[i] ? pin[i] "\n" : "")
	}
	put("bindings/known_hosts", text)
	for (i = 0; i < files; i++) {
		text = i < notes ? "" : "#!/bin/sh\n"
		for (k = 0; k < lines[i]; k++) {
			text = text line[i, k] "\n"
		}
		put(path[i], text "the end\n")
	}
}

# Count what is to be found now, by "gate subject|what stands there".
function look(    i, k, key) {
	delete now
	if (drift) {
		now["G020 file:bindings/tailscale.tailnet.snapshot.yaml|"] = 1
	}
	for (i = 1; i <= pins; i++) {
		if (!is_pinned[i]) {
			key = pin[i]
			sub(/ .*/, "", key)
			now["G013 target:" key "|"] = 1
		}
	}
	for (i = 0; i < files; i++) {
		for (k = 0; k < lines[i]; k++) {
			if (line[i, k] ~ /^peer/) {
				now["G030 file:" path[i] "|" line[i, k]]++
			} else if (line[i, k] ~ /^tskey/) {
				now["G031 file:" path[i] "|"]++
			} else if (line[i, k] ~ /^tailscale/) {
				now["G011 file:" path[i] "|"]++
			}
		}
	}
}

# What became of the findings since the commit before, by gate and subject.
function compare(number,    key, about, same) {
	delete introduced
	delete kept
	delete fixed
	delete abouts
	for (key in now) {
		about = substr(key, 1, index(key, "|") - 1)
		same = key in before ? (before[key] < now[key] ? before[key] : now[key]) : 0
		introduced[about] += now[key] - same
		kept[about] += same
		abouts[about] = 1
	}
	for (key in before) {
		about = substr(key, 1, index(key, "|") - 1)
		same = key in now ? (before[key] < now[key] ? before[key] : now[key]) : 0
		fixed[about] += before[key] - same
		abouts[about] = 1
	}
	for (about in abouts) {
		print number, about, introduced[about] + 0, kept[about] + 0, fixed[about] + 0 > expected
	}
	delete before
	for (key in now) {
		before[key] = now[key]
	}
}

END {
	for (number = 1; number <= commits; number++) {
		for (changes = 1 + chance(3); number > 1 && changes > 0; changes--) {
			change()
		}
		commit(number)
		look()
		if (number > 1) {
			compare(number)
		}
	}
}
