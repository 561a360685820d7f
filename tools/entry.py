"""Where the program of the self-contained archive begins."""

from pullsecret.cli.main import main

main()
