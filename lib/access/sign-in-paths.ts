/** Below it are the paths of signing in: the same at both ways in, so that a change from one to the other changes nothing at the provider. */
export const SIGN_IN_PREFIX = '/oauth2';

/** Where a provider sends people back to. */
export const CALLBACK_PATH = `${SIGN_IN_PREFIX}/callback`;

/** Where people sign out. */
export const SIGN_OUT_PATH = `${SIGN_IN_PREFIX}/sign_out`;
