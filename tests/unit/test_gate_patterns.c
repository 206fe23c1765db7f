/*
 * The patterns of the shipped gates, both ways: lines that must be found, and lines that must not.
 *
 * Secrets are put together here, so that none stands in a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "check/text/text_match.h"
#include "data/yaml.h"
#include "model/shipped.h"

struct loaded {
	struct arena arena;
	struct problems problems;
	struct gate gate;
	struct text_searcher searcher;
};

static void load(struct loaded *loaded, const char *name)
{
	static const struct kind *const kinds[] = {&kind_text_match, NULL};
	struct decode decode = {
		.arena = &loaded->arena, .problems = &loaded->problems, .what = "a gate"};
	struct node *root = NULL;

	for (const struct shipped_file *file = shipped_files; file->name; file++) {
		struct text bytes = {(const char *)file->bytes, file->len};

		if (strcmp(file->name, name) != 0) {
			continue;
		}
		assert_int_equal(yaml_load(&loaded->arena, file->name, bytes, OWN_FILE,
					   &loaded->problems, NULL, &root),
				 0);
		gate_decode(&decode, root, kinds, &loaded->gate);
	}
	for (size_t i = 0; i < loaded->problems.list.len; i++) {
		const struct problem *problem = &loaded->problems.list.at[i];

		fail_msg("%s:%d:%d: %s", problem->where.file, problem->where.line,
			 problem->where.column, problem->message);
	}
	assert_non_null(loaded->gate.settings);
	loaded->searcher.matcher = matcher_new();
}

static void unload(struct loaded *loaded)
{
	kind_text_match.release_settings(loaded->gate.settings);
	matcher_free(loaded->searcher.matcher);
	str_release(&loaded->searcher.line);
	VEC_RELEASE(&loaded->searcher.spans);
	problems_release(&loaded->problems);
	arena_release(&loaded->arena);
}

/** As the run does; until then patterns are interpreted. */
static void make_fast(struct loaded *loaded)
{
	const struct text_match *self = loaded->gate.settings;
	struct text_pattern *patterns = self->must_not.at;

	for (size_t i = 0; i < self->must_not.len; i++) {
		text_pattern_prepare(&patterns[i]);
	}
}

/** The name of the first pattern that finds something in the text; "" if none does. */
static const char *found_in(struct loaded *loaded, const char *text)
{
	const struct text_match *self = loaded->gate.settings;
	const struct text_pattern *patterns = self->must_not.at;

	for (size_t i = 0; i < self->must_not.len; i++) {
		assert_true(text_pattern_search(&patterns[i], &loaded->searcher, text_of(text),
						self->ignore_comments ? &comments_usual : NULL, 0));
		if (loaded->searcher.spans.len > 0) {
			return patterns[i].name;
		}
	}
	return "";
}

struct sample {
	const char *name; /**< of the pattern that finds it; "": none may */
	const char *text;
};

static void assert_rows(const char *gate, const struct sample *rows, size_t count)
{
	struct loaded loaded = {0};

	load(&loaded, gate);
	for (size_t i = 0; i < 2 * count; i++) {
		const struct sample *row = &rows[i % count];
		const char *name = NULL;

		if (i == count) {
			make_fast(&loaded);
		}
		name = found_in(&loaded, row->text);
		if (strcmp(name, row->name) != 0) {
			fail_msg("expected '%s', found '%s' in: %s", row->name, name, row->text);
		}
	}
	unload(&loaded);
}

static const struct sample logins[] = {
	{"login_command", "tailscale up"},
	{"login_command", "  tailscale up --accept-routes"},
	{"login_command", "sudo tailscale up"},
	{"login_command", "sudo -n tailscale up"},
	{"login_command", "sudo -u root tailscale login"},
	{"login_command", "/usr/bin/tailscale ssh root@nas"},
	{"login_command", "if ! tailscale status; then tailscale up; fi"},
	{"login_command", "if ! tailscale status; then\n  tailscale up\nfi"},
	{"login_command", "/Applications/Tailscale.app/Contents/MacOS/Tailscale up"},
	{"login_command", "\"/Applications/Tailscale.app/Contents/MacOS/Tailscale\" login"},
	{"login_command", "\"$TAILSCALE\" up"},
	{"login_command", "$TAILSCALE_BIN up"},
	{"login_command", "${TAILSCALE_CMD} up --reset"},
	{"login_command", "      ${pkgs.tailscale}/bin/tailscale up --accept-routes"},
	{"login_command", "ExecStart=/usr/bin/tailscale up"},
	{"login_command", "ExecStartPost=-/usr/bin/tailscale up"},
	{"login_command", "ssh -o BatchMode=yes nas tailscale up"},
	{"login_command", "ssh -o BatchMode=yes nas \"sudo tailscale up\""},
	{"login_command", "bash -c 'tailscale up'"},
	{"login_command", "bash -lc \"tailscale login\""},
	{"login_command", "docker exec ts tailscale up"},
	{"login_command", "out=$(tailscale ssh nas uptime)"},
	{"login_command", "TS_DEBUG=1 tailscale up"},
	{"login_command", "timeout 30 tailscale up"},
	{"login_command", "timeout -k 5 30s tailscale up"},
	{"login_command", "systemctl start tailscaled && tailscale up"},
	{"login_command", "@reboot tailscale up"},
	{"login_command", "*/5 * * * * root tailscale up"},
	{"login_command", "*/5 * * * * tailscale up"},
	{"login_command", "tailscale --socket=/x up"},
	{"login_command", "RUN tailscale up"},
	{"login_command", "\ttailscale up"},
	{"login_command", "\t@tailscale up"},
	{"login_command", "nohup tailscale up &"},
	{"login_command", "os.system(\"tailscale up\")"},
	{"login_command", "sshpass -p x ssh nas"},
	{"login_command", "ssh-add ~/.ssh/id_ed25519"},
	{"login_command", "eval \"$(ssh-agent)\"; ssh-add"},
	{"login_command", "gh auth login"},
	{"login_command", "aws sso login --profile ops"},
	{"login_command", "docker login registry.example"},
	{"login_command", "az login"},
	{"login_command", "cloudflared tunnel login"},
	{"login_command", "open https://login.tailscale.com/admin"},
	{"login_command", "open \"https://login.tailscale.com/admin\""},
	{"login_command", "xdg-open https://id.example/login?next=/"},
	{"ssh_without_batch_mode", "ssh nas uptime"},
	{"ssh_without_batch_mode", "  ssh -p 2222 root@nas 'systemctl is-active x'"},
	{"ssh_without_batch_mode", "scp file nas:/tmp/"},
	{"ssh_without_batch_mode", "sftp nas"},
	{"ssh_without_batch_mode", "out=$(ssh \"$host\" uptime)"},
	{"ssh_without_batch_mode", "if ssh nas true; then"},
	{"ssh_without_batch_mode", "for h in a b; do ssh $h uptime; done"},
	{"ssh_without_batch_mode", "ssh -i ~/.ssh/key -o ConnectTimeout=5 nas"},
	{"ssh_without_batch_mode", "timeout 10 ssh nas uptime"},
	{"ssh_without_batch_mode", "tar c . | ssh nas 'tar x'"},
	{"ssh_without_batch_mode", "echo x && ssh nas true"},
	{"ssh_without_batch_mode", "rsync -a -e ssh src/ nas:/dst"},
	{"ssh_without_batch_mode", "rsync -a -e \"ssh -p 22\" src/ nas:/dst"},
	{"ssh_without_batch_mode", "rsync -av --rsh=\"ssh -p 22\" src nas:"},
	{"ssh_without_batch_mode", "rsync -aze 'ssh -i key' src nas:"},
	{"ssh_options_without_batch_mode", "GIT_SSH_COMMAND=\"ssh -i key\" git fetch"},
	{"ssh_options_without_batch_mode", "export RSYNC_RSH=ssh"},
	{"ssh_without_batch_mode", "ExecStart=/usr/bin/ssh -N -L 8080:localhost:80 nas"},
	{"ssh_without_batch_mode", "ExecStart=/usr/bin/autossh -M 0 -N nas"},
	{"login_command", "sshpass -p x ssh nas"},
	{"ssh_without_batch_mode", "bash -c \"ssh nas uptime\""},
	{"ssh_without_batch_mode", "SSH_AUTH_SOCK=/x ssh nas"},
	{"ssh_without_batch_mode", "nohup ssh -fN nas &"},
	{"ssh_without_batch_mode", "! ssh nas true"},
	{"ssh_without_batch_mode", "ssh \"$@\""},
	{"ssh_without_batch_mode", "command ssh nas"},
	{"ssh_without_batch_mode", "/usr/bin/ssh nas"},
	{"ssh_without_batch_mode", "\"/usr/bin/ssh\" nas"},
	{"ssh_without_batch_mode", "ssh-copy-id nas"},
	{"ssh_without_batch_mode", "while ! ssh nas true; do sleep 1; done"},
	{"ssh_options_without_batch_mode", "SSH_OPTS=\"-o ConnectTimeout=5\""},
	{"ssh_options_without_batch_mode", "SSH_OPTS=(-o ConnectTimeout=5 -i key)"},
	{"ssh_options_without_batch_mode", "ssh_args=(\n  -o ConnectTimeout=5\n)"},
	{"ssh_options_without_batch_mode", "export RSYNC_RSH=ssh"},
	{"ssh_options_without_batch_mode", "export GIT_SSH_COMMAND=\"ssh -i key\""},
	{"ssh_options_without_batch_mode", "SSH_CMD='ssh -p 22'"},
	{"ssh_options_without_batch_mode", "SSH_OPTS = [\"-o\", \"ConnectTimeout=5\"]"},
	{"login_command_in_list", "[\"tailscale\", \"up\"]"},
	{"login_command_in_list", "['/usr/bin/tailscale', 'login', '--x']"},
	{"login_command_in_list",
	 "<string>/usr/local/bin/tailscale</string>\n\t\t<string>up</string>"},
	{"ssh_without_batch_mode_in_list", "subprocess.run([\"ssh\", host, \"uptime\"])"},
	{"ssh_without_batch_mode_in_list", "subprocess.run(\n    [\"ssh\", \"-p\", \"22\", host],"},
	{"ssh_without_batch_mode_in_list",
	 "cmd = [\n  \"/usr/bin/ssh\",\n  f\"{user}@{host}\",\n]"},
	{"ssh_without_batch_mode_in_list",
	 "<array>\n<string>/usr/bin/ssh</string>\n<string>-N</string>\n</array>"},
	{"ssh_without_batch_mode_in_list", "[\"scp\", \"root@nas:/x\", \".\"]"},
	{"login_command", "sudo \\\n\ttailscale \\\r\n\tup\n"},
	{"ssh_without_batch_mode", "ssh -i key \\\n\t-o ConnectTimeout=5 \\\n\tnas uptime\n"},
	{"ssh_without_batch_mode", "# a comment \\\nssh nas\n"},
	{"ssh_without_batch_mode", "ssh -o BatchMode=no nas"},
	{"ssh_without_batch_mode", "ssh -o BatchMode=yes a\nssh b\n"},
	{"login_command", "tailscale up --login-server=https://hs.example"},
};

static void calls_that_may_open_a_login_are_found(void **state)
{
	(void)state;
	assert_rows("011-no-interactive-commands.yaml", logins, sizeof(logins) / sizeof(logins[0]));
}

static const struct sample no_logins[] = {
	{"", "tailscale status"},
	{"", "tailscale status --json | jq .BackendState"},
	{"", "tailscale upgrade"},
	{"", "tailscale update"},
	{"", "tailscale up-to-date"},
	{"", "tailscale ping nas"},
	{"", "tailscale version"},
	{"", "tailscaled up"},
	{"", "echo \"run tailscale up\""},
	{"", "echo \"Run: tailscale up\" >&2"},
	{"", "echo \"tailscale up\""},
	{"", "printf 'please tailscale login\n'"},
	{"", "log \"tailscale up is needed\""},
	{"", "die \"tailscale is not up\""},
	{"", "Then run tailscale up on the new node."},
	{"", "systemctl is-active tailscaled"},
	{"", "brew install tailscale"},
	{"", "which tailscale"},
	{"", "command -v tailscale"},
	{"", "tailscale_up() {"},
	{"", "  tailscale-up.sh"},
	{"", "is tailscale up?"},
	{"", "grep -q \"tailscale up\" file"},
	{"", "rg 'tailscale (up|login)' ."},
	{"", "if grep -q 'tailscale ssh' \"$f\"; then"},
	{"", "ssh-add -l"},
	{"", "ssh-add -L >/dev/null"},
	{"", "ssh-add -D"},
	{"", "gh auth status"},
	{"", "docker logout"},
	{"", "docker login -u x -p \"$P\" registry.example"},
	{"", "docker run login"},
	{"", "aws sts get-caller-identity"},
	{"", "vault token lookup"},
	{"", "open file.txt"},
	{"", "open https://docs.example/kb"},
	{"", "curl https://login.tailscale.com/x"},
	{"", "case \"$1\" in login) shift;; esac"},
	{"", "su - login"},
	{"", "last login"},
	{"", "ssh -o BatchMode=yes nas systemctl is-active tailscaled"},
	{"", "ExecStart=/usr/sbin/tailscaled"},
	{"", "ExecStart=/usr/bin/tailscale serve status"},
	{"", "msg=\"tailscale up\""},
	{"", "hint='sudo tailscale up'"},
	{"", "forbidden=(\"tailscale up\" \"tailscale login\")"},
	{"", "ssh-keygen -t ed25519"},
	{"", "ssh-keyscan nas"},
	{"", "ssh -V"},
	{"", "ssh -G nas"},
	{"", "ssh -Q key"},
	{"", "ssh.targets"},
	{"", "targets=bindings/ssh.targets.yaml"},
	{"", "git clone git@ssh.example:x"},
	{"", "git clone ssh://git@host/x"},
	{"", "systemctl restart ssh"},
	{"", "systemctl reload sshd"},
	{"", "apt-get install -y ssh"},
	{"", "which ssh"},
	{"", "command -v ssh >/dev/null"},
	{"", "type ssh"},
	{"", "ssh)"},
	{"", "  ssh) shift ;;"},
	{"", "ssh_config=/etc"},
	{"", "ssh_run nas"},
	{"", "my-ssh nas"},
	{"", "case ssh in"},
	{"", "echo \"ssh nas\""},
	{"", "echo \"try: ssh nas\""},
	{"", "cd .ssh && ls"},
	{"", "mkdir -p ~/.ssh"},
	{"", "ufw allow ssh"},
	{"", "nc -z nas ssh"},
	{"", "grep -E 'ssh (root|admin)' f"},
	{"", "if grep -q \"ssh nas\" f"},
	{"", "ssh=1"},
	{"", "ssh = foo"},
	{"", "ssh: x"},
	{"", "sshd -t"},
	{"", "dpkg -l | grep ssh"},
	{"", "chmod 700 ~/.ssh"},
	{"", "pgrep -f \"ssh -N\""},
	{"", "pkill -f 'ssh -N -L'"},
	{"", "log \"ssh to $host failed\""},
	{"", "for tool in ssh scp rsync; do"},
	{"", "need ssh scp"},
	{"", "tools=(ssh scp jq)"},
	{"", "ssh | tee"},
	{"", "ps aux | grep -v ssh"},
	{"", "echo ok | ssh"},
	{"", "SSH_OPTS=()"},
	{"", "SSH_OPTS=\"-p 22\""},
	{"", "SSH_TARGETS=x"},
	{"", "GIT_SSH=/x/ssh-wrapper"},
	{"", "ssh_config=x"},
	{"", "[\"tailscale\", \"status\"]"},
	{"", "\"tailscale\": \"up\""},
	{"", "tailscale = \"up\""},
	{"", "for t in [\"ssh\", \"scp\", \"jq\"]:"},
	{"", "tags: [\"ssh\", \"lan\"]"},
	{"", "[\"ssh\"]"},
	{"", "[\"ssh-keygen\", \"-t\", \"x\"]"},
	{"", "# tailscale up"},
	{"", "  # ssh nas"},
	{"", "// ssh nas"},
	{"", "; ssh nas"},
	{"", "<!-- ssh nas -->"},
	{"", "ssh -o BatchMode=yes nas"},
	{"", "ssh -oBatchMode=yes nas"},
	{"", "ssh -o \"BatchMode yes\" nas"},
	{"", "ssh -o batchmode=yes nas uptime"},
	{"", "ssh -i key \\\n\t-o BatchMode=yes \\\n\tnas uptime\n"},
	{"", "ssh $SSH_OPTS nas"},
	{"", "ssh \"${ssh_opts[@]}\" nas"},
	{"", "scp ${SSH_ARGS} a nas:"},
	{"", "ssh -F ops/ssh_config nas"},
	{"", "scp -B a nas:b"},
	{"", "scp -qB a nas:b"},
	{"", "sftp -b batch nas"},
	{"", "rsync -a -e \"ssh -o BatchMode=yes\" a nas:b"},
	{"", "GIT_SSH_COMMAND=\"ssh -o BatchMode=yes\" git fetch"},
	{"", "SSH_OPTS=\"-o BatchMode=yes -o ConnectTimeout=5\""},
	{"", "SSH_OPTS=(\n\t-o BatchMode=yes\n\t-o ConnectTimeout=5\n)\n"},
	{"", "SSH_OPTS=\"$BASE_OPTS -o ConnectTimeout=5\""},
	{"", "tailscale up --auth-key=file:/run/key"},
	{"", "tailscale up --authkey \"$KEY\""},
	{"", "tailscale login --auth-key \"$KEY\""},
	{"", "gh auth login --with-token < token"},
	{"", "docker login --password-stdin registry.example"},
	{"", "az login --identity"},
	{"", "[\"ssh\", \"-o\", \"BatchMode=yes\", host]"},
	{"", "[\"ssh\", *SSH_OPTS, host]"},
	{"",
	 "<array>\n<string>/usr/bin/ssh</string>\n<string>-o</string>\n<string>BatchMode=yes</string>\n</array>"},
	{"", "ssh -o BatchMode=yes nas \"ssh-add -l\""},
	{"", "exec sshd -D"},
	{"", "tailscale set --ssh"},
	{"", "tailscale serve status"},
	{"", "tailscale logout"},
};

static void everything_else_is_left_alone(void **state)
{
	(void)state;
	assert_rows("011-no-interactive-commands.yaml", no_logins,
		    sizeof(no_logins) / sizeof(no_logins[0]));
}

/* The beginnings of secrets; a line is a beginning, a middle that is made, and an end. */
static const struct secret {
	const char *name; /**< "": no hit */
	const char *before;
	const char *pattern; /**< repeated to `len` bytes */
	size_t len;
	const char *after;
} secrets[] = {
	{"tailscale_key", "key: tskey-auth-", "k7QmZ2pR", 11, "CNTRL-9aBcDeFgHiJkLmNoPqRs"},
	{"tailscale_key", "tskey-api-", "k7QmZ2pR", 11, "CNTRL-9aBcDeFgHiJkLmNoPqRs"},
	{"tailscale_key", "\"tskey-client-", "k7QmZ2pR", 11, "CNTRL-9aBcDeFgHiJkLmNoPqRs\""},
	{"tailscale_key", "--authkey=tskey-", "0123456789abcdef", 16, " --ssh"},
	{"tailscale_key", "tskey-auth-", "kAbCdEfGh", 9, "CNTRL-abcdefghij"},
	{"", "tskey-auth-", "X", 20, ""},
	{"", "tskey-auth-", "x", 12, "-xxxxxxxx"},
	{"", "tskey-auth-<", "your key", 8, ">"},
	{"", "tskey-auth-", ".", 3, ""},
	{"", "tskey-auth-", "yourauthkeyhere", 15, ""},
	{"", "tskey-auth-$", "{TS_KEY_1234567}", 16, ""},
	{"", "mytskey-auth-", "k7QmZ2pR", 20, ""},
	{"", "tskey-", "auth", 4, " keys start like this"},
	{"private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "b3BlbnNzaC1rZXktdjE", 70, "\n"},
	{"private_key", "-----BEGIN RSA PRIVATE KEY-----\r\n", "MIIEpAIBAAKCAQEA", 64, "\r\n"},
	{"private_key", "-----BEGIN EC PRIVATE KEY-----\n", "MHcCAQEEI", 64, "\n"},
	{"private_key", "-----BEGIN PRIVATE KEY-----\n", "MC4CAQAwBQYDK2Vw", 64, "\n"},
	{"private_key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "MIIC", 64, "\n"},
	{"private_key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n", "lQVYBF", 64,
	 "\n"},
	{"private_key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", "lQVYBF", 64, "\n"},
	{"private_key",
	 "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n", "MIIC", 64,
	 "\n"},
	{"private_key", "key: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    ", "b3Bl", 70, "\n"},
	{"private_key", "{\"key\": \"-----BEGIN PRIVATE KEY-----\\n", "MIIEvQIB", 64, "\\n\"}"},
	{"private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "AAAA", 4, "\n-----END"},
	{"private_key", "PuTTY-User-Key-File-3: ", "ssh-ed25519", 11, ""},
	{"", "-----BEGIN PUBLIC KEY-----\n", "MCowBQYDK2Vw", 64, "\n"},
	{"", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n", "mQENBF", 64, "\n"},
	{"", "-----BEGIN CERTIFICATE-----\n", "MIIB", 64, "\n"},
	{"", "grep -q 'BEGIN OPENSSH ", "PRIVATE KEY", 11, "' file"},
	{"", "\"-----BEGIN OPENSSH PRIVATE KEY-----\\n\"", "", 0, ""},
	{"", "-----BEGIN OPENSSH PRIVATE KEY-----\n", ".", 3, "\n-----END"},
	{"", "-----BEGIN OPENSSH PRIVATE KEY-----\n<", "your key", 8, ">\n"},
	{"", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "REDACTED", 8, "\n"},
	{"wireguard_private_key", "PrivateKey = ", "yAnz5TF+lXXJte14tji3zlMN", 42, "A="},
	{"", "PublicKey = ", "yAnz5TF+lXXJte14tji3zlMN", 42, "A="},
	{"", "PrivateKey = <", "key", 3, ">"},
	{"age_secret_key", "AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58, ""},
	{"", "AGE-SECRET-KEY-1", ".", 3, ""},
	{"aws_access_key", "id = AKIA", "J7QMZ2PRT5WX3YB4", 16, ""},
	{"", "AKIA", "IOSFODNN7EXAMPLE", 16, ""},
	{"", "PAKIA", "J7QMZ2PRT5WX3YB4", 16, ""},
	{"aws_secret_key", "aws_secret_access_key = ", "wJalrXUtn/K7MDEN+bPx", 40, ""},
	{"", "aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 40, ""},
	{"github_token", "ghp_", "aB3dE6gH9", 36, ""},
	{"github_token", "github_pat_", "11AB_cD3", 60, ""},
	{"", "ghp_", "x", 36, ""},
	{"", "ghp_", "short", 5, ""},
	{"gitlab_token", "glpat-", "aB3dE6gH9_", 20, ""},
	{"slack_token", "xoxb-", "123456789012-", 40, ""},
	{"slack_webhook", "https://hooks.slack.com/services/T01234567/B01234567/", "aB3dE6", 24,
	 ""},
	{"google_api_key", "AIza", "SyA1b2C3", 35, "\""},
	{"", "AIza", "SyA1b2C3", 34, "\""},
	{"stripe_key", "sk_live_", "aB3dE6gH9", 24, ""},
	{"", "sk_test_", "aB3dE6gH9", 24, ""},
	{"npm_token", "npm_", "aB3dE6gH9", 36, ""},
	{"", "npm_config_registry", "", 0, ""},
};

static void make_secret(const struct secret *secret, struct str *out)
{
	size_t period = strlen(secret->pattern);

	str_clear(out);
	str_add(out, secret->before);
	for (size_t i = 0; i < secret->len; i++) {
		str_add_char(out, secret->pattern[i % period]);
	}
	str_add(out, secret->after);
}

static void secrets_are_found_and_placeholders_are_not(void **state)
{
	struct loaded loaded = {0};
	struct str text = {0};

	(void)state;
	load(&loaded, "031-no-auth-keys-in-repo.yaml");
	make_fast(&loaded);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		make_secret(&secrets[i], &text);
		if (strcmp(found_in(&loaded, str_text(&text)), secrets[i].name) != 0) {
			fail_msg("expected '%s', found '%s' in: %s", secrets[i].name,
				 found_in(&loaded, str_text(&text)), str_text(&text));
		}
	}
	assert_true(((const struct text_match *)loaded.gate.settings)->secret);
	str_release(&text);
	unload(&loaded);
}

/** No file of any size may cost more than the budget; plain ones cost next to nothing. */
static void no_pattern_explodes_on_long_lines(void **state)
{
	static const char *const gates[] = {"011-no-interactive-commands.yaml",
					    "031-no-auth-keys-in-repo.yaml"};
	static const char *const periods[] = {
		"ssh ", "tailscale ", "sudo -u x ", "A=b ",       "a",           "\"",
		" ",    "-",          "ssh \\\n",   "[\"ssh\", ", "-----BEGIN ", "SSH_OPTS=("};

	(void)state;
	for (size_t g = 0; g < sizeof(gates) / sizeof(gates[0]); g++) {
		struct loaded loaded = {0};
		struct str text = {0};

		load(&loaded, gates[g]);
		for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
			str_clear(&text);
			while (text.len < 20000) {
				str_add(&text, periods[i]);
			}
			(void)found_in(&loaded, str_text(&text));
		}
		str_release(&text);
		unload(&loaded);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_may_open_a_login_are_found),
		cmocka_unit_test(everything_else_is_left_alone),
		cmocka_unit_test(secrets_are_found_and_placeholders_are_not),
		cmocka_unit_test(no_pattern_explodes_on_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
