import ipaddr from 'ipaddr.js';

export const MATCHES_NEARLY_ALL = 'must not match nearly every address: name the networks that are meant, e.g. 10.20.0.0/16';

/** Ranges whose addresses nobody has who could be at the other end of a connection. Link-local ones some DNS has. */
const NOBODYS: readonly string[] = ['unspecified', 'loopback', 'multicast', 'broadcast'];

/** Bits that a network's addresses must have in common, so that it does not stand for most of the Internet. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 };

/** Ranges of IPv6 that stand for all of IPv4. */
const IPV4_IN_IPV6: readonly string[] = ['ipv4Mapped', 'rfc6052', '6to4', 'teredo'];

/** How many IPv4 addresses several networks may have together: those of four networks of /8. */
const MOST_ADDRESSES = 2 ** 26;

/**
 * Where clouds hand out the credentials of a node: at link-local addresses, and those that clouds have elsewhere. Some of them answer DNS
 * there, too.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export const CREDENTIALS = {
  ipv4: [
    '169.254.0.0/16',
    '100.100.100.200/32', // Alibaba
    '168.63.129.16/32', // Azure
    '192.0.0.192/32', // Oracle
  ],
  ipv6: [
    'fe80::/10',
    'fd00:42::42/128', // Scaleway
    'fd00:100::100:200/128', // Alibaba
    'fd00:a9fe:a9fe::1/128', // Akamai
    'fd00:c1::a9fe:a9fe/128', // Oracle
    'fd00:ec2::/32', // Amazon
    'fd20:ce::/32', // Google
  ],
};

/** Whether all of a network is where clouds hand out credentials. */
export function handsOutCredentials(network: string): boolean {
  const [address, length] = ipaddr.parseCIDR(network);
  return CREDENTIALS[address.kind()].some((each) => {
    const [other, bits] = ipaddr.parseCIDR(each);
    return length >= bits && address.match(other, bits);
  });
}

/** What is wrong with a network in CIDR notation, or undefined. Only the cluster's DNS may be where clouds hand out credentials. */
export function problemOfNetwork(text: string, isDns = false): string | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text) && !ipaddr.IPv6.isValidCIDR(text)) return 'must be a network: write e.g. 10.20.0.0/16, or 10.20.30.40/32 for one address';
  const [address, length] = ipaddr.parseCIDR(text);
  const isPrivate = address.range() === 'uniqueLocal' && length >= 7; // however many: all of them are inside
  if ((length < SHORTEST_PREFIX[address.kind()] && !isPrivate) || IPV4_IN_IPV6.includes(address.range())) return MATCHES_NEARLY_ALL;
  if (NOBODYS.includes(address.range())) return 'must be a network of pods or servers: nobody else has such an address';
  if (!isDns && handsOutCredentials(text)) return 'must not be where clouds hand out the credentials of their machines: only network.dns may be there';
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = `${kind.networkAddressFromCIDR(text).toString()}/${length}`;
  return network === text ? undefined : `must be the network itself: write ${network}`;
}

/** Whether networks that are right one by one are most of the Internet together. */
export function matchNearlyAll(networks: readonly string[]): boolean {
  const addresses = networks.filter((text) => ipaddr.IPv4.isValidCIDRFourPartDecimal(text)).map((text) => 2 ** (32 - ipaddr.parseCIDR(text)[1]));
  return addresses.reduce((total, each) => total + each, 0) > MOST_ADDRESSES;
}
