import type { Chart } from 'cdk8s';
import { TrackingServerMonitor, type TrackingServerMonitorProps } from '../../lib/observability/tracking-server-monitor';
import { TrackingServer } from '../../lib/tracking-server/tracking-server';
import { find, leastTrackingServer, objectsOf, testChart, testSelector } from '../testing';

function monitored(props: (chart: Chart) => TrackingServerMonitorProps) {
  const chart = testChart();
  return objectsOf(new TrackingServerMonitor(chart, 'Test', props(chart)));
}

const least = (chart: Chart) => ({ server: new TrackingServer(chart, 'Server', leastTrackingServer(chart)) });
const all = (chart: Chart): Required<TrackingServerMonitorProps> => ({ ...least(chart), labels: { release: 'prometheus' } });

test('with the least props: every pod behind the Service is scraped', () => {
  const objects = monitored(least);
  expect(find(objects, 'ServiceMonitor')).toMatchObject({
    metadata: { name: 'mlflow' },
    spec: {
      selector: { matchLabels: testSelector('tracking-server') },
      endpoints: [{ port: 'http', path: '/metrics', interval: '30s', scrapeTimeout: '10s' }],
    },
  });
  expect(find(objects, 'Service')).toMatchObject({ metadata: { labels: testSelector('tracking-server') }, spec: { ports: [{ name: 'http' }] } });
});

test('with all props: a Prometheus finds it by its labels', () => {
  expect(find(monitored(all), 'ServiceMonitor').metadata).toMatchObject({ labels: { ...testSelector('tracking-server'), release: 'prometheus' } });
});
