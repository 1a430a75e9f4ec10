"""Rules beside the budget: a request and the tree in, a refusal or nothing out.

To the program a refusal looks like any other; what it does next is data.
"""
