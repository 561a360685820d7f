"""What people read of the commands: help and sentences, apart from the logic and ready to be translated.

Codes, JSON keys and logs are never translated and do not stand here. The texts of the causes are the
catalogue's. Sentences are `str.format` templates; their fields are filled in by the renderers.
"""

from typing import Final

ABOUT: Final = "Make private images pull in Kubernetes."

SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "Why does it not pull?": ("doctor", "check", "explain"),
    "Pull Secrets": ("create", "add", "remove", "delete", "rotate", "copy", "show", "list"),
    "Where Pods need them": ("attach", "detach", "match"),
    "In many namespaces": ("sync",),
    "The operator": ("operator", "install", "uninstall"),
    "Registries": ("verify", "login", "logout"),
    "Trying it": ("demo", "sandbox"),
    "Other": ("completion",),
}

SUMMARIES: Final[dict[str, str]] = {
    "doctor": "Say why Pods cannot pull, with proof and the command that mends it",
    "check": "Say which images of manifests would not pull, before they are deployed",
    "explain": "Say what an event or an error of a pull means, offline",
    "create": "Make a pull Secret from a login or a docker config",
    "add": "Add registries to a pull Secret, in place",
    "remove": "Take one registry out of a pull Secret, in place",
    "delete": "Detach a pull Secret, then delete it",
    "rotate": "Put a new password for a registry into pull Secrets, in place",
    "copy": "Copy a pull Secret to other namespaces, once",
    "show": "Show what a pull Secret holds, who uses it and its faults",
    "list": "List the pull Secrets and their faults",
    "attach": "Give a pull Secret to ServiceAccounts or a workload",
    "detach": "Take a pull Secret off ServiceAccounts or a workload",
    "match": "Show which credentials the kubelet would try for an image",
    "sync": "Keep copies of a pull Secret in many namespaces, with one run",
    "operator": "Keep every namespace as the policies say (in the cluster, or from here)",
    "install": "Print (for Kubernetes 1.21 and later) or apply the manifests of the operator",
    "uninstall": "Take back what policies put into the cluster, then remove the operator",
    "verify": "Prove at the registry that a credential works",
    "login": "Check a login at the registry and save it, without Docker",
    "logout": "Remove a saved login",
    "demo": "Tell the whole story in one process, with no cluster",
    "sandbox": "An imitation cluster and registry to try things on",
    "completion": "Print the shell completion for bash, zsh, fish or kubectl",
}

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "create": (
        "{me} create harbor --registry harbor.example.com --username 'robot$ci' --attach default",
        "{me} create harbor --from-docker-config --only harbor.example.com -n web",
        "{me} create harbor --registry 192.168.18.100:8080 --username u --plain-http --verify 192.168.18.100:8080/lnmp/nginx:v2",
        "{me} create harbor --registry h.io --username u --password-stdin --dry-run=client -o yaml < password",
    ),
    "doctor": (
        "{me} doctor",
        "{me} doctor deployment/web -n shop",
        "{me} doctor -A -o wide",
        "{me} doctor --fix --from platform/harbor -n shop",
    ),
    "check": (
        "{me} check -f deploy/ --probe",
        "helm template shop ./chart | {me} check -f - -n shop",
        "{me} check -f deploy/ --offline -o sarif > pullsecret.sarif",
        "{me} check -f deploy/ --probe --platform linux/amd64 --platform linux/arm64",
    ),
    "explain": (
        "kubectl describe pod web | {me} explain -",
        "kubectl get events -A | {me} explain -",
        "{me} explain 'x509: certificate signed by unknown authority'",
    ),
    "add": ("{me} add harbor --registry ghcr.io --username me --password-stdin < token",),
    "remove": ("{me} remove harbor ghcr.io",),
    "delete": ("{me} delete harbor", "{me} delete harbor --force"),
    "rotate": (
        "{me} rotate harbor --registry harbor.example.com --password-stdin < password",
        "{me} rotate harbor --namespaces web,batch --username 'robot$new' --password-file new --overlap",
        "{me} rotate harbor --namespaces web,batch --finish",
        "{me} rotate harbor -n web --dry-run",
    ),
    "copy": ("{me} copy harbor --to web --to batch", "{me} copy harbor -n platform --to web,batch"),
    "show": (
        "{me} show harbor",
        "{me} show --file ~/.docker/config.json",
        "{me} show harbor -o json --reveal",
    ),
    "list": ("{me} list", "{me} list -A -o wide"),
    "attach": (
        "{me} attach harbor",
        "{me} attach harbor --serviceaccount builder --serviceaccount web",
        "{me} attach harbor --all-serviceaccounts --restart-stuck",
        "{me} attach harbor --workload deployment/web",
    ),
    "detach": ("{me} detach harbor", "{me} detach harbor --workload deployment/web"),
    "match": (
        "{me} match harbor.example.com/lnmp/nginx:v2",
        "{me} match nginx --pod web-7d9f",
        "{me} match ghcr.io/team/app --file ~/.docker/config.json",
    ),
    "verify": (
        "{me} verify harbor.example.com/lnmp/nginx:v2",
        "{me} verify harbor.example.com/lnmp/nginx:v2 --secret harbor --platform linux/arm64",
        "{me} verify --registry harbor.example.com --username u --password-stdin < password",
    ),
    "sync": (
        "{me} sync --from platform/harbor --namespaces '*' --exclude 'kube-*'",
        "{me} sync --from platform/harbor --namespaces web,batch --serviceaccount default --dry-run",
        "{me} sync --from platform/harbor -A -l team=web --prune",
        "{me} sync -f policy.yaml --recover-pods",
    ),
    "install": (
        "{me} install --image registry.example.com/tools/pullsecret:0.1.0 | kubectl apply -f -",
        "{me} install --apply --image registry.example.com/tools/pullsecret:0.1.0 --image-pull-secret tools",
        "{me} install --apply --image h.io/pullsecret:0.1.0 --secret-names harbor-pull --source-namespaces platform",
        "{me} install --crds",
    ),
    "operator": (
        "{me} operator --source-namespaces platform",
        "{me} operator --watch-namespaces web,batch",
    ),
    "uninstall": ("{me} uninstall --dry-run", "{me} uninstall --keep-crds --yes"),
    "login": (
        "{me} login harbor.example.com --username me",
        "{me} login ghcr.io -u me --password-stdin < token",
    ),
    "logout": ("{me} logout harbor.example.com",),
    "demo": ("{me} demo",),
    "sandbox": ("{me} sandbox up",),
    "completion": (
        "source <({me} completion bash)",
        "{me} completion fish | source",
        "{me} completion kubectl > ~/.local/bin/kubectl_complete-pull_secret  # then: chmod +x",
    ),
}

OPTIONS: Final[dict[str, str]] = {
    # global
    "namespace": "The namespace; without it the context's",
    "all_namespaces": "All namespaces",
    "context": "The kubeconfig context",
    "kubeconfig": "The kubeconfig file",
    "as_user": "Act as this user",
    "as_groups": "Act as this group as well (more than once)",
    "request_timeout": "How long one request may take: 30s, 1m; 0 is for ever",
    "output": "How to print: {outputs}",
    "verbose": "Tell of every request; -vv shows also a traceback where something goes wrong",
    "no_color": "No colours",
    # credentials
    "registry": "The registry: harbor.example.com, 192.168.18.100:8080; Docker Hub when left out",
    "username": "The user name",
    "password": "The password. Others can see it in the process list: better --password-stdin, --password-file, or be asked",
    "password_stdin": "Read the password from standard input",
    "password_file": "Read the password from a file",
    "email": "An e-mail address (registries ignore it)",
    "from_docker_config": "Take the logins that docker and podman saved on this machine",
    "docker_config": "Take the logins of this docker config (a file, or the folder of config.json)",
    "only": "Of those, only the logins for this registry (more than once)",
    "file": "Take what is in this Secret manifest or docker config (- is standard input)",
    "registry_ca": "A file of CA certificates to trust for registries",
    "plain_hosts": "Speak plain HTTP with this registry (more than once)",
    "no_probe": "Ask no registry: tell what the cluster alone tells",
    "on_node": "This machine is the node: its loopback registries are those that the images name",
    "fix": "Do the safe mends, after showing them",
    "yes": "Do not ask before mending",
    "source": "With --fix: copy this Secret (NAMESPACE/NAME) into the namespace where it is missing",
    "watch": "Look again and again until it is well",
    "plain_http": "Speak plain HTTP with the registries named here",
    # writing
    "dry_run": "client: print what would be made, ask nobody; server: let the server check it, keep nothing",
    "server_dry_run": "Let the server check every change, and keep none",
    "verify_image": "Prove the login by the pull of this image instead of a login check",
    "no_verify": "Do not ask the registry whether the login works",
    "replace": "Where it is there with other content: replace that in place (same UID)",
    "attach": "Attach it to this ServiceAccount in the same go (more than once)",
    "to": "A namespace to copy to (more than once, or with commas)",
    "force": "Delete it even where Pods still need it",
    "reveal": "Print the passwords",
    # rotate
    "rotated_registry": "Whose password it is; may be left out where the Secret holds one registry",
    "rotated_username": "The user name; without it the one that is there",
    "rotate_dry_run": "client: print what would be changed, ask no registry; server: let the server check it, keep nothing",
    "among": "The namespaces in which Secrets of this name are changed, instead of one (more than once, or with commas)",
    "overlap": "Keep the old login beside the new one: nodes try both until --finish",
    "finish": "Drop the old login that --overlap kept",
    "replace_overlap": "With --overlap: drop the old login that is kept already, and keep the one in use now",
    "timeout": "How long to wait until the copies of policies hold it: 30s, 2m; 0 is for ever",
    # where
    "service_accounts": "A ServiceAccount (more than once); without it: default",
    "all_service_accounts": "Every ServiceAccount of the namespace",
    "workload": "A workload instead, KIND/NAME: its Pod template names the Secret itself",
    "restart_stuck": "Evict the Pods that predate the change and are stuck, so that they are made again",
    "service_account": "The ServiceAccount whose Secrets count (default: default)",
    "pod": "The Pod whose Secrets count",
    "secrets": "A Secret that counts (more than once)",
    "files": "A docker config or Secret manifest that counts (more than once)",
    "write_kubeconfig": "Write its kubeconfig to this file, instead of one that goes with it",
    "port": "The port of its API server; without it any free one",
    "speed": "How many times faster than real its waits pass",
    # install, uninstall
    "crds": "Only the definitions of ClusterPullSecret and PullSecret",
    "no_crds": "Leave the definitions out: somebody else puts them there",
    "apply": "Apply them to the cluster instead of printing them",
    "operator_image": "The operator's image, by tag or digest; none is published, deploy/Dockerfile makes one",
    "installation_name": "What the operator's objects are called (default: pullsecret)",
    "replicas": "How many run: one leads, all serve the webhook (default: 2)",
    "source_namespaces": "Namespaces that ClusterPullSecrets may take credentials from; without it the operator's own (with commas)",
    "watch_namespaces": "Only PullSecrets of these namespaces, with no right on the cluster and no webhook (with commas)",
    "secret_names": "Only copies of these names, with rights on Secrets of these names (with commas)",
    "team_sources": "With --secret-names: names of Secrets that PullSecrets may take credentials from (with commas)",
    "may_recover_pods": "Let the operator evict Pods, for policies with recoverPods: true",
    "no_webhook": "Do not put the names on ServiceAccounts at admission",
    "webhook_port": "The webhook's port in the Pod (default: 9443)",
    "http_port": "The port of /healthz, /readyz and /metrics (default: 8080)",
    "no_aggregate": "Leave the cluster's roles view, edit and admin as they are",
    "image_pull_secrets": "A Secret in its namespace by which the operator's own image is pulled (more than once)",
    "host_network": "Run in the node's network",
    "workers": "How many namespaces are worked on at once (default: 32)",
    "log_format": "How the operator logs: json or text (default: json)",
    "log_level": "How much it logs: debug, info, warning or error (default: info)",
    "allow_realms": "A token service elsewhere that a registry may send it to with a password (more than once)",
    "allow_local_registries": "Let it speak to registries on loopback and link-local addresses",
    "detach_only": "Take back what policies did; leave the manifests and definitions",
    "would_do": "Have the server try it all, say what would be changed, and change nothing",
    "uninstall_yes": "Do not ask before it begins",
    "keep_crds": "Leave the definitions, and with them the policies",
    "filenames": "A manifest, a folder of them, or - for standard input (more than once)",
    "offline": "Ask no cluster: tell what the manifests alone tell",
    # sync
    "sync_from": "The pull Secret that is copied, NAMESPACE/NAME",
    "policy_file": "A ClusterPullSecret or PullSecret manifest that says it all (- is standard input)",
    "copies_name": "The name of the copies; without it that of the Secret",
    "target_namespaces": "Names or patterns of namespaces (more than once, or with commas)",
    "exclude": "Names or patterns of namespaces that are left out (more than once, or with commas)",
    "selector": "Only namespaces with these labels, as kubectl has it: team=web,tier!=test",
    "sync_all_accounts": "Attach to every ServiceAccount of each namespace",
    "no_attach": "Attach to no ServiceAccount",
    "sync_verify": "Prove by the pull of this image that the credential works, before anything is written",
    "prune": "Also take away what an earlier run left in namespaces that are not meant any more",
    "plan_only": "Print the plan, and write nothing",
    "recover_pods": "Evict Pods that came too early and are stuck, so that they are made again",
    "probe": "Ask the registries whether they give the images",
    "platforms": "The image must be there for this platform, as linux/arm64 (more than once)",
}

SAY: Final[dict[str, str]] = {
    "dry-run": " ({mode} dry run)",
    "call": "{method} {address} {status} in {ms} ms",
    "no-answer": "no answer",
    "no-resources": "No pull Secrets found in {scope}.",
    "node-credentials": "A node may hold credentials of its own (kubelet plugins, containerd's configuration); "
    "they cannot be seen from here.",
    "would-try": "For {image} the kubelet would try these, from {because}, until one works:",
    "none-match": "No credential matches {image} in {because}: it would be pulled anonymously.",
    "unnamed": "In namespace {namespace}, and not named by {because}:",
    "would-match": "it is for this image ({username})",
    "keyring-refused": "the kubelet refuses all Secrets of the Pod, the good ones too, since one is broken: {why}",
    "secret-not-there": "warning: {because} names Secret {name!r}, which is not in namespace {namespace!r}",
    "secret-skipped": "warning: the kubelet passes over Secret {name!r}: it is of type {type}, or empty",
    "pattern": "warning: {host} is a pattern, so its login cannot be checked; name an image that it covers",
    "unproved": "nothing was changed; without --verify a registry that cannot be asked is a warning only",
    "password-flag": "warning: a password on the command line can be read in the process list; "
    "use --password-stdin or --password-file",
    "case": "warning: the kubelet minds upper and lower case: this is for images that say {host}, and no other",
    "not-everywhere": "this command works in one namespace, not in all of them",
    "namespace-and-all": "--namespace and --all-namespaces do not go together",
    "saved": "Login for {host} checked and saved in {where}",
    "saved-unproven": "Login for {host} saved in {where}; the registry asks for no login, so it proves nothing",
    "plaintext": "warning: the password lies in {where} unencrypted; a credential store keeps it better "
    "(credsStore, as docker's documentation describes)",
    "removed": "Login for {host} removed from {where}",
    "not-logged-in": "There is no login for {host} in {where}",
    "interrupted": "interrupted",
}

ROTATE: Final[dict[str, str]] = {
    "copies": "{policy}: {updated} of {copies} copies hold it",
    "no-copies": "{policy}: has no copies",
    "waiting": "copies that hold the new login",
    "wait": "waiting: {copies}; not yet in {missing}",
    "late": "these namespaces do not have the new login yet: {missing}",
    "late-hint": "the source has it, and the operator brings it there: does it run? "
    "The same command again waits again",
}

INSTALL: Final[dict[str, str]] = {
    "next": "Put a credential into a source namespace and write a policy: docs/install.md. "
    "kubectl -n {namespace} get pods shows whether the operator runs.",
    "nothing": "There is nothing to take back or to remove: no operator called {name!r}, and no policy.",
    "would-detach": "would take back what policies did (policies: {policies}, copies to delete: {copies}, ServiceAccounts to detach: {accounts})",
    "would-remove": "would remove the operator ({count} objects); the namespace {namespace} stays",
    "would-undefine": "would remove the definitions of ClusterPullSecret and PullSecret, and with them all policies",
    "ask": "Do this? [y/N] ",
}

MISSES: Final[dict[str, str]] = {
    "port": "the port differs: the image names {wanted}, the entry {has}",
    "path": "the path differs: the image is {wanted}, the entry is for {has}",
    "host": "the host differs: the image says {wanted}, the entry {has}",
}

STORY: Final[dict[str, str]] = {
    "intro": "A cluster and a private registry ({host}), both imitated in this process.\n"
    "Somebody deploys the private image {image} in namespace {first}.",
    "failed": "It cannot be pulled:",
    "doctor": "Why?",
    "lookup": "Which credentials would the kubelet try for it?",
    "create": "Make a pull Secret (the login is proved by a pull first), and attach it:",
    "predates": "The Pod came before that, and would stay stuck for ever: have it made again.",
    "second": "The same in a second namespace, {second}. Secrets are per namespace, so it fails there:",
    "fix": "The doctor can do the safe mends itself; the Secret is copied only because it is named:",
    "end": "That took {seconds:.1f} s. To try it yourself: pullsecret sandbox up",
}

SANDBOX: Final = """\
An imitation cluster is running at {url}, for trying and testing: it keeps all in memory.
In another terminal:

  export KUBECONFIG={kubeconfig}
  kubectl create deployment web --image={image}
  kubectl get pods
  pullsecret create regcred --registry {registry} -u {username} -p {password} --attach default
  pullsecret attach regcred --restart-stuck

Its private registry is {registry}: user {username}, password {password}.
Ctrl-C ends it and forgets everything."""

DOCTOR: Final[dict[str, str]] = {
    "well": "Nothing wrong with pulls in {scope}.",
    "sum": "{pods} Pods cannot pull, {findings} findings: {causes}",
    "loopback": "{host} was not asked: a loopback registry in an image's name is the node's own "
    "(--on-node, where this machine is the node)",
    "block": "{workloads} workloads alike, {pods} Pods, in {namespaces} namespaces",
    "more": "and {number} more (-o wide shows all)",
    "first": "of these, {who}:",
    "note": "note: {who}: {summary}",
    "denied": "warning: this account may not {permission}: the diagnosis goes as far as the rest tells",
    "nothing-safe": "there is nothing here that can be mended safely by itself",
    "would": "would {what}",
    "ask": "Do this? [y/N] ",
    "attach": "attach secret/{secret} to serviceaccount/{account} in namespace {namespace}",
    "copy": "copy secret/{secret} from namespace {source} into namespace {namespace}",
    "evict": "evict pod/{pod} in namespace {namespace}, so that its controller makes it again",
}

EXPLAIN: Final[dict[str, str]] = {
    "nothing": "No pull of an image fails in these events.",
    "pods": "Pods: {pods}",
    "check": "check:",
    "mend": "mend:",
    "else": "or else",
    "read": "read:",
    "said": "said:",
    "line": "line {number}",
    "object": "an object",
}

SYNC: Final[dict[str, str]] = {
    "none": "No namespace is meant by this.",
    "sum": "{secret} is in {synced} of {total} namespaces: {counts}",
    "plan": "{secret} in {synced} of {total} namespaces: {counts} (dry run)",
    "nothing": "nothing to do",
    "created": "{n} created",
    "updated": "{n} updated",
    "deleted": "{n} deleted",
    "attached": "{n} ServiceAccounts attached",
    "detached": "{n} ServiceAccounts detached",
    "skipped": "{n} opted out",
    "failed": "{n} failed",
    "operated": "{policy} is in the cluster, and the operator keeps it: nothing to do here; "
    "`kubectl apply` changes it",
    "interrupted": "stopped after {done} of {total} namespaces; what was under way may be done too. "
    "Run it again to go on",
    "progress": "namespaces",
}

CHECK: Final[dict[str, str]] = {
    "no-cluster": "note: no kubeconfig was found, so only what the manifests tell is known (as with --offline)",
    "well": "Nothing wrong found in {what}: {counts}.",
    "sum": "{what}: {counts}.",
    "nothing": "There is no image in {files}.",
    "unreadable": "error: {place}: {message}",
    "no-image": "(no image)",
    "foreign": "{file} holds no Kubernetes object",
    "makes": "{file} holds no Kubernetes object; check those that it makes: {command}",
    "denied": "warning: this account may not {permission}: what hangs on it is told as unknown",
    "remark": "note: {text}",
    "fails": "would not pull",
    "may-fail": "may not pull",
    "pulled": "given by the registry",
    "covered": "covered by a credential",
    "assumed-public": "taken for public",
    "not-pulled": "never pulled",
    "unknown": "unknown",
    "not-asked": "whose registry could not be asked",
    "settle": "--probe asks the registries for what is not certain.",
}
