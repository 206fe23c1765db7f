# shellcheck source=tests/cases/lib.sh
. "$CASES/lib.sh"

# shellcheck shell=sh
# machines ADDRESS UPLINK: the fleet with two gates of the user's own, which join two files about the same
# machines. The second machine has this LAN address and this uplink.
machines() {
	fleet
	mkdir gates
	cat > vms.yaml <<-EOF
		vms:
		  - {id: web, status: active, lan_ip: 192.168.7.10, uplink: db}
		  - {id: db, status: active, lan_ip: $1, uplink: $2}
		  - {id: attic, status: gone, lan_ip: 192.168.7.99, uplink: none}
	EOF
	cat > docker.json <<-'EOF'
		{"hosts": [
		  {"name": "web", "url": "tcp://ignored", "address": "192.168.7.10"},
		  {"name": "db", "address": "192.168.7.11", "was": ["store"]}
		]}
	EOF
	cat > gates/003-vms-known.yaml <<-'EOF'
		id: U003
		title: Every active machine is one of Docker's hosts, at the address that both say
		kind: cross_ref
		packs: [fast]
		severity: high
		owner: ops
		review_by: 2027-03-01
		triage: Correct vms.yaml, or add the host to docker.json.
		explain: |
		  Two files name the same machines; whoever moves one forgets the other.
		with:
		  left: {file: vms.yaml, each: vms, key: id, where: {status: active}}
		  right: {file: docker.json, each: hosts, key: name, also: 'was[*]'}
		  mode: equal
		  compare: [{left: lan_ip, right: address, as: host, hint: ask the machine which one it has}]
	EOF
	cat > gates/004-uplinks-known.yaml <<-'EOF'
		id: U004
		title: The uplink of every active machine is a machine
		kind: cross_ref
		packs: [fast]
		severity: high
		owner: ops
		review_by: 2027-03-01
		triage: Correct the uplink.
		explain: |
		  An uplink that is no machine is found out at night.
		with:
		  left: {file: vms.yaml, each: vms, key: uplink, where: {status: active}}
		  right: {file: vms.yaml, each: vms, key: id}
		  aliases: {router: web}
	EOF
	edit gaterun.yaml '/^gates:/d'
	commit
}
