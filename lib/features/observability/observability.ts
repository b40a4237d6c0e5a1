import { Construct } from 'constructs';
import type { Connection, Part } from '../../kit/network/connection';
import type { Peer } from '../../kit/network/peer';
import type { EnvironmentSpec } from '../environment';
import type { TrackingServer } from '../tracking-server/tracking-server';
import { TrackingServerMonitor } from './tracking-server-monitor';

export interface ObservabilityProps {
  /** What the environment file says of it. */
  readonly settings: EnvironmentSpec['metrics'];
  readonly server: TrackingServer;
  /** Release of MLflow. */
  readonly version: string;
  /**
   * Who scrapes metrics.
   * @default - nobody
   */
  readonly prometheus?: Peer;
}

/** What Prometheus is told, and what it may connect to. */
export class Observability extends Construct implements Part {
  readonly components = [];
  readonly connections: readonly Connection[];

  constructor(scope: Construct, id: string, { settings, server, version, prometheus }: ObservabilityProps) {
    super(scope, id);
    this.connections = prometheus ? [{ from: prometheus, to: server.metrics }] : [];
    if (settings.serviceMonitor) new TrackingServerMonitor(this, 'TrackingServer', { server, version, labels: settings.labels });
  }
}
