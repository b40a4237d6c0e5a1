import { spreadOverHosts } from '../../../lib/kit/workload/spread';

const selector = { app: 'thing' };

test('hard: never two pods of a revision on one host while another takes pods, and in different zones if possible', () => {
  expect(spreadOverHosts(selector, 'hard').topologySpreadConstraints).toMatchObject([
    { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: selector }, matchLabelKeys: ['pod-template-hash'] },
    { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
  ]);
});

test('soft: on hosts of their own if possible', () => {
  expect(spreadOverHosts(selector, 'soft').topologySpreadConstraints).toMatchObject([{ whenUnsatisfiable: 'ScheduleAnyway' }, { whenUnsatisfiable: 'ScheduleAnyway' }]);
  expect(spreadOverHosts(selector, 'soft').affinity).toEqual(spreadOverHosts(selector, 'hard').affinity);
});
