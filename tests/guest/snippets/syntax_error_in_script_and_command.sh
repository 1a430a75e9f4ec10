# A syntax error in -c text, a script file or stdin ends that shell with status 2 or 1.
bash -c 'echo no; if true; fi'; echo "status $?"
bash -c 'echo first
fi
echo no'; echo "status $?"
bash -c 'echo "open'; echo "status $?"
printf 'echo first\necho (\necho no\n' > bad.sh
bash bad.sh; echo "status $?"
bash < bad.sh; echo "status $?"
cat bad.sh | bash; echo "status $?"
bash -s x y < bad.sh; echo "status $?"
bash -c 'trap "echo bye" EXIT; eval ")"; echo on'; echo "status $?"
echo 'last line of this file is the error'
fi
