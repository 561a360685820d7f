"""pullsecret makes private images pull in Kubernetes."""
