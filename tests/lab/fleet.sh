# Many logical machines on few SSH servers, to be sourced after lab_up: . "$LAB/fleet.sh"
#
# Each machine is a port of its own on 127.0.0.1, a target of its own and a name of its own in
# known_hosts. Machines on one server have its host key in common, so G013 has no place here: the
# ops repo of $lab gets gates of its own (fleet_gate) instead of the shipped ones.
# shellcheck shell=sh
# shellcheck disable=SC2154  # $lab and $LOGIN are those of tap.sh

# That many servers were started.
servers=0

# A server listens on that many ports (sshd takes 16 at most).
FLEET_PORTS=16

# fleet_gate ID KIND [LINE]...: a gate of that kind for all targets, with further lines of its own
fleet_gate() {
	mkdir -p gates
	number=$(printf '%s' "$1" | tr -cd '0-9')
	{
		cat <<-GATE
		id: $1
		title: $2 of everything
		kind: $2
		packs: [all]
		severity: high
		enforce: true
		timeout: 60s
		owner: lab
		review_by: 2099-01-01
		triage: Read the reason.
		explain: A gate of the lab.
		GATE
		shift 2
		for line in "$@"; do echo "$line"; done
	} > "gates/$number-lab.yaml"
	sed 's/^gates:.*/gates: gates/' gaterun.yaml > gaterun.yaml.new
	mv gaterun.yaml.new gaterun.yaml
}

# Forget the machines that the lab began with.
fleet_clear() {
	cat <<-END > bindings/ssh.targets.yaml
	ssh:
	  defaults: {user: "$LOGIN"}
	  targets:
	END
	: > bindings/known_hosts
}

# fleet_add ID PORT TAG: one machine
fleet_add() {
	echo "    - {id: \"$1\", host: 127.0.0.1, port: $2, tags: [$3], access_policy: lan_only}" \
		>> bindings/ssh.targets.yaml
}

# fleet_server NAME COUNT TAG: start one SSH server for COUNT machines NAME-1, NAME-2, …
fleet_server() {
	server=$lab/servers/$1
	mkdir -p "$server"
	tries=0
	until
		first=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
		{
			sed '/^ListenAddress/d; /^Port/d; /^MaxStartups/d' "$lab/servers/harbor/sshd_config"
			echo 'MaxStartups 1000'
			port=$first
			while [ "$port" -lt $((first + $2)) ]; do
				echo "ListenAddress 127.0.0.1:$port"
				port=$((port + 1))
			done
		} > "$server/sshd_config"
		sh "$LAB/lab.sh" start "$lab" "$1" > "$lab/started" 2>&1 && is_all_ours "$server" "$2"
	do
		sh "$LAB/lab.sh" stop "$lab" "$1"
		tries=$((tries + 1))
		[ "$tries" -lt 20 ] || { cat "$lab/started" >&2; return 1; }
	done
	number=1
	# (All have the host key of one.)
	key=$(cut -d ' ' -f 1,2 "$lab/servers/harbor/host_key.pub")
	while [ "$number" -le "$2" ]; do
		fleet_add "$1-$number" $((first + number - 1)) "$3"
		echo "$1-$number $key" >> bindings/known_hosts
		number=$((number + 1))
	done
}

# Does the server have all of its ports? (It starts without those that somebody else has.)
is_all_ours() {
	tries_left=100
	while [ "$(grep -c '^Server listening' "$1/log")" -lt "$2" ]; do
		tries_left=$((tries_left - 1))
		if [ "$tries_left" -eq 0 ] || grep -q 'Address already in use' "$1/log"; then
			return 1
		fi
		sleep 0.02
	done
}

# fleet_up COUNT [TAG]...: start that many machines more, with the tag fleet and these
fleet_up() {
	left=$1
	shift
	tags=$(echo fleet "$@" | sed 's/ /, /g')
	while [ "$left" -gt 0 ]; do
		servers=$((servers + 1))
		fleet_server "box$servers" $((left < FLEET_PORTS ? left : FLEET_PORTS)) "$tags" || return
		left=$((left - FLEET_PORTS))
	done
}

# How many connections did the servers of the fleet take?
fleet_connections() {
	cat "$lab"/servers/box*/log | grep -c '^Connection from'
}
