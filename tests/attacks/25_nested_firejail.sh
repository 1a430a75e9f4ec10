# tries: to have firejail start a program under a laxer profile
# must: it adds nothing and takes nothing away: the filter and the empty capabilities stay
# control: outside
firejail=$(command -v firejail) || { echo "no firejail" >&2; exit 1; }
status=$("$firejail" --quiet --noprofile cat /proc/self/status 2>/dev/null </dev/null)
if grep -qE '^Seccomp:\s*2$' <<<"$status" && grep -qE '^NoNewPrivs:\s*1$' <<<"$status" \
    && grep -qE '^CapBnd:\s*0+$' <<<"$status"; then
    echo "HELD: seccomp, no new privileges and no capabilities inside"
elif grep -q '^Seccomp:' <<<"$status"; then
    echo "SUCCEEDED: $(grep -E '^(Seccomp|NoNewPrivs|CapBnd):' <<<"$status" | tr '\n\t' '  ')"
else
    echo "unexpected: $status" >&2
    exit 1
fi
