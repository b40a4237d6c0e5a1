import type { Construct } from 'constructs';
import type { PlatformSecrets } from '../../kit/secrets/platform-secrets';
import { isEncrypted, type Entrance } from './entrance';
import type { GuardedService, GuardSurroundings } from './guard';
import { OAuth2Proxy } from './oauth2-proxy';
import type { AccessSpec } from './settings';
import { TokenVerifier } from './token-verifier';

/** What the guard of one mode is made from. */
export interface GuardInputs<Access extends AccessSpec = AccessSpec> {
  readonly access: Access;
  readonly entrance: Entrance;
  readonly surroundings: GuardSurroundings;
  readonly secrets: PlatformSecrets;
}

interface GuardKind<Access extends AccessSpec> {
  /** Name of the component at the public hosts. */
  readonly component: string;
  readonly make: (scope: Construct, id: string, inputs: GuardInputs<Access>) => GuardedService;
}

/** The guard behind the gateway or the Ingress, for each mode of access: a mode without a line is a type error. */
const guards: { readonly [Mode in AccessSpec['mode']]: GuardKind<Extract<AccessSpec, { mode: Mode }>> | undefined } = {
  'none': undefined,
  'basic': undefined, // MLflow itself asks
  'cloudflare-access': {
    component: 'token-verifier',
    make: (scope, id, { access, surroundings }) => new TokenVerifier(scope, id, { ...access, ...surroundings }),
  },
  'oidc': {
    component: 'sign-in',
    make: (scope, id, { access, entrance, surroundings, secrets }) => new OAuth2Proxy(scope, id, {
      ...access,
      ...surroundings,
      encrypted: isEncrypted(entrance),
      clientSecret: secrets.at(`${entrance.accessPath}.secret`),
      cookieSecret: secrets.at(`${entrance.accessPath}.cookieSecret`),
      caSecret: secrets.find(`${entrance.accessPath}.caSecret`),
    }),
  },
};

function kindOf({ mode }: AccessSpec): GuardKind<AccessSpec> | undefined {
  return guards[mode] as GuardKind<AccessSpec> | undefined; // it is made with the access that has this mode
}

/** Whether a guard asks who somebody is. */
export function isGuarded(access: AccessSpec | undefined): boolean {
  return access !== undefined && kindOf(access) !== undefined;
}

/** The component of an entrance's guard, where it has one. */
export function guardOf({ path, access }: Entrance): string | undefined {
  const component = kindOf(access)?.component;
  return component !== undefined && path === 'internal' ? `internal-${component}` : component;
}

/** Makes the guard of an entrance, where it has one. */
export function guard(scope: Construct, id: string, inputs: Omit<GuardInputs, 'access'>): GuardedService | undefined {
  const { access } = inputs.entrance;
  return kindOf(access)?.make(scope, id, { ...inputs, access });
}
