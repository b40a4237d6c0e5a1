import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { handsOutCredentials } from './networks';

/* The names and addresses of servers, and URLs of them. */

const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const NOT_A_HOST = 'must be a DNS name in lower case, without scheme, port or path: write e.g. mlflow.example.com';
export const REACHES_NOBODY = 'must not be the pod itself, an address that no server has, or one at which clouds hand out credentials: write the server\'s name as other pods know it, '
  + 'e.g. postgres.data.svc.cluster.local';

/** Names that lead back to whoever asks, or that are nobody's by RFC 2606. */
const OWN_NAMES = /^(localhost\d?|ip6-(localhost|loopback)|(.*\.)?localhost|localhost\d?\..*|(.*\.)?invalid)$/;
/** Names where clouds hand out the credentials of a node. */
const METADATA_NAMES = /^(metadata\.(google|azure)\.internal|metadata\.tencentyun\.com|instance-data\..*internal)$/;
const NOBODYS_RANGES: readonly string[] = ['unspecified', 'loopback', 'linkLocal', 'multicast', 'broadcast', 'reserved'];

/** Whether a text is a DNS name, or an IPv4 address. */
export function isHost(text: string): boolean {
  return SUBDOMAIN.test(text) && (!/(^|\.)\d+$/.test(text) || ipaddr.IPv4.isValidFourPartDecimal(text));
}

/** Whether a pod can find a server by the host: not where it is the pod itself, or an address of a range that no server has. */
export function isReachable(host: string): boolean {
  if (!ipaddr.IPv4.isValidFourPartDecimal(host)) return !OWN_NAMES.test(host) && !METADATA_NAMES.test(host);
  return !NOBODYS_RANGES.includes(ipaddr.parse(host).range()) && !handsOutCredentials(`${host}/32`);
}

const host = () => z.string(NOT_A_HOST).refine(isHost, NOT_A_HOST);

/** A server that pods connect to. */
export const serverHost = () => host().refine((text) => !isHost(text) || isReachable(text), REACHES_NOBODY);

/** A host that requests from outside come to. */
export const ingressHost = () => host().refine((name) => !/^[\d.]+$/.test(name), 'must be a name, not an address: Kubernetes refuses it')
  .refine((name) => name.length <= 247, 'must be 247 characters or shorter: a gateway\'s listeners are named after it');

/** The DNS domain of a cluster. */
export const clusterDomain = () => host()
  .refine((name) => !/^[\d.]+$/.test(name), 'must be a name, not an address: write e.g. cluster.local')
  .refine((name) => name.length <= 121, 'must be 121 characters or shorter: with a Service and its namespace before it a name has 253 at most')
  .refine((name) => !/(^|\.)svc(\.|$)/.test(name),
    'must be what follows .svc. in the names of Services: write e.g. cluster.local');

/** The host of an http or https URL without credentials, or undefined where it is none. What is read as another host is none, too. */
export function hostOfUrl(text: string): string | undefined {
  const [, name, port = '1'] = /^https?:\/\/([^/:?#@\s]+)(?::(\d{1,5}))?(?:[/?#]|$)/.exec(text) ?? [];
  if (name === undefined || !isHost(name) || Number(port) < 1 || Number(port) > 65535) return undefined;
  return URL.canParse(text) && new URL(text).hostname === name ? name : undefined;
}
