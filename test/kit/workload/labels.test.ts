import { App, Chart } from 'cdk8s';
import { componentLabels, environmentLabels, selectorLabels } from '../../../lib/kit/workload/labels';
import { testChart, testSelector } from '../../testing';

test('an environment\'s objects bear its name', () => {
  expect(environmentLabels('staging')).toEqual({
    'app.kubernetes.io/name': 'mlflow',
    'app.kubernetes.io/instance': 'staging',
    'app.kubernetes.io/part-of': 'mlflow-platform',
    'app.kubernetes.io/managed-by': 'cdk8s',
  });
});

test('a component\'s objects bear the environment\'s labels, the component and the version, where it has one', () => {
  const withoutVersion = { ...environmentLabels('test'), 'app.kubernetes.io/component': 'thing' };
  expect(componentLabels(testChart(), 'thing')).toEqual(withoutVersion);
  expect(componentLabels(testChart(), 'thing', '1.2.3')).toEqual({ ...withoutVersion, 'app.kubernetes.io/version': '1.2.3' });
});

test('pods are selected by what never changes: name, environment and component', () => {
  expect(selectorLabels(testChart(), 'thing')).toEqual(testSelector('thing'));
});

test('a selector is refused in a chart whose pods it could not tell from others', () => {
  expect(() => selectorLabels(new Chart(new App(), 'bare'), 'thing')).toThrow('the chart needs the labels of environmentLabels()');
});
