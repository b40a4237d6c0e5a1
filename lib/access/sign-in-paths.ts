/** Where a provider sends people back to: the same at both ways in, so that a change from one to the other changes nothing there. */
export const CALLBACK_PATH = '/oauth2/callback';

/** Where people sign out. */
export const SIGN_OUT_PATH = '/oauth2/sign_out';
