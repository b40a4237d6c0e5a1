import type { Manifest } from '../../lib/manifests/manifest';
import { examples } from '../examples';
import { inTemporaryFolder, manifestsOf, writeManifests } from '../testing';
import { verdict, type EnvironmentName } from './accepted-findings';
import { checkov, kubeScore, type Finding, type Judge } from './judge';
import { weakened } from './weakened';

jest.setTimeout(120_000);

const judges: readonly { readonly name: string; readonly judge: Judge; readonly weaknesses: readonly string[] }[] = [
  {
    name: 'kube-score',
    judge: kubeScore,
    weaknesses: [
      'container-ephemeral-storage-request-and-limit',
      'container-image-tag',
      'container-resources',
      'container-seccomp-profile',
      'container-security-context-privileged',
      'container-security-context-readonlyrootfilesystem',
      'container-security-context-user-group-id',
      'deployment-has-poddisruptionbudget',
      'pod-networkpolicy',
      'pod-probes',
    ],
  },
  {
    name: 'checkov',
    judge: checkov,
    weaknesses: [
      'CKV2_K8S_6', // a network policy
      'CKV_K8S_11', // CPU limits
      'CKV_K8S_13', // memory limits
      'CKV_K8S_14', // a fixed tag
      'CKV_K8S_16', // privileged
      'CKV_K8S_19', // the host's network
      'CKV_K8S_20', // allowPrivilegeEscalation
      'CKV_K8S_22', // a read-only root
      'CKV_K8S_23', // root
      'CKV_K8S_28', // NET_RAW
      'CKV_K8S_29', // a security context
      'CKV_K8S_31', // a seccomp profile
      'CKV_K8S_37', // capabilities
      'CKV_K8S_40', // a high user
      'CKV_K8S_9', // a readiness probe
      'CKV_SECRET_4', // a password in a URL
    ],
  },
];

describe.each(judges)('$name', ({ name, judge, weaknesses }) => {
  function findings(environment: string, manifests: readonly Manifest[]): Finding[] {
    return inTemporaryFolder((folder) => {
      writeManifests({ folder, environment, manifests, secret: false });
      return judge(folder);
    });
  }

  test.each<EnvironmentName>(['local', 'production'])('finds in the environment %s what is accepted, and nothing else', (environment) => {
    expect(verdict(name, [environment], findings(environment, manifestsOf(environment)))).toEqual({ unaccepted: [], outdated: [] });
  });

  test.each<['local' | 'production', readonly EnvironmentName[]]>([
    ['local', ['local']], ['production', ['production', 'examples']],
  ])('finds in the examples of the profile %s what is accepted, and nothing else', (profile, environments) => {
    const found = examples.filter(({ environment }) => environment.profile === profile).flatMap(({ file, environment, manifests }) =>
      findings(environment.name, manifests).map((finding) => ({ ...finding, says: `${finding.says} (${file})` })));
    expect(verdict(name, environments, found)).toEqual({ unaccepted: [], outdated: [] });
  });

  test('finds what is wrong with a weakened Deployment', () => {
    const { unaccepted } = verdict(name, ['production'], findings('production', weakened(manifestsOf('production'))));
    expect(unaccepted).toEqual(weaknesses.map((check) => expect.stringMatching(`^deployment/mlflow: ${name} ${check}: `) as string));
  });
});
