# A fleet with loops, and a run that proves one of them, for cases: . "$CASES/loops.sh"
# shellcheck shell=sh
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"
cp -R "$CASES/fleet/." .
cat >> gaterun.yaml << 'END'
adopted: 2026-03-01
loops:
  folders: [loops]
  scopes: {task-47: {packs: [fast], criteria: {'1': [G002]}}}
END
cp -R "$CASES/../live/loops" loops
printf -- '---\nloop_id: LOOP-BROKEN-20260301\nstatus: perhaps\n---\n' > loops/broken.scope.md
printf -- '---\nloop_id: LOOP-HAND-20260301\nstatus: closed\nclosed_at: 2026-03-02\n---\n## Verification\n- it works\n' > loops/hand.scope.md
commit
# The run that proves them, by a key that the repo lists.
proven() {
	"$GATERUN" verify fast --mode static > ../run 2>&1
	mkdir -p receipts/trust
	"$GATERUN" key show | grep namespaces > receipts/trust/allowed_signers
	commit
	key=$("$GATERUN" verify fast --mode static -o json | jq -r .run_key)
}
