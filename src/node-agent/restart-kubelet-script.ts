/**
 * What the restart Job runs on the host, with the operation's id as first argument. Plain sh, so that any small image with
 * nsenter will do and nothing is installed on nodes. The folder is made at most once a boot by whichever process is
 * first: a second pod of the same operation, whoever made it, restarts nothing.
 */
export const RESTART_KUBELET_SCRIPT = `
set -u
known='kubelet k3s-agent k3s rke2-agent rke2-server'
unit=
for candidate in $known; do
  if systemctl is-active --quiet "$candidate.service"; then
    unit=$candidate.service
    break
  fi
done
if [ -z "$unit" ]; then
  echo "none of these units is active on the host: $known"
  exit 3
fi
mkdir -p /run/node-steward
if ! mkdir "/run/node-steward/restart-$1" 2>/dev/null; then
  echo "$unit was restarted for this operation already"
  exit 0
fi
if ! systemctl restart "$unit"; then
  systemctl status --no-pager --lines=5 "$unit"
  exit 4
fi
echo "$unit restarted"
`.trim();
