# To be sourced: . "$CASES/baseline/lost.sh"
# shellcheck shell=sh

# lose FILE: what is staged of it is in no object any more, nor is it in the work tree
lose() {
	id=$(git rev-parse ":$1")
	rm -f "$1" ".git/objects/$(echo "$id" | cut -c 1-2)/$(echo "$id" | cut -c 3-)"
}
