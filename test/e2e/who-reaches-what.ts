import { METRICS } from '../../lib/features/tracking-server/server-variables';
import { get, kubectl, servers } from './kubectl';
import { StandIn } from './stand-in';

/** The namespaces of a platform, of its clients, and of others, in which the ingress controller, Prometheus and a receiver of webhooks are. */
interface Namespaces {
  readonly platform: string;
  readonly clients: string;
  readonly strangers: string;
}

/** The tests of who may connect to what: pods with the labels of each component, and of others, try all of it. */
export function whoReachesWhat({ platform: namespace, clients, strangers }: Namespaces): void {
  describe('of everything in the cluster', () => {
    const components = ['tracking-server', 'database-set-up', 'schema', 'bucket', 'postgres', 'object-store'];
    let standIns: Record<string, StandIn>;
    let platform: Record<string, string>;
    let others: Record<string, string>;
    /** What each of them reaches: asked at once, because what is refused is not answered. */
    let reached: Record<string, string[]>;

    beforeAll(async () => {
      await kubectl(['create', 'namespace', strangers]);
      const labels = { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': 'local' };
      const started = await Promise.all([
        ...components.map((component) => StandIn.start(namespace, component, labels)),
        StandIn.start(namespace, 'neighbour', labels),
        StandIn.start(clients, 'client'),
        ...['stranger', 'ingress-controller', 'prometheus', 'receiver'].map((component) => StandIn.start(strangers, component, labels)),
      ]);
      standIns = Object.fromEntries(started.map((standIn) => [standIn.name, standIn]));
      const service = async (name: string, port: number, where = namespace) =>
        `${(await get<{ spec: { clusterIP: string } }>('-n', where, 'service', name)).spec.clusterIP}:${port}`;
      const [server] = await servers(namespace);
      platform = {
        'the server': await service('mlflow', 5000),
        'a pod of the server': new URL(server!).host,
        'the metrics of a pod': `${new URL(server!).hostname}:${METRICS.port}`,
        'the database': await service('mlflow-postgres', 5432),
        'the store': await service('mlflow-object-store', 9000),
        ...Object.fromEntries(components.map((component) => [`another port of ${component}`, standIns[component]!.address])),
      };
      others = {
        'dns': 'kubernetes.default.svc.cluster.local:443',
        'the API server': await service('kubernetes', 443, 'default'),
        'a stranger': standIns.stranger!.address,
        'a client': standIns.client!.address,
        'a receiver of webhooks': standIns.receiver!.address,
      };
      await new Promise((resolve) => setTimeout(resolve, 3000)); // until every node knows the new pods
      const places = { ...platform, ...others };
      const all = Object.entries(standIns).map(async ([who, standIn]) => [who, await standIn.reaches(places)] as const);
      reached = Object.fromEntries(await Promise.all(all));
    });

    test.each<[string, string[]]>([
      ['tracking-server', ['the database', 'the store', 'dns', 'a receiver of webhooks']],
      ['database-set-up', ['the database', 'dns']],
      ['schema', ['the database', 'dns']],
      ['bucket', ['the store', 'dns']],
      ['postgres', []],
      ['object-store', []],
    ])('a pod of %s reaches %j and nothing else', (component, places) => {
      const itself = `another port of ${component}`; // what a pod sends to itself meets no policy
      expect(platform).toHaveProperty([itself]);
      expect(reached[component]!.filter((place) => place !== itself)).toEqual(places);
    });

    test.each<[string, string[]]>([
      ['client', ['the server', 'a pod of the server']],
      ['ingress-controller', ['the server', 'a pod of the server']],
      ['prometheus', ['the metrics of a pod']],
      ['stranger', []],
      ['neighbour', []],
    ])('of the platform a %s reaches %j and nothing else', (who, places) => {
      expect(reached[who]!.filter((place) => place in platform)).toEqual(places);
      expect(reached[who]!.filter((place) => place in others)).toEqual(Object.keys(others)); // so the attempts can succeed
    });
  });
}
