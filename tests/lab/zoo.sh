# The zoo of hostile servers (tests/live/zoo.c), to be sourced after lab_up and fleet.sh: . "$LAB/zoo.sh"
#
# $lab/zoo then has a line "KIND PORT GATE VERDICT REASON" for each server, and after zoo_down one
# "seen KIND PORT CONNECTIONS FURTHEST-PHASE".
# shellcheck shell=sh
# shellcheck disable=SC2154  # $lab is that of tap.sh

# zoo_up [KIND=COUNT]...: start it and wait until all of it listens
zoo_up() {
	"$BUILD/live/zoo" "$lab/zoo_hosts" "$@" > "$lab/zoo" 2>&1 &
	zoo=$!
	trap 'kill "$zoo" 2> /dev/null; sh "$LAB/lab.sh" down "$lab"; rm -rf "$lab"' EXIT
	until_true grep -q '^ready$' "$lab/zoo" || { cat "$lab/zoo"; exit 1; }
	cat "$lab/zoo_hosts" >> bindings/known_hosts
}

# zoo_add [KIND]...: targets KIND-PORT with the tag zoo for these kinds; without a name for all
zoo_add() {
	while read -r kind port gate verdict reason; do
		[ "$kind" != ready ] || break
		case " ${*:-$kind} " in
		*" $kind "*) fleet_add "$kind-$port" "$port" zoo ;;
		esac
	done < "$lab/zoo"
}

zoo_down() {
	kill "$zoo"
	wait "$zoo"
}

# left_behind REPORT: what watch.c says that a program left. One pipe is libuv's, which closes it in a
# destructor: a program that ends without those, as ours does where no sanitizer wants them, keeps it.
left_behind() {
	awk '/ left [0-9]+ pipe:/ && (pipe == "" || pipe == $4) { pipe = $4; next } / (left|lives)( |$)/' "$1"
}
