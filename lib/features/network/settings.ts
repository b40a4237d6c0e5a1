import { z } from 'zod';
import { serverHost } from '../../kit/hosts';
import { MATCHES_NEARLY_ALL, matchNearlyAll, problemOfNetwork } from '../../kit/networks';
import { label, labelMap } from '../../kit/values';

const cidr = (isDns = false) => z.string().superRefine((text, context) => {
  const problem = problemOfNetwork(text, isDns);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

const fieldsOf = (isDns = false) => ({
  namespace: label().optional().describe('Namespace of the pods.'),
  podLabels: labelMap().refine((labels) => Object.keys(labels).length > 0, 'must name a label, or be left out: then all pods of the namespace are meant').optional()
    .describe('Labels of the pods. Default: all pods of the namespace.'),
  cidrs: z.array(cidr(isDns)).min(1, 'must name a network: write e.g. [10.20.0.0/16]')
    .refine((networks) => networks.some((each) => problemOfNetwork(each, isDns)) || !matchNearlyAll(networks), MATCHES_NEARLY_ALL).optional()
    .describe('Networks, where there are no pods to name.'),
});
const NOT_A_PEER = 'must have a namespace, perhaps with podLabels, or cidrs: write e.g. {namespace: training}';
interface PeerFields { namespace?: unknown; podLabels?: unknown; cidrs?: unknown }
const podsOrNetworks = ({ namespace, podLabels, cidrs }: PeerFields) => (namespace === undefined) !== (cidrs === undefined) && !(cidrs && podLabels);
const nothingOrOneOfThem = (fields: PeerFields) => podsOrNetworks(fields) || !(fields.namespace ?? fields.podLabels ?? fields.cidrs);
const port = () => z.int('must be a whole number').min(1, 'must be from 1 to 65535').max(65535, 'must be from 1 to 65535');

const peer = (isDns = false) => z.strictObject(fieldsOf(isDns)).refine(podsOrNetworks, NOT_A_PEER);
const NOT_A_DESTINATION = 'must have a host, or a namespace, perhaps with podLabels, or cidrs: write e.g. {host: hooks.slack.com, port: 443}';
const hostOrPeer = ({ host: name, ...fields }: PeerFields & { host?: unknown }) =>
  name === undefined ? podsOrNetworks(fields) : !(fields.namespace ?? fields.podLabels ?? fields.cidrs);
const destination = () => z.strictObject({
  ...fieldsOf(),
  host: serverHost().optional().describe(
    'Its name, where there are no pods and no fixed networks to name. A Service\'s full name leads to the pods of its namespace; policies know no other names, so any '
    + 'other opens its port to every address, except those at which clouds hand out credentials.'),
  port: port().describe('Port of the pods or addresses.'),
  scheme: z.enum(['https', 'http'], 'must be https or http').default('https')
    .describe('What the server speaks to it. http is only for those inside, and lets users name http for this purpose.'),
  purpose: z.enum(['webhooks', 'models'], 'must be webhooks or models').optional()
    .describe('Whether it receives webhooks, or serves models to the AI gateway. MLflow takes private addresses only for the purposes of destinations that have '
      + 'one. Default: both.'),
}).refine(hostOrPeer, NOT_A_DESTINATION);
const server = (itself: string) => z.strictObject({
  ...fieldsOf(),
  port: port().optional().describe('Port of the pods or addresses, where it is another than that of the Service in front of them.'),
}).refine(nothingOrOneOfThem, NOT_A_PEER).optional().describe(
  `${itself}. Default: what its host tells: the pods of a Service's namespace, or, as policies know no names, any address, and in each case its port only.`);

const network = z.strictObject({
  clients: z.array(peer()).default([]).describe('Who uses the tracking server without an entrance: the namespaces that train.'),
  ingressController: peer().optional().describe(
    'The pods that bring requests from outside. Default, where there is an Ingress: its controller, where it runs by its own instructions and in k3s, RKE2 and '
    + 'MicroK8s; one on the nodes\' own network needs the cidrs of the nodes. Where there is a gateway: its own proxies in envoy-gateway-system.'),
  prometheus: peer().optional().describe('Who scrapes metrics, at port 9464 and no other. Default, where there is a ServiceMonitor: the pods app.kubernetes.io/name: prometheus of the namespace monitoring.'),
  dns: z.array(peer(true)).min(1, 'must name a peer, or be left out').optional().describe(
    'The cluster\'s DNS. With NodeLocal DNSCache: [{cidrs: [169.254.20.10/32, the address of the Service kube-dns/32]}]. '
    + 'Default: the pods k8s-app: kube-dns of kube-system.'),
  database: server('Where an external database is'),
  objectStore: server('Where an external artifact store is'),
  destinations: z.array(destination()).default([]).describe('Peers that the server calls for its users: receivers of webhooks, model providers.'),
});

export const sections = { network: network.prefault({}).describe('Which peers may connect to which; nobody else can.') };
