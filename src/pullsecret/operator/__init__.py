"""The controller: keeps every namespace's pull Secrets and ServiceAccounts as the policies say."""
