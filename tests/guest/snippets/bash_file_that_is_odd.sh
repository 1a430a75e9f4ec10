# Missing, empty, binary, unterminated and CRLF script files behave as bash says.
bash missing.sh; echo "status $?"
mkdir dir; bash dir; echo "status $?"
: > empty.sh; bash empty.sh; echo "status $?"
printf '\177ELF\001\000\000binary' > bin; bash bin; echo "status $?"; . ./bin; echo "status $?"
printf 'echo "no newline $LINENO"' > short.sh; bash short.sh; . ./short.sh
printf 'echo crlf\r\nx=1\r\necho "<$x>"\r\n' > crlf.sh; bash crlf.sh | od -c | head -n 3
printf 'echo caf\351 \302\251\n' > bytes.sh; bash bytes.sh | od -An -tx1
printf '\n\n\nno_such_thing\n' > late.sh; bash late.sh; echo "status $?"
printf 'echo "in onpath"\n' > onpath.sh; mkdir p; mv onpath.sh p; PATH=p:$PATH bash onpath.sh
printf 'exit 3 # then\nif\n' > early.sh; bash early.sh; echo "status $?"
