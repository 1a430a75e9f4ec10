# A piped script may close its stdin, end at any line and come in pieces.
printf 'exec < /dev/null\necho "no more of this"\n' | bash; echo "status $?"
(printf 'echo early\n'; sleep 0.02; printf 'echo late\nexit 6') | bash; echo "status $?"
printf 'exit 4\necho left\n' | { bash; echo "status $?"; cat; }
printf 'echo a; echo b' | bash; : | bash; echo "status $?"
printf 'if true; then\necho open\n' | bash; echo "status $?"
printf 'eval "exit 3"\necho no\n' | bash; echo "status $?"
