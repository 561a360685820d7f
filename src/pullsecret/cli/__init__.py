"""The command line: argv becomes a value, the value runs on given streams and gives an exit code."""
