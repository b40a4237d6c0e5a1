import type { Chart } from 'cdk8s';
import { TrackingServerMonitor, type TrackingServerMonitorProps } from '../../../lib/features/observability/tracking-server-monitor';
import { TrackingServer } from '../../../lib/features/tracking-server/tracking-server';
import { find, leastTrackingServer, objectsOf, testChart, testSelector } from '../../testing';

function monitored(props: (chart: Chart) => TrackingServerMonitorProps) {
  const chart = testChart();
  return objectsOf(new TrackingServerMonitor(chart, 'Test', props(chart)));
}

const least = (chart: Chart) => ({ version: '3.17.2', server: new TrackingServer(chart, 'Server', leastTrackingServer(chart)) });
const all = (chart: Chart): Required<TrackingServerMonitorProps> => ({ ...least(chart), labels: { release: 'prometheus' } });

const byName = { 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/component': 'tracking-server' };

test('with the least props: every pod is scraped, at a port that leads to nothing but metrics', () => {
  const objects = monitored(least);
  expect(find(objects, 'ServiceMonitor')).toMatchObject({
    metadata: { name: 'mlflow-metrics' },
    spec: {
      selector: { matchLabels: byName },
      jobLabel: 'app.kubernetes.io/name',
      endpoints: [{ port: 'metrics', path: '/metrics', interval: '30s', scrapeTimeout: '10s' }],
    },
  });
  expect(find(objects, 'Service', 'mlflow-metrics')).toMatchObject({
    metadata: { labels: testSelector('tracking-server') }, spec: { clusterIP: 'None', ports: [{ name: 'metrics', port: 9464 }], selector: testSelector('tracking-server') },
  });
  expect(find(objects, 'Service', 'mlflow').spec).toMatchObject({ ports: [{ name: 'http' }] });
});

test('the Services are selected whatever Argo CD makes of the label of their environment', () => {
  expect((find(monitored(least), 'ServiceMonitor').spec as { selector: object }).selector).toEqual({ matchLabels: byName });
});

test('with all props: a Prometheus finds it by its labels', () => {
  expect(find(monitored(all), 'ServiceMonitor').metadata).toMatchObject({ labels: { ...testSelector('tracking-server'), release: 'prometheus' } });
});
