#!/bin/sh
# pod.sh FOLDER ADDRESS...: makes of the network and mount namespaces that it is in those of a pod with the addresses. FOLDER holds what is
# at /etc/hosts, /etc/resolv.conf and /etc/ssl/certs/ca-certificates.crt. A family without an address is not there at all.
set -eu
folder=$1
shift
ip link set lo up
case $* in *.*) ;; *) ip address del 127.0.0.1/8 dev lo ;; esac
case $* in
  *:*) ;;
  *) echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 ;;
esac
for address; do
  case $address in
    *:*) ip address add "$address/128" dev lo nodad ;;
    *) ip address add "$address/32" dev lo ;;
  esac
done
for file in hosts resolv.conf ssl/certs/ca-certificates.crt; do
  mount --bind "$folder/${file##*/}" "/etc/$file"
done
echo ready
exec sleep infinity
