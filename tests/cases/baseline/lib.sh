# A repo with two commits, to be sourced: . "$CASES/baseline/lib.sh"
# In the second, one address of peers.txt is gone, one has moved, one is new, and G020 is broken.
# shellcheck shell=sh
# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

history() {
	printf '%s\n' 'goes 100.64.1.1' 'stays 100.64.1.2' > peers.txt
	fleet
	git tag first
	printf '%s\n' '# moved' '# down' 'stays 100.64.1.2' 'comes 100.64.1.3' > peers.txt
	edit bindings/tailscale.tailnet.snapshot.yaml 's/^device_count: 4/device_count: 5/'
	commit
}

# recorded WORD...: a receipt of the first of the two commits in $key; then the second
recorded() {
	history
	git checkout -q first
	"$GATERUN" verify "$@" --mode static > /dev/null 2>&1
	key=$(ls receipts | sed -n 's/\.json$//p')
	git checkout -q main
}
