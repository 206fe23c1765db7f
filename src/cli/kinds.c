#include "cli/kinds.h"

#include <stddef.h>

extern const struct kind kind_address_literal;
extern const struct kind kind_bindings_valid;
extern const struct kind kind_cert_obtainable;
extern const struct kind kind_command;
extern const struct kind kind_cross_ref;
extern const struct kind kind_endpoint_parity;
extern const struct kind kind_file_state;
extern const struct kind kind_freshness;
extern const struct kind kind_git_state;
extern const struct kind kind_host_keys_pinned;
extern const struct kind kind_http_probe;
extern const struct kind kind_loops_proven;
extern const struct kind kind_parses;
extern const struct kind kind_path;
extern const struct kind kind_receipts_intact;
extern const struct kind kind_serve_works;
extern const struct kind kind_snapshot_parity;
extern const struct kind kind_ssh_auth;
extern const struct kind kind_ssh_command;
extern const struct kind kind_tailnet_live;
extern const struct kind kind_tailnet_node;
extern const struct kind kind_tailnet_policy;
extern const struct kind kind_tcp_open;
extern const struct kind kind_text_match;
extern const struct kind kind_tls_endpoint;
extern const struct kind kind_yaml_assert;

const struct kind *const kinds_table[] = {
	&kind_address_literal,
	&kind_bindings_valid,
	&kind_cert_obtainable,
	&kind_command,
	&kind_cross_ref,
	&kind_endpoint_parity,
	&kind_file_state,
	&kind_freshness,
	&kind_git_state,
	&kind_host_keys_pinned,
	&kind_http_probe,
	&kind_loops_proven,
	&kind_parses,
	&kind_path,
	&kind_receipts_intact,
	&kind_serve_works,
	&kind_snapshot_parity,
	&kind_ssh_auth,
	&kind_ssh_command,
	&kind_tailnet_live,
	&kind_tailnet_node,
	&kind_tailnet_policy,
	&kind_tcp_open,
	&kind_text_match,
	&kind_tls_endpoint,
	&kind_yaml_assert,
	NULL,
};
