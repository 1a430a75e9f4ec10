# A restricted shell refuses redirections, slashes in commands and sourcing by path.
echo 'echo sourced' > part.sh
bash -rc 'echo x > f; echo "redirect $?"'
bash -rc 'eval "echo x > f"; echo "eval $?"'
bash -rc '. ./part.sh; echo "source $?"'
bash -rc '/bin/true; echo "slash $?"'
bash -rc 'cd /; echo "cd $?"'
bash -rc 'PATH=/; echo no'
echo "status $?"
bash -rc 'exec true; echo "exec $?"; eval "set +r"; echo "set $?"; shopt restricted_shell'
rbash -c 'eval "echo evaluated"; command -p true' ; echo "status $?"
