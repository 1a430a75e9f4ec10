# tries: to list the jails of the host
# must: firejail, no longer setuid, lists nothing
# control: none, outside there may be no other jail to list
firejail=$(command -v firejail) || { echo "no firejail" >&2; exit 1; }
answer=$("$firejail" --quiet --list 2>&1 </dev/null)
if grep -qE '^[0-9]+:' <<<"$answer"; then
    echo "SUCCEEDED: $answer"
else
    echo "HELD: no jail listed"
fi
