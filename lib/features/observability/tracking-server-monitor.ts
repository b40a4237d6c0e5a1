import { Construct } from 'constructs';
import { ServiceMonitor } from '../../../imports/monitoring.coreos.com';
import { METRICS } from '../tracking-server/server-variables';
import { TrackingServer } from '../tracking-server/tracking-server';
import { ComponentService } from '../../kit/workload/component-service';
import { serviceSelector } from '../../kit/workload/labels';

export interface TrackingServerMonitorProps {
  readonly server: TrackingServer;
  /** Release of MLflow. */
  readonly version: string;
  /**
   * Labels that the cluster's Prometheus selects ServiceMonitors by.
   * @default - none
   */
  readonly labels?: Record<string, string>;
}

/** Tells Prometheus Operator to scrape every pod of the tracking server, every 30 seconds, by a Service that leads to nothing but metrics. */
export class TrackingServerMonitor extends Construct {
  constructor(scope: Construct, id: string, { server, version, labels }: TrackingServerMonitorProps) {
    super(scope, id);
    const { name } = new ComponentService(this, 'Service', {
      name: `${server.service.name}-${METRICS.name}`,
      component: TrackingServer.COMPONENT,
      version,
      port: { name: METRICS.name, port: METRICS.port },
      headless: true,
    });
    new ServiceMonitor(this, 'Resource', {
      metadata: { name, labels: { ...server.labels, ...labels } },
      spec: {
        selector: { matchLabels: serviceSelector(TrackingServer.COMPONENT) },
        jobLabel: 'app.kubernetes.io/name',
        endpoints: [{ port: METRICS.name, path: '/metrics', interval: '30s', scrapeTimeout: '10s' }],
      },
    });
  }
}
