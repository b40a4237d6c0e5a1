import { Observability, type ObservabilityProps } from '../../../lib/features/observability/observability';
import { prometheusOf } from '../../../lib/features/observability/prometheus';
import { TrackingServer } from '../../../lib/features/tracking-server/tracking-server';
import { environment, leastTrackingServer, objectsOf, testChart } from '../../testing';

function observability(change: Partial<ObservabilityProps> = {}): Observability {
  const chart = testChart();
  const server = new TrackingServer(chart, 'Server', leastTrackingServer(chart));
  return new Observability(chart, 'Test', { settings: { serviceMonitor: false, labels: {} }, server, version: '3.17.2', ...change });
}

const monitors = (part: Observability) => objectsOf(part).filter(({ kind }) => kind === 'ServiceMonitor').map(({ metadata }) => metadata);

test('with the least props nobody scrapes, and nobody is told to', () => {
  expect(observability().connections).toEqual([]);
  expect(monitors(observability())).toEqual([]);
});

test('with all props Prometheus is told of the server, and connects to the port of metrics', () => {
  const part = observability({ settings: { serviceMonitor: true, labels: { release: 'prometheus' } }, prometheus: { namespace: 'monitoring' } });
  expect(part.connections).toMatchObject([{ from: { namespace: 'monitoring' }, to: { component: 'tracking-server', port: 9464 } }]);
  expect(monitors(part)).toMatchObject([{ name: 'mlflow-metrics', labels: { release: 'prometheus' } }]);
});

test.each([
  ['', undefined],
  ['metrics: {serviceMonitor: true}', 'monitoring'],
  ['network: {prometheus: {namespace: watching}}', 'watching'],
  ['metrics: {serviceMonitor: true}, network: {prometheus: {namespace: watching}}', 'watching'],
])('who scrapes: {%s}: %s', (text, namespace) => {
  expect(prometheusOf(environment(`{profile: local, ${text}}`))?.namespace).toBe(namespace);
});
