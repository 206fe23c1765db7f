# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# shellcheck shell=sh
# services URL PORT: the fleet with a gate of the user's own, and a file for it to look into in which the
# second service has this URL and this port. The first one has port 443.
services() {
	fleet
	mkdir gates
	cat > gates/001-services.yaml <<-END
		id: U001
		title: Every service that is on speaks TLS, on a port of its own
		kind: yaml_assert
		with:
		  file: services.yaml
		  each: services
		  unless: {enabled: false}
		  asserts:
		    - {path: url, matches: '^https://', hint: services are reached over TLS only}
		    - {path: port, type: number, min: 1, max: 65535, unique: true}
		packs: [fast]
		severity: high
		owner: ops
		triage: Correct the service.
		explain: Plain HTTP shows passwords to the LAN.
	END
	cat > services.yaml <<-END
		services:
		  - {id: api, url: https://api.example, port: 443}
		  - {id: web, url: '$1', port: $2}
		  - {id: old, url: http://old.example, enabled: false}
	END
	edit gaterun.yaml '/^gates:/d'
	commit
}
