# find, env, nice and timeout start bash -c with its parameters and pass its status on.
mkdir d; touch d/one 'd/two words'
find d -type f -exec bash -c 'echo "${0##*/}"' {} \; | sort
find d -type f -exec bash -c 'printf "[%s]" "${@##*/}" | wc -c; exit 4' x {} +; echo "status $?"
find d -name one -exec bash -c 'false' \; -o -name one -print
find d -name one -execdir bash -c 'eval "echo \$0"' {} \;
env -i bash -c 'eval "echo bare"'; nice bash -c 'exit 6'; echo "status $?"
timeout 60 bash -c 'eval "exit 7"'; echo "status $?"
env -u HOME A=1 bash -c 'eval "echo \$A \${HOME-unset}"; . /dev/null'
