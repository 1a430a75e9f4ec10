# tries: to find the user's own lines in ~/.bashrc
# must: it is absent or the distribution's, which sets no key and no path
# control: none, the user of the control outside has the stock file too
if [ ! -e ~/.bashrc ] || ! grep -qE '^[^#]*(export [A-Z_]*(KEY|TOKEN|SECRET|PASS)|PATH=)' ~/.bashrc; then
    echo "HELD: nothing in it"
else
    echo "SUCCEEDED: $(grep -cE 'KEY|TOKEN|SECRET|PASS|PATH=' ~/.bashrc) lines"
fi
