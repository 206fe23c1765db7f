# Writes 300 varied loop scopes into loops/: of ten, one has no front matter and one a day that there is not;
# of fifteen, one is closed.
BEGIN {
	for (i = 1; i <= 300; i++) {
		file = sprintf("loops/%03d.scope.md", i)
		day = i % 28 + 1
		status = i % 5 ? "active" : i % 3 ? "planned" : "Done"
		if (i % 10 == 3) {
			printf "# Loop %d\n", i > file
		} else if (i % 10 == 7) {
			printf "---\nloop_id: LOOP-%d\ncreated: 2026-13-%02d\nstatus: %s\n---\n", i, day, status > file
		} else {
			printf "---\nloop_id: LOOP-%d-202603%02d\ncreated: 2026-03-%02d\nstatus: %s\nowner: \"@anna\"\n---\n", i, day, day, status > file
		}
		printf "# Loop\n## Guard Commands\n- **Verify**: `gaterun verify fast`\n## Success Criteria\n" > file
		for (k = 0; k < i % 9; k++) {
			printf "- [ ] criterion %d <!-- gates: G0%d1 -->\n", k, k % 3 > file
		}
		close(file)
	}
}
