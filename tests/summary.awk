# Count the TAP of many test programs, show what failed, and end with "N passed, N failed".
#
# Each program's output follows a line "@suite NAME STATUS". A program that ended early, printed no
# plan or ended badly without saying why has failed, whatever it printed.

function group_of(name) {
	sub(/\/.*/, "", name)
	return name
}

function start_suite(name, status) {
	suite = name
	suite_status = status
	plan = -1
	seen = bad = 0
	lines = 0
}

function bad_line(text) {
	shown[++lines] = text
}

function end_suite(    left, why, i) {
	if (suite == "") {
		return
	}
	programs[group_of(suite)]++
	left = plan - seen
	if (suite_status == 124 || suite_status == 137) {
		why = "was out of time"
	} else if (suite_status == 127 && seen == 0) {
		why = "could not be started"
	} else if (suite_status != 0) {
		why = "ended with status " suite_status
	} else if (plan < 0) {
		why = "printed no plan"
	} else if (left != 0) {
		why = "planned " plan " tests and ran " seen
	}
	if (why != "" && (bad == 0 || left > 0)) {
		bad += left > 0 ? left : 1
		bad_line("# " suite " " why)
		for (i = (tail > 12 ? tail - 11 : 1); i <= tail; i++) {
			bad_line("#   " last[i])
		}
	}
	failed += bad
	group_failed[group_of(suite)] += bad
	if (bad > 0) {
		printf "FAIL  %s\n", suite
		for (i = 1; i <= lines; i++) {
			printf "      %s\n", shown[i]
		}
	}
	tail = 0
}

function skip(reason) {
	skipped++
	skips[skipped] = suite ": " reason
}

/^@suite / {
	end_suite()
	start_suite($2, $3)
	if (verbose == 1) {
		print
	}
	next
}

verbose == 1 {
	print "      " $0
}

{
	last[++tail] = $0
}

/^1\.\.[0-9]+/ {
	plan = substr($1, 4) + 0
	if (plan == 0 && match($0, /# *[Ss][Kk][Ii][Pp][^ ]* */)) {
		skip(substr($0, RSTART + RLENGTH))
	}
	next
}

/^(not )?ok[ \t].*# *[Ss][Kk][Ii][Pp]/ {
	seen++
	match($0, /# *[Ss][Kk][Ii][Pp][^ ]* */)
	skip(substr($0, RSTART + RLENGTH))
	failing = 0
	next
}

/^ok / {
	seen++
	passed++
	group_passed[group_of(suite)]++
	failing = 0
	next
}

/^not ok / {
	seen++
	bad++
	bad_line($0)
	failing = 1
	next
}

# What a failed test says about itself follows it.
failing {
	bad_line($0)
}

END {
	end_suite()
	split("unit fuzz case live", order, " ")
	for (i = 1; i <= 4; i++) {
		if (programs[order[i]] > 0) {
			printf "%-4s  %d programs, %d passed, %d failed\n", order[i], programs[order[i]],
				group_passed[order[i]], group_failed[order[i]]
		}
	}
	for (i = 1; i <= skipped; i++) {
		print "skip  " skips[i]
	}
	printf "%d passed, %d failed%s\n", passed, failed, (skipped > 0 ? ", " skipped " skipped" : "")
	exit (failed > 0 || passed == 0)
}
