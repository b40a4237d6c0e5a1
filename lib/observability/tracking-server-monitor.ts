import { Construct } from 'constructs';
import { ServiceMonitor } from '../../imports/monitoring.coreos.com';
import type { TrackingServer } from '../tracking-server/tracking-server';

export interface TrackingServerMonitorProps {
  readonly server: TrackingServer;
  /**
   * Labels that the cluster's Prometheus selects ServiceMonitors by.
   * @default - none
   */
  readonly labels?: Record<string, string>;
}

/** Tells Prometheus Operator to scrape every pod of the tracking server, every 30 seconds. */
export class TrackingServerMonitor extends Construct {
  constructor(scope: Construct, id: string, { server, labels }: TrackingServerMonitorProps) {
    super(scope, id);
    new ServiceMonitor(this, 'Resource', {
      metadata: { name: server.service.name, labels: { ...server.labels, ...labels } },
      spec: {
        selector: { matchLabels: server.selector },
        endpoints: [{ port: 'http', path: '/metrics', interval: '30s', scrapeTimeout: '10s' }],
      },
    });
  }
}
