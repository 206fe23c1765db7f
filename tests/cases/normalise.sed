# What differs from run to run becomes a word (sed -E). The order matters: longer forms first.
s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}Z/TIME/g
s/RUN-[0-9]{8}T[0-9]{6}Z__([a-z0-9._-]*)__R[a-z0-9]{20}/RUN-KEY__\1/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z/TIME/g
# What a receipt says of this machine, which another one may not say at all.
/^(program   [0-9a-f]{64}|machine   [0-9a-f]{12}|clock     (synchronised|free-running))/d
/^(system|runner)    /d
s/SHA256:[A-Za-z0-9+\/]{43}/SHA256:DIGEST/g
s/[0-9a-f]{64}/HEX64/g
s/[0-9a-f]{40}/HEX40/g
s/(baseline |since |from |commit )[0-9a-f]{12}([^0-9a-f]|$)/\1HEX12\2/g
s/"([a-z_]*_ms)": *[0-9]+/"\1": MS/g
s/(^|[^0-9.])[0-9]+(\.[0-9]+)? ?(ms|us|s)([^a-z0-9]|$)/\1DURATION\4/g
s/"days_left": *-?[0-9]+/"days_left": DAYS/g
s/[0-9]+ days (left|ago)/N days \1/g
