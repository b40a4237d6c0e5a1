/** Where Cloudflare Access puts the token that it adds to each request. */
export const TOKEN_HEADER = 'Cf-Access-Jwt-Assertion';

/**
 * Who signs a team's tokens, and where its keys are.
 *
 * @see https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 */
export function accessTeam(teamDomain: string): { readonly issuer: string; readonly keysUrl: string } {
  const issuer = `https://${teamDomain}`;
  return { issuer, keysUrl: `${issuer}/cdn-cgi/access/certs` };
}
