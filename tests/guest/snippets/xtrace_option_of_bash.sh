# bash -x traces the program and nothing before it, from -c, a file and stdin.
printf 'a=1\neval "echo $a"\ntrap - EXIT\n' > traced.sh
bash -xc 'echo hi; eval "echo there"'
bash -x traced.sh
bash -x < traced.sh
bash -xs a b <<< 'echo $#'
echo 'echo piped' | bash -x
env SHELLOPTS=xtrace bash -c 'eval ":"'
bash -xc 'no_such_command_here'; echo $?
