# A reader that leaves ends the writer with SIGPIPE, or with an error if that is ignored.
eval 'yes | head -n 1'; echo "${PIPESTATUS[*]}"
eval 'yes' 2>/dev/null | head -n 1; echo "${PIPESTATUS[*]}"
eval 'while echo line; do :; done' | head -n 1; echo "${PIPESTATUS[*]}"
bash -c 'eval "while echo line; do :; done"' | head -n 1; echo "${PIPESTATUS[*]}"
(trap '' PIPE; eval 'while echo line; do :; done 2>/dev/null; echo "left $?" >&2') | head -n 1; echo "${PIPESTATUS[*]}"
(trap 'echo "trapped" >&2; exit 5' PIPE; eval 'while echo line 2>/dev/null; do :; done') | head -n 1; echo "${PIPESTATUS[*]}"
