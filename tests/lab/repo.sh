#!/bin/sh
# Write the ops repo of the lab in DIR: repo.sh DIR. See lab.sh, which calls this.
set -eu

dir=$(cd "$1" && pwd)
repo=$dir/repo
DAEMON_SOCKET='' # of services.sh, where that was asked for
# shellcheck source=/dev/null
. "$dir/lab.env"

mkdir -p "$repo/bindings" "$repo/bin"

# of NAME host|port|tail
of() {
	eval "echo \$${1}_$2"
}

cat > "$repo/gaterun.yaml" <<END
version: 1
repo: lab.example
gates: shipped
identity: "$dir/keys/user"
END

if [ -n "$DAEMON_SOCKET" ]; then
	echo "tailscaled_socket: \"$DAEMON_SOCKET\"" >> "$repo/gaterun.yaml"
fi

cat > "$repo/bindings/probe.policy.yaml" <<END
version: 1
contexts:
  local: {mode: passive}
  pre-commit: {mode: static}
  ci: {mode: static}
  scheduled: {mode: active}
automation_identities: ["tag:control"]
END

{
	cat <<-END
	ssh:
	  defaults:
	    user: "$LOGIN"
	    port: 22
	    connect_timeout_sec: 5
	    batch_mode: true

	  targets:
	END
	number=0
	for name in $NAMES; do
		number=$((number + 1))
		cat <<-END
		    - id: "$name"
		      host: "$(of "$name" host)"
		      port: $(of "$name" port)
		      tailscale_ip: "$(of "$name" tail)"
		      user: "$LOGIN"
		      access_policy: lan_first
		      description: "SSH server $number of the lab"
		      tags: ["lab"]

		END
	done
} > "$repo/bindings/ssh.targets.yaml"

{
	# shellcheck disable=SC2086  # one word a name
	set -- $NAMES
	cat <<-END
	version: 1
	tailnet: lab.example
	snapshot_time: "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	device_count: $#

	access_policy_summary:
	  lan_first: $#
	  tailscale_required: 0
	  lan_only: 0

	devices:
	END
	number=0
	for name in $NAMES; do
		number=$((number + 1))
		cat <<-END
		  - id: $name
		    tailscale_ip: $(of "$name" tail)
		    lan_ip: $(of "$name" host)
		    fqdn: $name.lab.example
		    access_policy: lan_first
		    key_expiry_disabled: true
		    os: linux

		END
	done
} > "$repo/bindings/tailscale.tailnet.snapshot.yaml"

# The endpoint of NAME. Without services.sh nothing speaks HTTP, so it is declared but not enabled.
endpoint() {
	if [ -n "$DAEMON_SOCKET" ]; then
		cat <<-END
		  - id: $1-web
		    host: $1
		    url: "https://$(of "$1" host):$(of "$1" web)/health"
		    tls: {name: $1.$WEB_DOMAIN}
		    expect: 200
		    enabled: true
		    description: "A web page on $1"

		END
		return
	fi
	cat <<-END
	  - id: $1-web
	    host: $1
	    url: "http://$(of "$1" host):8080/health"
	    expect: 200
	    enabled: false
	    description: "A web page on $1, some day"

	END
}

{
	cat <<-END
	version: 1

	defaults:
	  connect_timeout_sec: 5
	  max_time_sec: 10

	endpoints:
	END
	for name in $NAMES; do
		endpoint "$name"
	done
} > "$repo/bindings/services.health.yaml"

for name in $NAMES; do
	echo "$name $(cut -d' ' -f1,2 "$dir/servers/$name/host_key.pub")"
done > "$repo/bindings/known_hosts"

# What a tailnet of these machines would allow; its jobs come from tag:control.
cat > "$repo/bindings/tailscale.acl.policy.hujson" <<'END'
{
	"tagOwners": {
		"tag:lab":     ["autogroup:admin"],
		"tag:control": ["autogroup:admin"],
	},
	"grants": [
		{"src": ["tag:control"], "dst": ["tag:lab"], "ip": ["tcp:22", "tcp:8080"]},
	],
	"ssh": [
		// Jobs are let in; people are asked who they are.
		{"action": "accept", "src": ["tag:control"], "dst": ["tag:lab"], "users": ["ops"]},
		{"action": "check", "src": ["autogroup:member"], "dst": ["tag:lab"], "users": ["root"]},
	],
	"tests": [
		{"src": "tag:control", "accept": ["tag:lab:22"], "deny": ["tag:lab:443"]},
	],
}
END

cat > "$repo/bin/uptime.sh" <<'END'
#!/bin/sh
# How long has a machine of the lab been up? Never asks anything: BatchMode.
exec ssh -o BatchMode=yes "$1" uptime
END
chmod +x "$repo/bin/uptime.sh"

# The caller's git settings (signing, hooks, templates) have no say here.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
cd "$repo"
git init -q --template= -b main
git add -A
git -c user.name=lab -c user.email=lab@lab.example commit -q -m 'The lab'
